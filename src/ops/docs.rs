//! `docs generate` and `docs serve`: the project with what the database has of it, as a page.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;

use crate::docs::{self, Catalog, Server};
use crate::error::{Error, Result};
use crate::flag::Flags;
use crate::name::UniqueId;
use crate::project;
use crate::report::{DocsEvent, Event, Outcome, Reporter, artifact};
use crate::runner::{self, Run};

use super::compile;
use super::invocation::{Invocation, target_folder};
use super::{Ended, Ending, alone, opening};

/// Renders what was chosen, writes `catalog.json` and the page.
///
/// # Errors
///
/// Whatever keeps the command from running at all.
pub fn generate(flags: Flags, reporter: &Reporter) -> Ended {
    let started = Instant::now();
    let invocation = Invocation::load(flags, reporter)?;
    let is_on = |name: &str| invocation.flags.extra.get(name) == Some(&Value::Bool(true));
    let chosen = if is_on("compile") {
        invocation.tell_found();
        Some(invocation.choose()?)
    } else {
        None
    };
    let run = invocation.run(invocation.server().map_err(alone)?, chosen.as_ref().unwrap_or(&BTreeSet::new()));
    let _interrupt = runner::watch(&run.server, &run.cancelled).map_err(alone)?;
    if let Some(chosen) = &chosen {
        let outcomes = compile::render(&invocation, &run, chosen, started)?;
        if outcomes.iter().any(Outcome::is_lost) {
            reporter.tell(Event::Completed { success: false, seconds: started.elapsed().as_secs_f64() });
            return Ok(Ending::Unable);
        }
    }
    docs::write_page(&run.target).map_err(alone)?;
    let assets = &invocation.project.root.settings.asset_paths;
    docs::copy_assets(&run.root, assets, &run.target).map_err(alone)?;
    let catalog =
        if is_on("empty_catalog") { Catalog::default() } else { ask(&run, chosen.as_ref()).map_err(alone)? };
    let path = run.target.join("catalog.json");
    let metadata = artifact::metadata("catalog/v1", reporter);
    artifact::write(&path, &catalog.to_json(metadata).to_string(), reporter).map_err(alone)?;
    reporter.tell(Event::Wrote { what: "CatalogArtifact", path: path.display().to_string() });
    if is_on("static") {
        docs::write_static_page(&run.target).map_err(alone)?;
    }
    if catalog.failures() > 0 {
        reporter.tell(Event::Docs(DocsEvent::Failed(catalog.failures())));
    }
    reporter.tell(Event::Docs(DocsEvent::Written(path.display().to_string())));
    Ok(end(reporter, catalog.failures() == 0, started))
}

fn end(reporter: &Reporter, success: bool, started: Instant) -> Ending {
    reporter.tell(Event::Completed { success, seconds: started.elapsed().as_secs_f64() });
    if success { Ending::Success } else { Ending::Failure }
}

/// Asks the database; a question that fails is an error in the catalog, not the end of the command.
fn ask(run: &Arc<Run>, wanted: Option<&BTreeSet<UniqueId>>) -> Result<Catalog> {
    run.reporter.tell(Event::Docs(DocsEvent::Building));
    let session = runner::open(run)?;
    let manifest = &run.answers.manifest;
    let runtime = Arc::new(run.runtime(&session));
    let mut catalog = Catalog::default();
    for (database, question) in docs::questions(manifest, wanted) {
        match run.templates.catalog(&database, &question, &runtime) {
            Ok(rows) => catalog.add(&rows, manifest, wanted),
            Err(error) => {
                run.roll_back(&session, "docs");
                let message = run.reporter.scrub(error.message());
                run.reporter.tell(Event::Docs(DocsEvent::Problem(message.clone())));
                catalog.add_error(message);
            }
        }
    }
    run.end_transaction(&session, "docs")?;
    Ok(catalog)
}

/// Serves the target folder until the user stops it.
///
/// # Errors
///
/// `Usage` when there is no page, or the port is taken.
pub fn serve(flags: Flags, reporter: &Reporter) -> Ended {
    let options = project::Options { check_version: false, ..opening::options(&flags) };
    let (root, settings) = project::settings(&options)?;
    let (target, shown) = target_folder(&root, &settings, &flags);
    if !target.join("index.html").is_file() {
        let missing = Error::usage(format!("there is no `index.html` in `{shown}`"));
        return Err(alone(missing.hint("run `docs generate` first")));
    }
    let host = flags.extra.get("host").and_then(Value::as_str).unwrap_or("127.0.0.1");
    let port = flags.extra.get("port").and_then(Value::as_u64).unwrap_or(8080);
    let port = u16::try_from(port).map_err(|_| alone(Error::usage(format!("`{port}` is no port"))))?;
    let server = Server::open(&target, host, port).map_err(alone)?;
    reporter.tell(Event::Note(format!("Serving docs at {}", server.url())));
    reporter.tell(Event::Note("Press Ctrl+C to exit.".to_owned()));
    if flags.extra.get("browser") == Some(&Value::Bool(true)) {
        open_browser(&server.url());
    }
    server.serve();
    Ok(Ending::Success)
}

/// Shows the page where there is a desktop; the line with the address is enough elsewhere.
fn open_browser(url: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut command = std::process::Command::new(program);
    let quiet = std::process::Stdio::null;
    let _ = command.arg(url).stdin(quiet()).stdout(quiet()).stderr(quiet()).spawn();
}
