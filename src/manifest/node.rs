//! What the manifest holds: nodes, sources, exposures and the smaller entries, as plain data.

use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::error::Place;
use crate::name::{Relation, UniqueId};

use super::config::Config;
use super::reference::Index;
use super::resource::{Entry, Exposure, Source, UnitTest};
use super::semantic::Semantic;
use super::version::version_text;

/// Everything that was parsed, by unique id, in a stable order.
#[derive(Debug, Default)]
pub struct Manifest {
    /// Name of the root project.
    pub project_name: String,
    /// Models, seeds, snapshots, tests, analyses, functions and hook operations that are enabled.
    pub nodes: IndexMap<UniqueId, Node>,
    /// Tables that others fill.
    pub sources: IndexMap<UniqueId, Source>,
    /// What stands on the models outside the warehouse.
    pub exposures: IndexMap<UniqueId, Exposure>,
    /// What the columns of models mean to engines of metrics.
    pub semantic_models: IndexMap<UniqueId, Semantic>,
    /// Numbers that such engines compute.
    pub metrics: IndexMap<UniqueId, Semantic>,
    /// Questions to such engines that are kept.
    pub saved_queries: IndexMap<UniqueId, Semantic>,
    /// Tests of models on rows that are written down.
    pub unit_tests: IndexMap<UniqueId, UnitTest>,
    /// Owners of models.
    pub groups: IndexMap<UniqueId, Entry>,
    /// Blocks of documentation, without the file's other text.
    pub docs: IndexMap<UniqueId, Entry>,
    /// Macros of all packages, the built-in ones included.
    pub macros: IndexMap<UniqueId, Entry>,
    /// What `enabled: false` removed: every node of an id, in its manifest form.
    pub disabled: IndexMap<UniqueId, Vec<Value>>,
    /// Tests that look at something that is switched off or missing: they are written down, but nobody can choose them.
    pub idle: IndexMap<UniqueId, Node>,
    /// Nodes that each entry needs directly, sorted; every id has a row.
    pub parent_map: IndexMap<UniqueId, Vec<UniqueId>>,
    /// The reverse of `parent_map`.
    pub child_map: IndexMap<UniqueId, Vec<UniqueId>>,
    /// Whether a microbatch strategy of the project's own gets whole models, not batches.
    pub has_whole_microbatch: bool,
    /// The same by the names that calls use.
    pub index: Index,
}

/// What a node is, which decides how it is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NodeKind {
    /// A select statement that becomes a relation.
    Model,
    /// A CSV file that becomes a table.
    Seed,
    /// A history table.
    Snapshot,
    /// A data test, generic or singular.
    Test,
    /// A select statement that is compiled only.
    Analysis,
    /// A hook of a run.
    Operation,
    /// SQL given on the command line.
    SqlOperation,
    /// A function of the database.
    Function,
}

impl NodeKind {
    /// dbt's `resource_type`.
    pub fn as_str(self) -> &'static str {
        match self {
            NodeKind::Model => "model",
            NodeKind::Seed => "seed",
            NodeKind::Snapshot => "snapshot",
            NodeKind::Test => "test",
            NodeKind::Analysis => "analysis",
            NodeKind::Operation => "operation",
            NodeKind::SqlOperation => "sql_operation",
            NodeKind::Function => "function",
        }
    }
}

/// A call of `ref` as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefCall {
    /// Package given as first of two arguments.
    pub package: Option<String>,
    /// Name of the node.
    pub name: String,
    /// Version as given: a number or a string.
    pub version: Option<Value>,
}

/// How a file's content is recognised again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    /// `sha256`, `path` or `none`.
    pub name: &'static str,
    /// Hexadecimal digest, or the path.
    pub checksum: String,
}

/// A described column of a node or source.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name as written.
    pub name: String,
    /// Rendered description.
    pub description: String,
    /// Type for contracts and seeds.
    pub data_type: Option<String>,
    /// Whether DDL quotes the name; none when not said.
    pub quote: Option<bool>,
    /// Free data.
    pub meta: Map<String, Value>,
    /// Tags, which tests on the column inherit.
    pub tags: Vec<String>,
    /// Constraints in manifest form.
    pub constraints: Vec<Value>,
    /// Grain of a time spine's column.
    pub granularity: Option<String>,
    /// Ids of the docs blocks that the description uses.
    pub doc_blocks: Vec<UniqueId>,
    /// Keys that dbt does not know, kept.
    pub extra: Map<String, Value>,
}

/// A model, seed, snapshot, test, analysis or hook.
#[derive(Debug, Clone)]
pub struct Node {
    /// `model.shop.orders`.
    pub unique_id: UniqueId,
    /// What it is.
    pub kind: NodeKind,
    /// Name that `ref` uses.
    pub name: String,
    /// Package that it belongs to.
    pub package: Arc<str>,
    /// Path below its resource folder.
    pub path: String,
    /// Path below its package's folder.
    pub original_path: String,
    /// Path of the file as the user would open it, for messages.
    pub file: PathBuf,
    /// Line of `file` on which `raw_code` begins, counted from 1.
    pub first_line: u32,
    /// Where it is declared, when not by its own file: a test's or snapshot's YAML.
    pub declared: Option<Place>,
    /// Where a property file speaks of it.
    pub described: Option<Place>,
    /// Package and folders, then the name.
    pub fqn: Vec<String>,
    /// Name of its relation within the schema.
    pub alias: String,
    /// Database of its relation.
    pub database: String,
    /// Schema of its relation.
    pub schema: String,
    /// Its relation; none for ephemeral models, analyses, hooks, and tests that store nothing.
    pub relation: Option<Relation>,
    /// Text with Jinja; empty for seeds.
    pub raw_code: Arc<str>,
    /// Digest of its text.
    pub checksum: Checksum,
    /// Resolved config, defaults included.
    pub config: Config,
    /// Config as written, before Jinja.
    pub unrendered_config: Map<String, Value>,
    /// What `config()` in its text said.
    pub config_call: Map<String, Value>,
    /// The same before Jinja; only where the project compares unrendered values.
    pub unrendered_config_call: Map<String, Value>,
    /// Its tags, each once: those of the config and, for tests, of what they test.
    pub tags: Vec<String>,
    /// Group of the node, or of what a test tests.
    pub group: Option<String>,
    /// Rendered description.
    pub description: String,
    /// Described columns in order.
    pub columns: IndexMap<String, Column>,
    /// `pkg://path` of the properties file that describes it.
    pub patch_path: Option<String>,
    /// Ids of the docs blocks that the description uses.
    pub doc_blocks: Vec<UniqueId>,
    /// Model constraints in manifest form.
    pub constraints: Vec<Value>,
    /// Version of a versioned model.
    pub version: Option<Value>,
    /// Version that an unversioned `ref` means.
    pub latest_version: Option<Value>,
    /// ISO time from which the model should not be used.
    pub deprecation_date: Option<String>,
    /// Digest of its enforced contract.
    pub contract_checksum: Option<String>,
    /// Time spine in manifest form.
    pub time_spine: Option<Value>,
    /// Columns that tests or constraints show to be the key.
    pub primary_key: Vec<String>,
    /// Calls of `ref`, each once, in order.
    pub refs: Vec<RefCall>,
    /// Calls of `source`, each once, in order.
    pub sources: Vec<(String, String)>,
    /// Calls of `metric`.
    pub metrics: Vec<Vec<String>>,
    /// Calls of `function`.
    pub functions: Vec<Vec<String>>,
    /// Nodes that it needs, each once, in order of mention.
    pub depends_on: Vec<UniqueId>,
    /// Macros that it calls.
    pub depends_on_macros: Vec<UniqueId>,
    /// Facts of a generic test.
    pub test: Option<TestFacts>,
    /// Facts of a function.
    pub function: Option<FunctionFacts>,
    /// Folder of the package on disk (seeds are read from there).
    pub root_path: PathBuf,
    /// Time of parsing, seconds since 1970.
    pub created_at: f64,
    /// Position of a hook among those of its package and kind, counted from 0.
    pub index: Option<usize>,
}

/// What makes a generic test: which macro, on what, with which arguments.
#[derive(Debug, Clone)]
pub struct TestFacts {
    /// Column that the test was written under.
    pub column_name: Option<String>,
    /// `models.orders`: kind of list and entry that it was written under.
    pub file_key_name: String,
    /// Node that it was written under; none for sources.
    pub attached_node: Option<UniqueId>,
    /// Name of the test without namespace: `unique`.
    pub name: String,
    /// Package given before a dot.
    pub namespace: Option<String>,
    /// Arguments with `model` and `column_name`, before Jinja.
    pub kwargs: Map<String, Value>,
}

/// What makes a function of the database.
#[derive(Debug, Clone)]
pub struct FunctionFacts {
    /// Language of its body: `sql` or `python`.
    pub language: &'static str,
    /// Arguments in manifest form.
    pub arguments: Vec<Value>,
    /// What it returns, in manifest form.
    pub returns: Value,
    /// The same function for other arguments, each made after it.
    pub overloads: Vec<Overload>,
}

/// A body of a function for other arguments; its file is no node of its own.
#[derive(Debug, Clone)]
pub struct Overload {
    /// Name of the file with the body, without extension.
    pub defined_in: String,
    /// Description as written.
    pub description: Option<String>,
    /// Arguments in manifest form.
    pub arguments: Vec<Value>,
    /// What it returns, in manifest form; null when that is not said.
    pub returns: Value,
    /// The body with Jinja.
    pub raw_body: Arc<str>,
    /// Path of the body's file as the user would open it, for messages.
    pub file: PathBuf,
}

impl Manifest {
    /// The docs block that `doc` means in a description of `package`: its id and text.
    pub fn doc(&self, package: &str, wanted_package: Option<&str>, name: &str) -> Option<(UniqueId, String)> {
        let id = self.index.doc(package, &self.project_name, wanted_package, name)?;
        let text = self.docs.get(&id)?.json["block_contents"].as_str()?.to_owned();
        Some((id, text))
    }
}

impl Node {
    /// What its text is written in: `sql` or `python`.
    pub fn language(&self) -> &'static str {
        match &self.function {
            Some(function) => function.language,
            None if self.kind == NodeKind::Model && self.original_path.ends_with(".py") => "python",
            None => "sql",
        }
    }

    /// `orders`, or `orders.v2`.
    pub fn versioned_name(&self) -> String {
        match &self.version {
            Some(version) => format!("{}.v{}", self.name, version_text(version)),
            None => self.name.clone(),
        }
    }

    /// Whether it becomes a common table expression of those that refer to it.
    pub fn is_ephemeral(&self) -> bool {
        self.kind == NodeKind::Model && self.config.materialized() == "ephemeral"
    }
}
