//! Jinja for nodes: which macro a name means, what a node's text may ask for, and how it is parsed, compiled and run.
//!
//! `Templates` is the door. It knows the macros (`Library`) and what is the same for all nodes of an invocation
//! (`Globals`); each call gets a `Subject`, the node, and to run one also a `Runtime`, the session and what it needs.

mod adapter;
#[cfg(test)]
mod behaviour;
mod cache;
mod catalog;
mod comment;
mod function;
mod functions;
mod globals;
mod library;
mod names;
mod naming;
mod node;
mod objects;
mod parse;
mod run;
mod runtime;
mod shared;
mod subject;
mod typed;
mod unit;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use rayon::prelude::*;
use serde_json::{Map, Value as Json};

pub use cache::RelationCache;
pub use catalog::{CatalogQuestion, CatalogRows};
pub use globals::{Globals, QueryComment};
pub use library::{DispatchRule, Library, MacroKind, MacroSource};
pub use naming::Named;
pub use runtime::{Batch, Behind, Deferred, Overrides, Resolver, Runtime, SeedFile, Target};
pub use subject::{Subject, SubjectModel};
pub use unit::{Cell, CellKind, UnitRows};

pub use crate::postgres::Response;

use self::library::BUILT_IN;
use self::node::Node;
use self::shared::Shared;
use crate::error::{Error, Result};
use crate::jinja::MacroId;
use crate::name::{Relation, UniqueId};
use crate::postgres::Rows;

/// The version that packages see as `dbt_version`.
pub const DBT_VERSION: &str = "1.11.16";

/// One call of `ref`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RefCall {
    /// The first of two arguments.
    pub package: Option<String>,
    /// The name of the node.
    pub name: String,
    /// `v=` or `version=`, as text.
    pub version: Option<String>,
}

/// What a node's text asked for while it was parsed, each in order of the calls.
#[derive(Debug, Default, Clone)]
pub struct Recorded {
    /// Calls of `ref`.
    pub refs: Vec<RefCall>,
    /// Calls of `source`: source, table.
    pub sources: Vec<(String, String)>,
    /// Calls of `metric`: name, package.
    pub metrics: Vec<(String, Option<String>)>,
    /// Calls of `function`: package, name.
    pub functions: Vec<(Option<String>, String)>,
    /// All calls of `config`, merged as dbt does; hooks under `pre-hook` and `post-hook`, as lists.
    pub config: Map<String, Json>,
    /// Macros that the text depends on, without those that they call in turn.
    pub macros: Vec<UniqueId>,
    /// Names of environment variables that were read.
    pub env_vars: Vec<String>,
    /// Names of vars that were read.
    pub vars: Vec<String>,
}

/// Which of the three naming macros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NamePart {
    /// `generate_database_name`.
    Database,
    /// `generate_schema_name`.
    Schema,
    /// `generate_alias_name`.
    Alias,
}

/// A node's text as Postgres gets it, but for the ephemeral parents, which are still to be put at its top.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// The rendered text.
    pub text: String,
    /// Ephemeral parents in the order of first use.
    pub ephemerals: Vec<UniqueId>,
    /// Macros that the text itself called, in the order of their first call.
    pub macros: Vec<UniqueId>,
}

/// What a materialization did; the runtime's cache knows the relations that it made.
#[derive(Debug, Clone)]
pub struct Materialized {
    /// The answer to its `main` statement.
    pub response: Option<Response>,
}

/// The one row that a data test's query gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestCounts {
    /// Number of failures, by the test's `fail_calc`.
    pub failures: i64,
    /// Whether the test's `warn_if` holds.
    pub should_warn: bool,
    /// Whether the test's `error_if` holds.
    pub should_error: bool,
}

/// What a macro called by name gave back.
#[derive(Debug, Clone)]
pub struct Returned {
    /// What it rendered or, as text, returned.
    pub text: String,
}

/// What a source says of its age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Age {
    /// Its newest row's time of loading; none for an empty source.
    pub max_loaded_at: Option<chrono::DateTime<chrono::Utc>>,
    /// The clock of Postgres.
    pub snapshotted_at: chrono::DateTime<chrono::Utc>,
    /// What the server answered, where the macro hands it on.
    pub response: Option<Response>,
}

/// All macros and contexts of one invocation; `&`-shared by all threads.
pub struct Templates {
    shared: Arc<Shared>,
    names: Mutex<Names>,
}

/// What is known of naming, by package.
type Names = HashMap<String, naming::Naming>;

impl Templates {
    /// Makes the environments; no macro is compiled before it is called.
    pub fn new(library: Library, globals: Globals) -> Templates {
        let keeps_built_in = globals.flags.switch("require_explicit_package_overrides_for_builtin_materializations");
        let library = if keeps_built_in { library } else { library.with_package_materializations() };
        Templates { shared: Arc::new(Shared::new(library, globals)), names: Mutex::default() }
    }

    /// The macros.
    pub fn library(&self) -> &Library {
        &self.shared.library
    }

    /// What is the same for all nodes.
    pub fn globals(&self) -> &Globals {
        &self.shared.globals
    }

    /// Mistakes of syntax in the macros of the project and of packages, called or not.
    pub fn check(&self) -> Vec<Error> {
        let is_theirs = |source: &MacroSource| !BUILT_IN.contains(&&*source.package);
        let macros: Vec<_> = self.library().macros().iter().enumerate().filter(|(_, it)| is_theirs(it)).collect();
        let id = |at: usize| MacroId(u32::try_from(at).unwrap_or(u32::MAX));
        macros.par_iter().filter_map(|(at, _)| self.shared.engine.check(id(*at)).err()).collect()
    }

    /// Renders the subject with `execute` false, and says what it asked for.
    ///
    /// # Errors
    ///
    /// `Parsing` for bad syntax, `Compilation` for what its text or a macro raises.
    pub fn parse(&self, subject: &Arc<Subject>) -> Result<Recorded> {
        parse::parse(&Arc::new(Node::new(&self.shared, subject, None)))
    }

    /// Renders the subject's text with `execute` true.
    ///
    /// # Errors
    ///
    /// As [`Templates::parse`], and `Database` for queries that its text sends.
    pub fn compile(&self, subject: &Arc<Subject>, runtime: &Arc<Runtime>) -> Result<Compiled> {
        parse::compile(&Arc::new(Node::new(&self.shared, subject, Some(runtime))))
    }

    /// Runs the materialization of a compiled node; `sql` is the text with its ephemeral parents.
    ///
    /// # Errors
    ///
    /// `Database` when Postgres refuses a statement, `Compilation` for what a macro raises. The caller rolls back.
    pub fn materialize(&self, subject: &Arc<Subject>, runtime: &Arc<Runtime>, sql: &str) -> Result<Materialized> {
        run::materialize(&Arc::new(Node::new(&self.shared, subject, Some(runtime)).with_sql(sql)))
    }

    /// Runs the materialization of a data test, and gives the counts of its `main` statement.
    ///
    /// # Errors
    ///
    /// As [`Templates::materialize`].
    pub fn run_test(&self, subject: &Arc<Subject>, runtime: &Arc<Runtime>, sql: &str) -> Result<TestCounts> {
        run::test(&Arc::new(Node::new(&self.shared, subject, Some(runtime)).with_sql(sql)))
    }

    /// Runs the materialization of a unit test, and gives the rows of its `main` statement.
    ///
    /// # Errors
    ///
    /// As [`Templates::materialize`].
    pub fn run_unit_test(&self, subject: &Arc<Subject>, runtime: &Arc<Runtime>, sql: &str) -> Result<UnitRows> {
        unit::run(&Arc::new(Node::new(&self.shared, subject, Some(runtime)).with_sql(sql)))
    }

    /// Sends what rendering a hook has left of its text, if anything, in one request.
    ///
    /// # Errors
    ///
    /// As [`Templates::materialize`].
    pub fn run_hook(&self, subject: &Arc<Subject>, runtime: &Arc<Runtime>, sql: &str) -> Result<Option<Response>> {
        run::hook(&self.shared, subject, runtime, sql)
    }

    /// Calls the macro `name` (`package.name` or bare) with named arguments, as seen from `subject`.
    ///
    /// # Errors
    ///
    /// As [`Templates::materialize`]; `Compilation` when there is no such macro.
    pub fn call_macro(
        &self,
        name: &str,
        arguments: Map<String, Json>,
        subject: &Arc<Subject>,
        runtime: &Arc<Runtime>,
    ) -> Result<Returned> {
        run::call_macro(&Arc::new(Node::new(&self.shared, subject, Some(runtime))), name, arguments)
    }

    /// Runs `query`, made of the compiled `sql` of a node, and gives its answer and rows.
    ///
    /// # Errors
    ///
    /// `Database` when Postgres refuses it.
    pub fn fetch(
        &self,
        subject: &Arc<Subject>,
        runtime: &Arc<Runtime>,
        sql: &str,
        query: &str,
    ) -> Result<(Response, Rows)> {
        adapter::fetch(&Arc::new(Node::new(&self.shared, subject, Some(runtime)).with_sql(sql)), query)
    }

    /// Renders the query comment of statements that belong to no node.
    ///
    /// # Errors
    ///
    /// `Runtime` when it holds the end of a comment, and what its Jinja raises.
    pub fn check_comment(&self, runtime: &Arc<Runtime>) -> Result<()> {
        let subject = Subject::asking("master", self.shared.library.root());
        comment::of(&Arc::new(Node::new(&self.shared, &Arc::new(subject), Some(runtime)))).map(|_| ())
    }

    /// Calls the macro `create_schema`, as the project has it.
    ///
    /// # Errors
    ///
    /// As [`Templates::materialize`].
    pub fn create_schema(&self, database: &str, schema: &str, runtime: &Arc<Runtime>) -> Result<()> {
        run::create_schema(&self.shared, database, schema, runtime)
    }

    /// Asks for the age of `source` by the macro `collect_freshness`.
    ///
    /// # Errors
    ///
    /// As [`Templates::materialize`].
    pub fn age(
        &self,
        subject: &Arc<Subject>,
        runtime: &Arc<Runtime>,
        relation: &Relation,
        asked: &AgeQuestion,
    ) -> Result<Age> {
        run::age(&Arc::new(Node::new(&self.shared, subject, Some(runtime))), relation, asked)
    }

    /// What the database has, by the macros `get_catalog_relations` and `get_catalog`.
    ///
    /// # Errors
    ///
    /// As [`Templates::materialize`].
    pub fn catalog(&self, database: &str, question: &CatalogQuestion, runtime: &Arc<Runtime>) -> Result<CatalogRows> {
        let subject = Subject::asking(&format!("{database}.information_schema"), self.shared.library.root());
        catalog::catalog(&Arc::new(Node::new(&self.shared, &Arc::new(subject), Some(runtime))), database, question)
    }

    /// A description with its `doc` calls answered, seen from `package`.
    ///
    /// # Errors
    ///
    /// `Compilation` when a block is missing.
    pub fn describe(&self, text: &str, package: &str, resolver: &Arc<dyn Resolver>) -> Result<String> {
        let subject = Arc::new(Subject::nameless("description", package, text));
        let runtime = Arc::new(Runtime::new(resolver.clone(), Arc::default(), None));
        self.compile(&subject, &runtime).map(|compiled| compiled.text)
    }
}

/// How the age of a source is asked for.
#[derive(Debug, Clone)]
pub enum AgeQuestion {
    /// The largest value of a column or expression, among the rows that the filter lets through.
    Field {
        /// Column or expression.
        field: String,
        /// An SQL condition.
        filter: Option<String>,
    },
    /// A query of its own.
    Query(String),
}
