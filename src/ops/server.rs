//! The server that a profile names.

use std::time::Duration;

use crate::error::Result;
use crate::postgres::{Secret, Server, Settings, SslMode};
use crate::project::{Engine, Project};

/// The server of the project's profile; an embedded one is started when it is not running.
///
/// # Errors
///
/// `Connection` when an embedded one cannot be started, `Parsing` for settings that Postgres does not know.
pub fn of(project: &Project) -> Result<Server> {
    let settings = settings(project)?;
    match project.profile.engine {
        Engine::Server => Ok(Server::new(settings)),
        Engine::Embedded(_) => Err(crate::error::Error::internal("the embedded server is not connected yet")),
    }
}

fn settings(project: &Project) -> Result<Settings> {
    let profile = &project.profile;
    let output = profile.output.clone();
    let sslmode = match output.sslmode.as_deref() {
        Some(word) => Some(SslMode::from_word(word).map_err(|error| error.at(profile.origin.place()))?),
        None => None,
    };
    // Paths of certificates are relative to the folder of profiles.yml, when they are relative at all.
    let path = |path: Option<String>| path.map(|path| profile.dir.join(path));
    Ok(Settings {
        host: output.host,
        port: output.port,
        user: output.user,
        password: output.password.map(Secret::new),
        database: output.database,
        schema: output.schema,
        sslmode,
        sslcert: path(output.sslcert),
        sslkey: path(output.sslkey),
        sslrootcert: path(output.sslrootcert),
        role: output.role,
        search_path: output.search_path,
        connect_timeout: output.connect_timeout.map(Duration::from_secs),
        retries: output.retries.unwrap_or(1),
        keepalives_idle: output.keepalives_idle.filter(|seconds| *seconds > 0).map(Duration::from_secs),
        application_name: output.application_name,
        timezone: output.timezone,
        datestyle: output.datestyle,
    })
}
