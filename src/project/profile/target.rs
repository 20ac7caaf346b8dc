//! What an output means: `target` of Jinja, and the settings of connections.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map as JsonMap, Value as Json, json};

use super::{Engine, Output};
use crate::postgres::{Secret, Settings, SslMode};

/// dbt's default where the output is silent, in seconds.
const CONNECT_TIMEOUT: u64 = 10;

/// `target` in dbt's order and the settings of connections.
pub fn make(
    profile: &str,
    name: &str,
    output: &Output,
    engine: Engine,
    threads: u32,
) -> (JsonMap<String, Json>, Settings) {
    let connection = settings(output);
    (target(profile, name, output, engine, threads), connection)
}

fn target(profile: &str, name: &str, output: &Output, engine: Engine, threads: u32) -> JsonMap<String, Json> {
    let database = output.database.clone().or_else(|| std::env::var("PGDATABASE").ok());
    let kind = match engine {
        // Macros compare the type; the embedded server is a Postgres to them.
        Engine::Server | Engine::Embedded(_) => "postgres",
    };
    let port = output.port.or_else(|| std::env::var("PGPORT").ok().and_then(|port| port.parse().ok())).unwrap_or(5432);
    let members = json!({
        "host": output.host.clone().or_else(|| std::env::var("PGHOST").ok()),
        "port": port,
        "user": output.user.clone().or_else(|| std::env::var("PGUSER").ok()),
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

fn settings(output: &Output) -> Settings {
    Settings {
        host: output.host.clone(),
        port: output.port,
        user: output.user.clone(),
        password: output.password.clone().map(Secret::new),
        database: output.database.clone(),
        schema: output.schema.clone(),
        sslmode: output.sslmode.as_deref().and_then(|word| SslMode::from_word(word).ok()),
        sslcert: output.sslcert.clone().map(PathBuf::from),
        sslkey: output.sslkey.clone().map(PathBuf::from),
        sslrootcert: output.sslrootcert.clone().map(PathBuf::from),
        role: output.role.clone(),
        search_path: output.search_path.clone(),
        connect_timeout: Some(Duration::from_secs(output.connect_timeout.unwrap_or(CONNECT_TIMEOUT))),
        retries: output.retries.unwrap_or(1),
        keepalives_idle: output.keepalives_idle.filter(|it| *it > 0).map(Duration::from_secs),
        application_name: output.application_name.clone(),
        timezone: output.timezone.clone(),
        datestyle: output.datestyle.clone(),
    }
}
