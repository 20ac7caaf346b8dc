//! What is the same for all nodes of an invocation.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json};

use crate::flag::Flags;
use crate::name::Parts;
use crate::report::Reporter;

/// Looks up a var, by the package that asks and by name; its strings may hold Jinja.
pub type Variables = Arc<dyn Fn(&str, &str) -> Option<Json> + Send + Sync>;

/// `query-comment:` of the root project.
#[derive(Debug, Clone, Default)]
pub struct QueryComment {
    /// Its Jinja text; none for dbt's own comment, empty for no comment.
    pub text: Option<String>,
    /// Whether it goes behind the statement.
    pub append: bool,
}

/// What is the same for all nodes of an invocation.
pub struct Globals {
    /// The root project.
    pub project_name: String,
    /// `target`: the connection, without its password; with `database`, `schema`, `name` and `profile_name`.
    pub target: Map<String, Json>,
    /// `flags` and `invocation_args_dict`.
    pub flags: Flags,
    /// Vars.
    pub vars: Variables,
    /// `vars` of the root project as written, for packages that look into dbt's own objects.
    pub project_vars: Map<String, Json>,
    /// Environment variables as the invocation saw them.
    pub env: Map<String, Json>,
    /// A version 4 UUID.
    pub invocation_id: String,
    /// The clock of this machine when the invocation began.
    pub run_started_at: DateTime<Utc>,
    /// `dbt_metadata_envs`.
    pub metadata_envs: Map<String, Json>,
    /// Which parts of a relation's name are quoted unless it says otherwise.
    pub quoting: Parts<bool>,
    /// What stands before each statement.
    pub query_comment: QueryComment,
    /// Versions of the installed packages by name, for packages that look into dbt's own objects.
    pub packages: Vec<(String, String)>,
    /// Who is told of `log`, `print` and warnings.
    pub reporter: Reporter,
}

impl Globals {
    /// A text entry of `target`; empty without it.
    pub fn target_text(&self, key: &str) -> &str {
        self.target.get(key).and_then(Json::as_str).unwrap_or_default()
    }
}
