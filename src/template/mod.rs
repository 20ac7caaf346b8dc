//! Jinja for nodes: which macro a name means, what a node's text may ask for, and how it is parsed, compiled and run.
//!
//! `Templates` is the door. It knows the macros (`Library`) and what is the same for all nodes of an invocation
//! (`Globals`); each call gets a `Subject`, the node, and to run one also a `Runtime`, the session and what it needs.

mod cache;
mod globals;
mod library;
mod runtime;
mod subject;

use std::sync::Arc;

use serde_json::{Map, Value as Json};

pub use cache::RelationCache;
pub use globals::{Globals, MacroOverrides, Variables};
pub use library::{DispatchRule, Library, MacroKind, MacroSource};
pub use runtime::{Batch, Resolver, Response, Runtime, Target};
pub use subject::{Subject, SubjectModel};

use crate::error::Result;
use crate::name::{Relation, UniqueId};

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
}

/// What a materialization did.
#[derive(Debug, Clone)]
pub struct Materialized {
    /// What it returned under `relations`; the runtime's cache knows them already.
    pub relations: Vec<Relation>,
    /// The answer to its `main` statement.
    pub response: Option<Response>,
    /// What it gave to `write` or sent as its `main` statement, for the folder `run`.
    pub main_sql: Option<String>,
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
    /// What it returned, as far as JSON can say it.
    pub value: Json,
}

/// All macros and contexts of one invocation; `&`-shared by all threads.
pub struct Templates {
    library: Arc<Library>,
    globals: Arc<Globals>,
}

impl Templates {
    /// Makes the environments; no macro is compiled before it is called.
    pub fn new(library: Library, globals: Globals) -> Templates {
        Templates { library: Arc::new(library), globals: Arc::new(globals) }
    }

    /// The macros.
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// What is the same for all nodes.
    pub fn globals(&self) -> &Globals {
        &self.globals
    }

    /// Renders the subject with `execute` false, and says what it asked for.
    pub fn parse(&self, _subject: &Arc<Subject>) -> Result<Recorded> {
        todo!()
    }

    /// The name that the project's macro gives, for a node of `package`; `node` is asked for only where the macro is the user's.
    pub fn generate_name(
        &self,
        _part: NamePart,
        _custom: Option<&str>,
        _package: &str,
        _node: &dyn Fn() -> Json,
    ) -> Result<String> {
        todo!()
    }

    /// Renders the subject's text with `execute` true.
    pub fn compile(&self, _subject: &Arc<Subject>, _runtime: &Arc<Runtime>) -> Result<Compiled> {
        todo!()
    }

    /// Runs the materialization of a compiled node; `sql` is the text with its ephemeral parents.
    pub fn materialize(&self, _subject: &Arc<Subject>, _runtime: &Arc<Runtime>, _sql: &str) -> Result<Materialized> {
        todo!()
    }

    /// Runs the materialization of a data test, and gives the counts of its `main` statement.
    pub fn run_test(&self, _subject: &Arc<Subject>, _runtime: &Arc<Runtime>, _sql: &str) -> Result<TestCounts> {
        todo!()
    }

    /// Renders the subject's text, a hook, and sends what is left of it, if anything, in one request.
    pub fn run_hook(&self, _subject: &Arc<Subject>, _runtime: &Arc<Runtime>) -> Result<Option<Response>> {
        todo!()
    }

    /// Calls the macro `name` (`package.name` or bare) with named arguments, as seen from `subject`.
    pub fn call_macro(
        &self,
        _name: &str,
        _arguments: Map<String, Json>,
        _subject: &Arc<Subject>,
        _runtime: &Arc<Runtime>,
    ) -> Result<Returned> {
        todo!()
    }

    /// A description with its `doc` calls answered, seen from `package`.
    pub fn describe(&self, _text: &str, _package: &str, _resolver: &Arc<dyn Resolver>) -> Result<String> {
        todo!()
    }
}
