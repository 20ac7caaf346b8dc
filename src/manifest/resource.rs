//! What a manifest holds besides nodes: sources, exposures, unit tests and what is only written out.

use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::error::Place;
use crate::name::{Relation, UniqueId};

use super::config::Config;
use super::node::{Column, RefCall};

/// A table that others fill.
#[derive(Debug, Clone)]
pub struct Source {
    /// `source.shop.raw.orders`.
    pub unique_id: UniqueId,
    /// Name of the group of tables.
    pub source_name: String,
    /// Name of the table.
    pub name: String,
    /// Package that declares it.
    pub package: Arc<str>,
    /// Path of the properties file below the package's folder.
    pub path: String,
    /// Where it is declared.
    pub place: Place,
    /// Package, folders, source, table.
    pub fqn: Vec<String>,
    /// Its relation.
    pub relation: Relation,
    /// The relation as the manifest tells it: unlike `source()` it takes the project's quoting.
    pub relation_name: String,
    /// Description of the group.
    pub source_description: String,
    /// Description of the table.
    pub description: String,
    /// Who loads it.
    pub loader: String,
    /// Quoting as written; null where nothing is.
    pub quoting: Value,
    /// Column, or expression, with the time of loading.
    pub loaded_at_field: Option<String>,
    /// Query for the time of loading.
    pub loaded_at_query: Option<String>,
    /// Rules of freshness in manifest form; none when switched off or not given.
    pub freshness: Option<Value>,
    /// Facts of an external table, passed through.
    pub external: Option<Value>,
    /// Described columns in order.
    pub columns: IndexMap<String, Column>,
    /// Free data of table and group.
    pub meta: Map<String, Value>,
    /// Free data of the group.
    pub source_meta: Map<String, Value>,
    /// Tags of group and table.
    pub tags: Vec<String>,
    /// Resolved config.
    pub config: Config,
    /// Config as written, before Jinja.
    pub unrendered_config: Map<String, Value>,
    /// `database:` before Jinja.
    pub unrendered_database: Option<String>,
    /// `schema:` before Jinja.
    pub unrendered_schema: Option<String>,
    /// Ids of the docs blocks that the description uses.
    pub doc_blocks: Vec<UniqueId>,
    /// Time of parsing, seconds since 1970.
    pub created_at: f64,
}

/// What stands on the models outside the warehouse: a dashboard, a notebook.
#[derive(Debug, Clone)]
pub struct Exposure {
    /// `exposure.shop.weekly`.
    pub unique_id: UniqueId,
    /// Name.
    pub name: String,
    /// Package that declares it.
    pub package: Arc<str>,
    /// Path of the properties file below the package's folder.
    pub original_path: String,
    /// The same below the resource folder.
    pub path: String,
    /// Where it is declared.
    pub place: Place,
    /// Package, folders, name.
    pub fqn: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Resolved config.
    pub config: Config,
    /// Calls of `ref`.
    pub refs: Vec<RefCall>,
    /// Calls of `source`.
    pub sources: Vec<(String, String)>,
    /// Metrics that it names.
    pub metrics: Vec<String>,
    /// Nodes that it needs.
    pub depends_on: Vec<UniqueId>,
    /// The other keys of its manifest form: type, owner, url, label, maturity, description, meta.
    pub facts: Map<String, Value>,
}

/// A test of a model on rows that are written down.
#[derive(Debug, Clone)]
pub struct UnitTest {
    /// `unit_test.shop.orders.adds_up`.
    pub unique_id: UniqueId,
    /// Name.
    pub name: String,
    /// Package that declares it.
    pub package: Arc<str>,
    /// Path of the properties file below the resource folder.
    pub path: String,
    /// The same below the package's folder.
    pub original_path: String,
    /// The file as the user would open it, for messages.
    pub file: PathBuf,
    /// Where it is declared.
    pub place: Place,
    /// Package, folders, model, name.
    pub fqn: Vec<String>,
    /// Name of the model as written.
    pub model: String,
    /// Version of the model.
    pub version: Option<Value>,
    /// What the model's inputs hold.
    pub given: Vec<Fixture>,
    /// What the model should give.
    pub expect: Fixture,
    /// What stands in for macros, vars and environment variables, in manifest form.
    pub overrides: Option<Value>,
    /// Which versions of the model are tested, in manifest form.
    pub versions: Option<Value>,
    /// Description, as written.
    pub description: String,
    /// Tags.
    pub tags: Vec<String>,
    /// Resolved config.
    pub config: Config,
    /// The tested model alone.
    pub depends_on: Vec<UniqueId>,
    /// Schema of the model.
    pub schema: String,
    /// Time of parsing, seconds since 1970.
    pub created_at: f64,
}

/// Rows that a unit test writes down.
#[derive(Debug, Clone)]
pub struct Fixture {
    /// What they stand for; none for what is expected.
    pub input: Option<String>,
    /// A list of mappings, or the text of a query.
    pub rows: Value,
    /// How they are written.
    pub format: RowFormat,
    /// Name of the file that they stand in.
    pub fixture: Option<String>,
}

/// How rows are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowFormat {
    /// A list of mappings.
    Dict,
    /// Text of a CSV file.
    Csv,
    /// A query.
    Sql,
}

impl RowFormat {
    /// dbt's word.
    pub fn word(self) -> &'static str {
        match self {
            RowFormat::Dict => "dict",
            RowFormat::Csv => "csv",
            RowFormat::Sql => "sql",
        }
    }
}

/// A smaller entry that is only written out: its manifest form.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Package that it belongs to.
    pub package: Arc<str>,
    /// Name.
    pub name: String,
    /// Manifest form.
    pub json: Value,
}
