//! `target`: an output as Jinja sees it.

use serde_json::{Map as JsonMap, Value as Json, json};

use super::{Engine, Output};

/// dbt's default where the output is silent, in seconds.
const CONNECT_TIMEOUT: u64 = 10;

/// `target` in dbt's order; what the output leaves out is what libpq would take, as far as it is known here.
pub fn make(profile: &str, name: &str, output: &Output, engine: Engine, threads: u32) -> JsonMap<String, Json> {
    let variable = |name: &str| std::env::var(name).ok();
    let user = output.user.clone().or_else(|| variable("PGUSER")).or_else(|| variable("USER"));
    let database = output.database.clone().or_else(|| variable("PGDATABASE")).or_else(|| user.clone());
    let kind = match engine {
        // Macros compare the type; the embedded server is a Postgres to them.
        Engine::Server | Engine::Embedded(_) => "postgres",
    };
    let port = output.port.or_else(|| variable("PGPORT").and_then(|port| port.parse().ok())).unwrap_or(5432);
    let members = json!({
        "host": output.host.clone().or_else(|| variable("PGHOST")),
        "port": port,
        "user": user,
        "database": database,
        "schema": output.schema,
        "connect_timeout": output.connect_timeout.unwrap_or(CONNECT_TIMEOUT),
        "role": output.role,
        "search_path": output.search_path,
        "keepalives_idle": output.keepalives_idle.unwrap_or(0),
        "sslmode": output.sslmode,
        "sslcert": output.sslcert,
        "sslkey": output.sslkey,
        "sslrootcert": output.sslrootcert,
        "application_name": output.application_name.as_deref().unwrap_or("dbt"),
        "autocommit": output.autocommit.unwrap_or(false),
        "retries": output.retries.unwrap_or(1),
        "dbname": database,
        "type": kind,
        "threads": threads,
        "name": name,
        "target_name": name,
        "profile_name": profile,
    });
    match members {
        Json::Object(members) => members,
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Array(_) => JsonMap::new(),
    }
}
