//! What a running node needs besides its text: other nodes, the session, the cache of relations.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::cache::RelationCache;
use crate::error::Result;
use crate::name::{Relation, UniqueId};

/// What a `ref`, `source` or `function` leads to.
#[derive(Debug, Clone)]
pub struct Target {
    /// The node or source.
    pub unique_id: UniqueId,
    /// Its relation; after deferral that of the other environment.
    pub relation: Relation,
    /// Whether it has no relation but becomes a common table expression; `relation` is then made from its name here.
    pub is_ephemeral: bool,
    /// Its config `event_time`, by which batches and samples are cut.
    pub event_time: Option<String>,
}

/// Answers for the graph; implemented by what holds all nodes.
pub trait Resolver: Send + Sync {
    /// What `ref` means in the text of `from`.
    ///
    /// # Errors
    ///
    /// `Compilation` when there is no such node, it is disabled, or `from` may not see it.
    fn resolve_ref(&self, from: &UniqueId, package: Option<&str>, name: &str, version: Option<&str>) -> Result<Target>;

    /// What `source` means in the text of `from`.
    ///
    /// # Errors
    ///
    /// `Compilation` when there is no such source.
    fn resolve_source(&self, from: &UniqueId, source: &str, table: &str) -> Result<Target>;

    /// What `function` means in the text of `from`.
    ///
    /// # Errors
    ///
    /// `Compilation` when there is no such function.
    fn resolve_function(&self, from: &UniqueId, package: Option<&str>, name: &str) -> Result<Target>;

    /// The whole graph as dbt's `graph`; asked for at most once in an invocation.
    fn graph(&self) -> Json;

    /// Unique ids of what was selected.
    fn selected_resources(&self) -> Vec<String>;

    /// The text of a `{% docs %}` block, seen from `package`.
    fn doc(&self, package: &str, wanted_package: Option<&str>, name: &str) -> Option<String>;
}

/// The time window of one batch or of a sample, half open, as SQL literals' contents.
#[derive(Debug, Clone)]
pub struct Batch {
    /// First instant inside.
    pub start: String,
    /// First instant after.
    pub end: String,
}

/// Postgres' answer to a statement, as dbt shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Response {
    /// The server's tag: `SELECT 10`.
    #[serde(rename = "_message")]
    pub message: String,
    /// The tag's first word or words.
    pub code: String,
    /// The tag's number; -1 without one.
    pub rows_affected: i64,
}

/// Everything a node gets to run with; made new for each node.
pub struct Runtime {
    /// Other nodes.
    pub resolver: Arc<dyn Resolver>,
    /// What relations there are; one for all nodes.
    pub cache: Arc<RelationCache>,
    /// `--empty`: every parent gives no rows.
    pub is_empty: bool,
    /// The batch or sample by which parents are cut.
    pub batch: Option<Batch>,
    /// Outcomes, for `on-run-end`: `results`, `schemas`, `database_schemas`.
    pub run_end: Option<Map<String, Json>>,
    /// Set when the user asks to stop.
    pub cancelled: Arc<AtomicBool>,
}
