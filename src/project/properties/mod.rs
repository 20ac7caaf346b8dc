//! What property files say about models, seeds, sources and the rest.
//!
//! Values are rendered natively (4.7 of the reference) but for descriptions, tests, hooks and `loaded_at_query`, which keep their Jinja.
//! Rendered nodes remember their text (`Node::template`).

mod column;
mod function;
mod model;
mod other;
mod read;
mod semantic;
mod source;
mod unit_test;

use std::sync::Arc;

pub use read::{Findings, read};
pub use semantic::SemanticProperties;
pub use unit_test::{FixtureProperties, UnitTestProperties};

use super::yaml::{Map, Node, Origin};

/// Everything that the property files of a package say, sorted by file and line.
#[derive(Debug, Default)]
pub struct Properties {
    /// `models`
    pub models: Vec<NodeProperties>,
    /// `seeds`
    pub seeds: Vec<NodeProperties>,
    /// `snapshots`
    pub snapshots: Vec<NodeProperties>,
    /// `analyses`
    pub analyses: Vec<NodeProperties>,
    /// `data_tests`, on singular tests
    pub tests: Vec<NodeProperties>,
    /// `functions`
    pub functions: Vec<FunctionProperties>,
    /// `sources`
    pub sources: Vec<SourceProperties>,
    /// `macros`
    pub macros: Vec<MacroProperties>,
    /// `exposures`
    pub exposures: Vec<ExposureProperties>,
    /// `groups`
    pub groups: Vec<GroupProperties>,
    /// `unit_tests`
    pub unit_tests: Vec<UnitTestProperties>,
    /// `semantic_models`
    pub semantic_models: Vec<SemanticProperties>,
    /// `metrics`
    pub metrics: Vec<SemanticProperties>,
    /// `saved_queries`
    pub saved_queries: Vec<SemanticProperties>,
}

impl Properties {
    /// Adds what another file says.
    pub fn append(&mut self, mut other: Properties) {
        self.models.append(&mut other.models);
        self.seeds.append(&mut other.seeds);
        self.snapshots.append(&mut other.snapshots);
        self.analyses.append(&mut other.analyses);
        self.tests.append(&mut other.tests);
        self.functions.append(&mut other.functions);
        self.sources.append(&mut other.sources);
        self.macros.append(&mut other.macros);
        self.exposures.append(&mut other.exposures);
        self.groups.append(&mut other.groups);
        self.unit_tests.append(&mut other.unit_tests);
        self.semantic_models.append(&mut other.semantic_models);
        self.metrics.append(&mut other.metrics);
        self.saved_queries.append(&mut other.saved_queries);
    }
}

/// What stands about one model, seed, snapshot, analysis or singular test.
#[derive(Debug, Clone)]
pub struct NodeProperties {
    /// Name of the node.
    pub name: String,
    /// Path of the property file relative to its package, with `/`.
    pub file: Arc<str>,
    /// Where the entry starts.
    pub origin: Origin,
    /// `description`, not rendered.
    pub description: Option<String>,
    /// `config`; hooks in it are not rendered.
    pub config: Map,
    /// `docs`, outside of `config`.
    pub docs: Option<Node>,
    /// `meta`, outside of `config`.
    pub meta: Option<Node>,
    /// `tags`, outside of `config`.
    pub tags: Option<Node>,
    /// `access`, outside of `config`.
    pub access: Option<Node>,
    /// `group`, outside of `config`.
    pub group: Option<Node>,
    /// `latest_version`
    pub latest_version: Option<Node>,
    /// `deprecation_date`
    pub deprecation_date: Option<Node>,
    /// `constraints`
    pub constraints: Vec<Node>,
    /// `columns`
    pub columns: Vec<ColumnProperties>,
    /// `data_tests` or `tests`
    pub tests: Vec<TestUse>,
    /// `versions`
    pub versions: Vec<VersionProperties>,
    /// `time_spine`
    pub time_spine: Option<Node>,
    /// `relation` of a snapshot declared in YAML, not rendered: `ref('orders')`.
    pub relation: Option<Node>,
    /// `semantic_model`, `agg_time_dimension`, `primary_entity`, `derived_semantics`, `metrics`; rendered but for filters.
    pub semantics: Map,
    /// Keys that nothing above names; each has a warning.
    pub extra: Map,
}

/// What stands about one function of the database.
#[derive(Debug, Clone)]
pub struct FunctionProperties {
    /// What it shares with models.
    pub node: NodeProperties,
    /// `arguments`: each with a `name` and a `data_type`.
    pub arguments: Vec<Node>,
    /// `returns`, with a `data_type`.
    pub returns: Node,
    /// `overloads`: the same function for other arguments.
    pub overloads: Vec<OverloadProperties>,
}

/// What stands about one overload of a function.
#[derive(Debug, Clone)]
pub struct OverloadProperties {
    /// Where the entry starts.
    pub origin: Origin,
    /// `defined_in`: name of the file with its body, without extension.
    pub defined_in: String,
    /// `description`, not rendered.
    pub description: Option<String>,
    /// `arguments`: each with a `name` and a `data_type`.
    pub arguments: Vec<Node>,
    /// `returns`, with a `data_type`.
    pub returns: Option<Node>,
}

/// What stands about one column.
#[derive(Debug, Clone)]
pub struct ColumnProperties {
    /// Name of the column.
    pub name: String,
    /// Where the entry starts.
    pub origin: Origin,
    /// `description`, not rendered.
    pub description: Option<String>,
    /// `data_type`
    pub data_type: Option<String>,
    /// `quote`
    pub quote: Option<bool>,
    /// `meta`, outside of `config`.
    pub meta: Option<Node>,
    /// `tags`, outside of `config`.
    pub tags: Option<Node>,
    /// `config`
    pub config: Map,
    /// `constraints`
    pub constraints: Vec<Node>,
    /// `data_tests` or `tests`
    pub tests: Vec<TestUse>,
    /// `granularity`
    pub granularity: Option<Node>,
    /// All other keys, which the manifest keeps.
    pub extra: Map,
}

/// One use of a generic test.
#[derive(Debug, Clone)]
pub struct TestUse {
    /// Where the entry starts.
    pub origin: Origin,
    /// Package before the dot: `dbt_utils`.
    pub namespace: Option<String>,
    /// Name of the test: `unique`.
    pub name: String,
    /// Arguments, from the block `arguments` and beside it; not rendered.
    pub arguments: Map,
    /// Configs, from the block `config` and beside it; not rendered.
    pub config: Map,
    /// `name` that the user gave the test.
    pub custom_name: Option<String>,
    /// `description`, not rendered.
    pub description: Option<String>,
}

/// One version of a model.
#[derive(Debug, Clone)]
pub struct VersionProperties {
    /// `v`: a number or a text.
    pub v: Node,
    /// Where the entry starts.
    pub origin: Origin,
    /// `defined_in`: name of the file without extension.
    pub defined_in: Option<String>,
    /// `description`, not rendered.
    pub description: Option<String>,
    /// `access`
    pub access: Option<Node>,
    /// `config`
    pub config: Map,
    /// `constraints`; none to take those of the model.
    pub constraints: Option<Vec<Node>>,
    /// `docs`
    pub docs: Option<Node>,
    /// `columns` other than the entry with `include`.
    pub columns: Vec<ColumnProperties>,
    /// `include` of the one entry of `columns` that has it: `all`, `*` or a list.
    pub include: Option<Node>,
    /// `exclude` beside it.
    pub exclude: Option<Node>,
    /// `data_tests` or `tests`; none to take those of the model.
    pub tests: Option<Vec<TestUse>>,
    /// `deprecation_date`
    pub deprecation_date: Option<Node>,
    /// All other keys.
    pub extra: Map,
}

/// What stands about a source: a schema of tables that others load.
#[derive(Debug, Clone)]
pub struct SourceProperties {
    /// Name of the source.
    pub name: String,
    /// Path of the property file relative to its package, with `/`.
    pub file: Arc<str>,
    /// Where the entry starts.
    pub origin: Origin,
    /// `schema`; the source's name when not set.
    pub schema: Option<String>,
    /// `database`
    pub database: Option<String>,
    /// `schema` as it is written.
    pub unrendered_schema: Option<String>,
    /// `database` as it is written.
    pub unrendered_database: Option<String>,
    /// `description`, not rendered.
    pub description: Option<String>,
    /// `loader`
    pub loader: Option<String>,
    /// `loaded_at_field`
    pub loaded_at_field: Option<String>,
    /// `loaded_at_query`, not rendered.
    pub loaded_at_query: Option<String>,
    /// `freshness`; a null node switches it off.
    pub freshness: Option<Node>,
    /// `quoting`
    pub quoting: Option<Node>,
    /// `meta`, outside of `config`.
    pub meta: Option<Node>,
    /// `tags`, outside of `config`.
    pub tags: Option<Node>,
    /// `config`
    pub config: Map,
    /// `overrides`: the package whose source this one replaces.
    pub overrides: Option<String>,
    /// `tables`
    pub tables: Vec<SourceTable>,
    /// Keys that nothing above names; each has a warning.
    pub extra: Map,
}

/// What stands about a table of a source.
#[derive(Debug, Clone)]
pub struct SourceTable {
    /// Name of the table.
    pub name: String,
    /// Where the entry starts.
    pub origin: Origin,
    /// `identifier`; the table's name when not set.
    pub identifier: Option<String>,
    /// `description`, not rendered.
    pub description: Option<String>,
    /// `loader`
    pub loader: Option<String>,
    /// `loaded_at_field`
    pub loaded_at_field: Option<String>,
    /// `loaded_at_query`, not rendered.
    pub loaded_at_query: Option<String>,
    /// `freshness`; a null node switches it off.
    pub freshness: Option<Node>,
    /// `quoting`
    pub quoting: Option<Node>,
    /// `meta`, outside of `config`.
    pub meta: Option<Node>,
    /// `tags`, outside of `config`.
    pub tags: Option<Node>,
    /// `config`
    pub config: Map,
    /// `external`
    pub external: Option<Node>,
    /// `columns`
    pub columns: Vec<ColumnProperties>,
    /// `data_tests` or `tests`
    pub tests: Vec<TestUse>,
    /// Keys that nothing above names; each has a warning.
    pub extra: Map,
}

/// What stands about a macro.
#[derive(Debug, Clone)]
pub struct MacroProperties {
    /// Name of the macro; a generic test may be named with or without `test_`.
    pub name: String,
    /// Path of the property file relative to its package, with `/`.
    pub file: Arc<str>,
    /// Where the entry starts.
    pub origin: Origin,
    /// `description`, not rendered.
    pub description: Option<String>,
    /// `docs`
    pub docs: Option<Node>,
    /// `meta`
    pub meta: Option<Node>,
    /// `config`
    pub config: Map,
    /// `arguments`
    pub arguments: Vec<ArgumentProperties>,
}

/// What stands about an argument of a macro.
#[derive(Debug, Clone)]
pub struct ArgumentProperties {
    /// Name of the argument.
    pub name: String,
    /// `type`
    pub kind: Option<String>,
    /// `description`, not rendered.
    pub description: Option<String>,
}

/// A report, application or the like that uses nodes.
#[derive(Debug, Clone)]
pub struct ExposureProperties {
    /// Name of the exposure.
    pub name: String,
    /// Path of the property file relative to its package, with `/`.
    pub file: Arc<str>,
    /// Where the entry starts.
    pub origin: Origin,
    /// `type`: `dashboard`, `notebook`, `analysis`, `ml` or `application`.
    pub kind: String,
    /// `owner`
    pub owner: Map,
    /// `label`
    pub label: Option<String>,
    /// `url`
    pub url: Option<String>,
    /// `maturity`
    pub maturity: Option<String>,
    /// `description`, not rendered.
    pub description: Option<String>,
    /// `depends_on`: `ref(..)`, `source(..)`, `metric(..)` without braces.
    pub depends_on: Vec<Node>,
    /// `meta`, outside of `config`.
    pub meta: Option<Node>,
    /// `tags`, outside of `config`.
    pub tags: Option<Node>,
    /// `config`
    pub config: Map,
    /// Keys that nothing above names; each has a warning.
    pub extra: Map,
}

/// Owners of models.
#[derive(Debug, Clone)]
pub struct GroupProperties {
    /// Name of the group.
    pub name: String,
    /// Path of the property file relative to its package, with `/`.
    pub file: Arc<str>,
    /// Where the entry starts.
    pub origin: Origin,
    /// `owner`
    pub owner: Map,
    /// `description`, not rendered.
    pub description: Option<String>,
    /// `config`
    pub config: Map,
}
