//! What is the same for all nodes of an invocation.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json};

use crate::name::Parts;

/// Looks up a var, by the package that asks and by name.
pub type Variables = Arc<dyn Fn(&str, &str) -> Option<Json> + Send + Sync>;

/// What a unit test puts in the stead of macros, by name.
pub type MacroOverrides = Map<String, Json>;

/// What is the same for all nodes of an invocation.
pub struct Globals {
    /// The root project.
    pub project_name: String,
    /// `target`: the connection, without its password.
    pub target: Map<String, Json>,
    /// `flags`, under upper-case names.
    pub flags: Map<String, Json>,
    /// Vars.
    pub vars: Variables,
    /// Environment variables as the invocation saw them.
    pub env: Map<String, Json>,
    /// A version 4 UUID.
    pub invocation_id: String,
    /// The clock of this machine when the invocation began.
    pub run_started_at: DateTime<Utc>,
    /// The command line as `invocation_args_dict`.
    pub invocation_args: Map<String, Json>,
    /// `dbt_metadata_envs`.
    pub metadata_envs: Map<String, Json>,
    /// Which parts of a relation's name are quoted unless it says otherwise.
    pub quoting: Parts<bool>,
}
