//! The server that a profile names.

use std::time::Duration;

use crate::error::Result;
use crate::flag::{self, Flags};
use crate::postgres::embedded::{self, Source};
use crate::postgres::{Secret, Server, Settings, SslMode, Wait};
use crate::project::{Engine, Flavor, Project};

/// The server of a profile, and what is to be said about it.
pub struct Found {
    pub server: Server,
    /// What it is.
    pub about: String,
    /// What the user should know, a line each.
    pub notes: Vec<String>,
}

/// The server of the project's profile; an embedded one is started when it is not running.
///
/// One that takes a single kiln process is waited for while another one uses it, as `flags` allow.
///
/// # Errors
///
/// `Connection` when an embedded one cannot be started, `Parsing` for settings that Postgres does not know.
pub fn of(project: &Project, flags: &Flags) -> Result<Found> {
    let settings = settings(project)?;
    match source(project)? {
        None => Ok(Found { server: Server::new(settings), about: "a server".to_owned(), notes: Vec::new() }),
        Some(source) => Ok(found(embedded::start(&project.root.dir, source, patience(flags), settings)?)),
    }
}

/// How long to wait for another kiln process.
pub fn patience(flags: &Flags) -> Wait {
    match flags.wait {
        flag::Wait::Not => Wait::No,
        flag::Wait::AtMost(time) => Wait::UpTo(time),
    }
}

/// The server that a PostgreSQL of our own is.
pub fn found(running: embedded::Running) -> Found {
    let server = Server::guarded(running.settings, running.max_sessions, Some(running.guard));
    Found { server, about: running.about, notes: running.notes }
}

/// Where the PostgreSQL of our own comes from, `KILN_EMBEDDED` before the profile; none when the profile names a server.
///
/// # Errors
///
/// `Usage` when the variable holds another word than its three.
pub fn source(project: &Project) -> Result<Option<Source>> {
    let flavor = match project.profile.engine {
        Engine::Server => return Ok(None),
        Engine::Embedded(flavor) => flavor,
    };
    match std::env::var("KILN_EMBEDDED").ok().filter(|word| !word.is_empty()) {
        Some(word) => Source::from_word(&word).map(Some),
        None => Ok(Some(match flavor {
            Flavor::Any => Source::Any,
            Flavor::Builtin => Source::Builtin,
            Flavor::Local => Source::Local,
        })),
    }
}

/// The settings of the profile, as they stand.
///
/// # Errors
///
/// `Parsing` for settings that Postgres does not know.
pub fn settings(project: &Project) -> Result<Settings> {
    let profile = &project.profile;
    let output = profile.output.clone();
    let sslmode = match output.sslmode.as_deref() {
        Some(word) => Some(SslMode::from_word(word).map_err(|error| error.at(profile.origin.place()))?),
        None => None,
    };
    // Paths of certificates are relative to the folder of profiles.yml, when they are relative at all.
    let path = |path: Option<String>| path.map(|path| profile.dir.join(path));
    Ok(Settings {
        service: output.service,
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
