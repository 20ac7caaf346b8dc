//! The manifest of an earlier run, as far as it is compared with or deferred to.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// A `manifest.json`, by unique id; what nobody asks for is not kept.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Previous {
    /// Models, seeds, snapshots, tests, analyses and hooks.
    pub nodes: HashMap<String, PreviousNode>,
    /// Sources in manifest form.
    pub sources: HashMap<String, Value>,
    /// Exposures in manifest form.
    pub exposures: HashMap<String, Value>,
    /// Metrics in manifest form.
    pub metrics: HashMap<String, Value>,
    /// Semantic models in manifest form.
    pub semantic_models: HashMap<String, Value>,
    /// Saved queries in manifest form.
    pub saved_queries: HashMap<String, Value>,
    /// Unit tests in manifest form.
    pub unit_tests: HashMap<String, Value>,
    /// Functions of the database.
    pub functions: HashMap<String, PreviousNode>,
    /// Macros of all packages, the built-in ones included.
    pub macros: HashMap<String, PreviousMacro>,
}

/// A node of an earlier manifest.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PreviousNode {
    /// `model`, `seed`, `test`.
    pub resource_type: String,
    /// Database of its relation.
    pub database: Option<String>,
    /// Schema of its relation.
    pub schema: Option<String>,
    /// Name of its relation within the schema.
    pub alias: Option<String>,
    /// Package, folders, name.
    pub fqn: Vec<String>,
    /// Text with Jinja.
    #[serde(alias = "raw_sql")]
    pub raw_code: Option<String>,
    /// Digest of its file.
    pub checksum: PreviousChecksum,
    /// Resolved config, as far as it counts.
    pub config: PreviousConfig,
    /// Config as written.
    pub unrendered_config: Map<String, Value>,
    /// Rendered description.
    pub description: Option<String>,
    /// Described columns in manifest form.
    pub columns: Map<String, Value>,
    /// Model constraints in manifest form.
    pub constraints: Vec<Value>,
    /// `enforced`, `alias_types`, `checksum`.
    pub contract: Map<String, Value>,
    /// What a function takes.
    pub arguments: Vec<Value>,
    /// What a function gives.
    pub returns: Value,
    /// The same function for other arguments.
    pub overloads: Vec<Value>,
    /// Version of a versioned model.
    pub version: Option<Value>,
    /// Name that `ref` uses.
    pub name: Option<String>,
    /// Path below its package's folder.
    pub original_file_path: Option<String>,
    /// Version that an unversioned `ref` means.
    pub latest_version: Option<Value>,
    /// `private`, `protected` or `public`.
    pub access: Option<Value>,
    /// ISO time from which the model should not be used.
    pub deprecation_date: Option<Value>,
}

/// What is asked of the resolved config of an earlier node; changes show in `unrendered_config`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PreviousConfig {
    /// Name of the materialization.
    pub materialized: Value,
}

/// How a file's content is recognised again.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PreviousChecksum {
    /// `sha256`, `path` or `none`.
    pub name: String,
    /// Digest, or the path.
    pub checksum: String,
}

/// A macro of an earlier manifest.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PreviousMacro {
    /// Package that it belongs to.
    pub package_name: String,
    /// Its text, `macro` tag included.
    pub macro_sql: String,
}

impl PreviousNode {
    /// Whether it becomes a common table expression of those that refer to it.
    pub fn is_ephemeral(&self) -> bool {
        self.materialized() == "ephemeral"
    }

    /// Name of the materialization.
    pub fn materialized(&self) -> &str {
        self.config.materialized.as_str().unwrap_or("view")
    }
}
