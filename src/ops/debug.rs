//! `debug`: what would be used, and whether it works.

use std::path::Path;

use crate::error::{Error, Result};
use crate::flag::Flags;
use crate::postgres::Server;
use crate::project::{self, Checked, Project};
use crate::report::{CheckEvent, DBT_VERSION, Event, Reporter, excerpt};

use super::server::{self, Found};
use super::{Ended, Ending, alone, opening};

/// Shows settings and checks the project, the profile and the connection.
///
/// # Errors
///
/// `Usage` when there is no project at all; checks that fail are shown, and make the command end with 1.
pub fn debug(flags: Flags, reporter: &Reporter) -> Ended {
    reporter.tell(Event::Version { args: flags.args() });
    let checked = project::check(&opening::options(&flags)).map_err(alone)?;
    opening::log_failure(&flags, reporter);
    if is_on(&flags, "config_dir") {
        let open = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
        let folder = checked.profiles_dir.display();
        say(reporter, format!("To view your profiles.yml file, run:\n\n{open} {folder}"));
        return Ok(Ending::Success);
    }
    introduce(&checked, reporter);
    if is_on(&flags, "connection") {
        say(reporter, "Skipping steps before connection verification".to_owned());
    } else {
        say(reporter, "Configuration:".to_owned());
        // Without a name nothing is known of the profile.
        let is_unnamed = |errors: &Vec<Error>| errors.iter().any(|error| is_in(error, &name(&checked.file)));
        let blame = if checked.profile.as_ref().is_err_and(is_unnamed) { "the project names none" } else { "invalid" };
        tell_check(reporter, "  profiles.yml file", checked.profile.is_ok(), blame);
        tell_check(reporter, &format!("  {} file", name(&checked.file)), checked.settings.is_ok(), "invalid");
        say(reporter, "Required dependencies:".to_owned());
        let has_git = std::process::Command::new("git").arg("--version").output().is_ok();
        let verdict = if has_git { "found" } else { "not found; only packages from git need it" }.to_owned();
        let checked = CheckEvent::Checked { what: " - git".to_owned(), is_well: has_git, verdict };
        reporter.tell(Event::Check(checked));
    }
    let mut failed: Vec<(&str, Vec<Error>)> = Vec::new();
    let is_ready = checked.profile.is_ok() && checked.settings.is_ok();
    failed.extend(checked.profile.err().map(|errors| ("Profile loading failed for the following reason:", errors)));
    failed.extend(checked.settings.err().map(|errors| ("Project loading failed for the following reason:", errors)));
    if is_ready {
        let refused =
            opening::read(&flags, reporter).and_then(|(project, _)| test(&project, &flags, reporter).map_err(alone));
        failed.extend(refused.err().map(|errors| ("dbt was unable to connect to the specified database.", errors)));
    } else {
        say(reporter, "Connection test skipped, since project and profile must be well for it".to_owned());
    }
    Ok(conclude(failed, &checked.dir, reporter))
}

fn is_on(flags: &Flags, name: &str) -> bool {
    flags.extra.get(name).and_then(serde_json::Value::as_bool) == Some(true)
}

fn conclude_with(reporter: &Reporter, text: String) {
    reporter.tell(Event::Check(CheckEvent::Result(text)));
}

fn say(reporter: &Reporter, text: String) {
    reporter.tell(Event::Check(CheckEvent::Said(text)));
}

/// Whether an error is about the file `name`.
fn is_in(error: &Error, name: &str) -> bool {
    error.place().is_some_and(|place| place.file.ends_with(name))
}

fn tell_check(reporter: &Reporter, what: &str, is_well: bool, blame: &str) {
    let verdict = if is_well { "found and valid" } else { blame };
    let (what, verdict) = (what.to_owned(), verdict.to_owned());
    reporter.tell(Event::Check(CheckEvent::Checked { what, is_well, verdict }));
}

fn name(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What is used.
fn introduce(checked: &Checked, reporter: &Reporter) {
    let dir = checked.profiles_dir.display();
    say(reporter, format!("dbt version: {DBT_VERSION}"));
    say(reporter, format!("kiln version: {}", env!("CARGO_PKG_VERSION")));
    say(reporter, format!("os: {} {}", std::env::consts::OS, std::env::consts::ARCH));
    say(reporter, format!("Using profiles dir at {dir}"));
    say(reporter, format!("Using profiles.yml file at {dir}/profiles.yml"));
    say(reporter, format!("Using {} file at {}", name(&checked.file), checked.file.display()));
    say(reporter, "adapter type: postgres".to_owned());
    say(reporter, "adapter version: 1.11.0".to_owned());
}

/// Opens a session, and shows with what.
fn test(project: &Project, flags: &Flags, reporter: &Reporter) -> Result<()> {
    say(reporter, "Connection:".to_owned());
    let version = server::of(project, flags).and_then(|Found { server, about, notes }| {
        notes.into_iter().for_each(|note| say(reporter, note));
        for (key, value) in connection(project, &server, about) {
            say(reporter, format!("  {key}: {value}"));
        }
        check(&server)
    });
    if let Ok(version) = &version {
        say(reporter, format!("  server version: {version}"));
    }
    let verdict = if version.is_ok() { "connection ok" } else { "" };
    let (what, is_well) = ("  Connection test:".to_owned(), version.is_ok());
    reporter.tell(Event::Check(CheckEvent::Checked { what, is_well, verdict: verdict.to_owned() }));
    version.map(|_| ())
}

/// Tells the reasons of what failed.
fn conclude(failed: Vec<(&str, Vec<Error>)>, root: &Path, reporter: &Reporter) -> Ending {
    if failed.is_empty() {
        conclude_with(reporter, "All checks passed!".to_owned());
        return Ending::Success;
    }
    let checks =
        if failed.len() == 1 { "1 check failed:".to_owned() } else { format!("{} checks failed:", failed.len()) };
    conclude_with(reporter, checks);
    for (heading, errors) in failed {
        let reasons: Vec<String> = errors.iter().map(|error| excerpt::fatal(error, root)).collect();
        conclude_with(reporter, format!("{heading}\n{}\n", reasons.join("\n")));
    }
    Ending::Failure
}

fn connection(project: &Project, server: &Server, about: String) -> Vec<(&'static str, String)> {
    let settings = server.settings();
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "(default)".to_owned());
    vec![
        ("postgres", about),
        ("host", text(&settings.host)),
        ("port", settings.port.map_or_else(|| "(default)".to_owned(), |port| port.to_string())),
        ("user", text(&settings.user)),
        ("database", text(&settings.database)),
        ("schema", settings.schema.clone()),
        ("threads", project.profile.threads.to_string()),
        ("role", text(&settings.role)),
        ("search_path", text(&settings.search_path)),
        ("retries", settings.retries.to_string()),
    ]
}

fn check(server: &Server) -> Result<u32> {
    let mut session = server.session()?;
    let (_, rows) = session.query(crate::postgres::Statement::new("select 1 as id"), None)?;
    if rows.rows.len() == 1 { Ok(session.server_version()) } else { Err(Error::database("`select 1` gave no row")) }
}
