//! `profiles.yml`: the chosen output.

mod read;
mod target;

use std::path::PathBuf;

use serde_json::{Map as JsonMap, Value as Json};

use super::yaml::{Map, Origin};

pub use read::{Wanted, find_dir, load};

/// The chosen profile and output.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Name of the profile.
    pub name: String,
    /// Name of the output.
    pub target_name: String,
    /// Folder of `profiles.yml`.
    pub dir: PathBuf,
    /// The output in the file.
    pub origin: Origin,
    /// A server, or a PostgreSQL of our own.
    pub engine: Engine,
    /// Keys of the output as they stand; what is missing is none.
    pub output: Output,
    /// Parallel nodes, from the command line or the output; 1 when both are silent.
    pub threads: u32,
    /// `target` of Jinja, in dbt's order, without the password.
    pub target: JsonMap<String, Json>,
    /// Values to write as `*****` wherever they would be shown, longest first.
    pub secrets: Vec<String>,
    /// The legacy block `config:` of the file.
    pub legacy_flags: Map,
}

/// Which PostgreSQL is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// The server that the output names.
    Server,
    /// One of our own in the project's `.kiln/`.
    Embedded(Flavor),
}

/// Where the embedded PostgreSQL comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavor {
    /// Installed server binaries, else the one compiled into kiln.
    Any,
    /// The one compiled into kiln.
    Builtin,
    /// Installed server binaries.
    Local,
}

/// Keys of a Postgres output.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    pub host: Option<String>,
    pub port: Option<u16>,
    pub user: Option<String>,
    pub password: Option<String>,
    pub database: Option<String>,
    /// Default schema of nodes.
    pub schema: String,
    /// Set by `SET ROLE` after connecting.
    pub role: Option<String>,
    pub search_path: Option<String>,
    /// In seconds.
    pub connect_timeout: Option<u64>,
    /// Further attempts to connect.
    pub retries: Option<u32>,
    /// In seconds; 0 for the system's default.
    pub keepalives_idle: Option<u64>,
    pub sslmode: Option<String>,
    pub sslcert: Option<String>,
    pub sslkey: Option<String>,
    pub sslrootcert: Option<String>,
    pub application_name: Option<String>,
    pub service: Option<String>,
    pub timezone: Option<String>,
    pub datestyle: Option<String>,
    pub autocommit: Option<bool>,
}
