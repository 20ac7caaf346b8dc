//! `db`: the project's own Postgres, kept running, stopped, named for other programs, or entered.

use std::process::Command;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::flag::Flags;
use crate::postgres::embedded::{self, Source, Stopped};
use crate::postgres::{Server, Settings};
use crate::project::Project;
use crate::report::{Event, Payload, Reporter};

use super::server::{self, Found};
use super::{Ended, Ending, alone, opening};

/// Does what `action` says: `start`, `stop`, `url` or `shell`.
///
/// # Errors
///
/// `Usage` when the profile has no Postgres of kiln's own to start or stop, `Connection` when it does not do as told.
pub fn database(flags: Flags, reporter: &Reporter) -> Ended {
    let project = opening::open(&flags, reporter)?;
    let source = server::source(&project).map_err(alone)?;
    let action = flags.extra.get("action").and_then(Value::as_str).unwrap_or_default();
    match action {
        "start" => start(&project, own(&project, source).map_err(alone)?, reporter),
        "stop" => own(&project, source).and_then(|_| stop(&project, reporter)),
        "url" => open(&project, source, &flags).map(|server| url(&server, reporter)),
        "shell" => open(&project, source, &flags).and_then(|server| shell(&server, reporter)),
        _ => {
            Err(Error::usage(format!("`db {action}` is nothing that kiln does")).hint("use start, stop, url or shell"))
        }
    }
    .map_err(alone)
}

fn own(project: &Project, source: Option<Source>) -> Result<Source> {
    source.ok_or_else(|| {
        Error::usage(format!("the output `{}` is a server, which kiln does not run", project.profile.target_name))
            .at(project.profile.origin.place())
            .hint("with `embedded: true` beside it kiln runs a PostgreSQL of its own")
    })
}

fn start(project: &Project, source: Source, reporter: &Reporter) -> Result<Ending> {
    let Found { server, about, notes } =
        server::found(embedded::keep(&project.root.dir, source, server::settings(project)?)?);
    notes.into_iter().for_each(|note| reporter.tell(Event::Note(note)));
    reporter.tell(Event::Note(format!("{about}, runs until `kiln db stop`")));
    say(reporter, address(server.settings()));
    Ok(Ending::Success)
}

fn stop(project: &Project, reporter: &Reporter) -> Result<Ending> {
    let text = match embedded::stop(&project.root.dir)? {
        Stopped::Now => "stopped",
        Stopped::Before => "it was not running",
        Stopped::Later => "another kiln uses it now; it stops when that ends",
    };
    reporter.tell(Event::Note(text.to_owned()));
    Ok(Ending::Success)
}

/// The address; that of a Postgres of our own is good while it runs, so `db start` comes first for a program that stays.
fn url(server: &Server, reporter: &Reporter) -> Ending {
    say(reporter, address(server.settings()));
    Ending::Success
}

fn shell(server: &Server, reporter: &Reporter) -> Result<Ending> {
    let settings = server.settings();
    let mut psql = Command::new("psql");
    let options = [
        ("--host", settings.host.clone()),
        ("--port", settings.port.map(|port| port.to_string())),
        ("--username", settings.user.clone()),
        ("--dbname", settings.database.clone()),
    ];
    for (name, value) in options {
        value.into_iter().for_each(|value| _ = psql.arg(name).arg(value));
    }
    if let Some(password) = &settings.password {
        psql.env("PGPASSWORD", password.reveal());
    }
    // The schemas of the project are found without writing them out.
    if !settings.schema.is_empty() && std::env::var_os("PGOPTIONS").is_none() {
        psql.env("PGOPTIONS", format!("-c search_path={},public", settings.schema));
    }
    match psql.status() {
        Ok(status) if status.success() => Ok(Ending::Success),
        Ok(_) => Ok(Ending::Failure),
        Err(cause) => {
            say(reporter, address(settings));
            let error = Error::runtime("could not start `psql`").because(cause);
            Err(error.hint(
                "install it, or open the address above with another client while `kiln db start` keeps it running",
            ))
        }
    }
}

/// The server, for programs other than kiln.
fn open(project: &Project, source: Option<Source>, flags: &Flags) -> Result<Server> {
    if source == Some(Source::Builtin) {
        return Err(embedded::only_in_process());
    }
    let Found { server, .. } = server::of(project, flags)?;
    if server.max_sessions() == Some(1) { Err(embedded::only_in_process()) } else { Ok(server) }
}

fn say(reporter: &Reporter, text: String) {
    reporter.tell(Event::Payload(Payload::Text(text)));
}

/// The address as libpq and most drivers read it, without the password: postgresql.org/docs, chapter 34.1.1.
fn address(settings: &Settings) -> String {
    let part = |text: &Option<String>| encoded(text.as_deref().unwrap_or_default());
    let database = part(&settings.database);
    match settings.host.as_deref().filter(|host| host.starts_with('/')) {
        Some(folder) => format!("postgresql:///{database}?host={}&user={}", encoded(folder), part(&settings.user)),
        None => {
            let user = settings.user.as_ref().map_or_else(String::new, |_| format!("{}@", part(&settings.user)));
            let port = settings.port.map_or_else(String::new, |port| format!(":{port}"));
            format!("postgresql://{user}{}{port}/{database}", part(&settings.host))
        }
    }
}

/// Percent-encoded, except for what may stand in a path.
fn encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    text.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_socket_names_its_folder() {
        let settings = Settings {
            host: Some("/home/a b/.kiln/local-15/socket".to_owned()),
            port: Some(5432),
            user: Some("postgres".to_owned()),
            database: Some("retail".to_owned()),
            ..Settings::default()
        };
        assert_eq!(address(&settings), "postgresql:///retail?host=/home/a%20b/.kiln/local-15/socket&user=postgres");
    }

    #[test]
    fn the_address_of_a_server_has_no_password() {
        let settings = Settings {
            host: Some("db.example.com".to_owned()),
            port: Some(6432),
            user: Some("me@work".to_owned()),
            database: Some("shop".to_owned()),
            password: Some(crate::postgres::Secret::new("hidden")),
            ..Settings::default()
        };
        assert_eq!(address(&settings), "postgresql://me%40work@db.example.com:6432/shop");
    }
}
