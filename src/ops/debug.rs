//! `debug`: what would be used, and whether it works.

use serde_json::Value;

use crate::error::{Error, Result};
use crate::flag::Flags;
use crate::postgres::Server;
use crate::project::{self, Project};
use crate::report::{Event, Payload, Reporter};

use super::server::{self, Found};
use super::{Ended, Ending};

/// Shows settings and checks the project, the profile and the connection.
///
/// # Errors
///
/// Mistakes in the files; a connection that fails is shown, and makes the command end with 1.
pub fn debug(flags: Flags, reporter: &Reporter) -> Ended {
    reporter.tell(Event::Version);
    let say = |text: String| reporter.tell(Event::Payload(Payload::Text(text)));
    say(format!("kiln version: {}", env!("CARGO_PKG_VERSION")));
    say(format!("os: {} {}", std::env::consts::OS, std::env::consts::ARCH));
    let options = project::Options {
        project_dir: flags.project_dir.clone(),
        profiles_dir: flags.profiles_dir.clone(),
        profile: flags.profile.clone(),
        target: flags.target.clone(),
        vars: (!flags.vars.is_empty()).then(|| Value::Object(flags.vars.clone()).to_string()),
        check_version: flags.version_check,
        ..project::Options::default()
    };
    let project = match project::load(&options) {
        Ok(project) => project,
        Err(errors) => {
            say("Configuration:\n  project and profile [ERROR invalid]".to_owned());
            for error in errors {
                reporter.fail(error);
            }
            say("1 check failed:".to_owned());
            return Ok(Ending::Failure);
        }
    };
    for secret in &project.profile.secrets {
        reporter.hide(secret);
    }
    say(format!("Using profiles dir at {}", project.profile.dir.display()));
    say(format!("Using project file at {}", project.root.settings.origin.file.display()));
    say("adapter type: postgres".to_owned());
    say("Configuration:\n  profiles.yml file [OK found and valid]\n  project file [OK found and valid]".to_owned());
    say("Connection:".to_owned());
    let result = server::of(&project, &flags).and_then(|Found { server, about, notes }| {
        notes.into_iter().for_each(&say);
        connection(&project, &server, about).into_iter().for_each(|(key, value)| say(format!("  {key}: {value}")));
        check(&server)
    });
    match result {
        Ok(version) => {
            say(format!("  server version: {version}"));
            say("  Connection test: [OK connection ok]".to_owned());
            say("\nAll checks passed!".to_owned());
            Ok(Ending::Success)
        }
        Err(error) => {
            say("  Connection test: [ERROR]".to_owned());
            say("\n1 check failed:".to_owned());
            reporter.fail(error);
            Ok(Ending::Failure)
        }
    }
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
