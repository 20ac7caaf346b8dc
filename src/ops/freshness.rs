//! `source freshness`: how old the newest rows of sources are, by the clock of Postgres.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::Value;

use crate::error::Result;
use crate::flag::Flags;
use crate::manifest::{Manifest, Source};
use crate::name::UniqueId;
use crate::report::{Event, Freshness, Outcome, Problem, Reporter, Status, Warning, artifact};
use crate::runner::{self, Done, Run, When};

use super::invocation::Invocation;
use super::{Ended, Ending, alone};

/// Asks every chosen source that has rules of freshness.
///
/// # Errors
///
/// Whatever keeps the command from running at all.
pub fn freshness(flags: Flags, reporter: &Reporter) -> Ended {
    let started = Instant::now();
    let invocation = Invocation::load(flags, reporter)?;
    invocation.tell_found();
    let chosen = invocation.choose_by(&with_prefixes(&invocation.flags, &invocation.manifest))?;
    let sources: Vec<Source> = chosen.iter().filter_map(|id| asked(&invocation, id)).collect();
    if sources.is_empty() {
        reporter.warn(Warning::nothing_to_do()).map_err(alone)?;
        write(&invocation.flags, &invocation.target, &[], (started, reporter)).map_err(alone)?;
        reporter.tell(Event::FreshnessSummary(Vec::new()));
        return Ok(Ending::Success);
    }
    let run = invocation.run(invocation.server().map_err(alone)?, &chosen);
    let _interrupt = runner::watch(&run.server, &run.cancelled).map_err(alone)?;
    let session = runner::open(&run).map_err(alone)?;
    let has_hooks = run.flags.switch("source_freshness_run_project_hooks");
    invocation.tell_threads(&run, sources.len());
    let mut hooks = Vec::new();
    if has_hooks {
        runner::run_hooks(&run, When::Start, &session, Done::Nothing, &mut hooks).map_err(alone)?;
    }
    let results = runner::freshness_of(&run, &sources, &session).map_err(alone)?;
    if has_hooks {
        let session = runner::kept_or_new(&run, session).map_err(alone)?;
        runner::run_hooks(&run, When::End, &session, Done::Sources(&results), &mut hooks).map_err(alone)?;
    }
    conclude(&run, &results, &hooks, started)
}

/// The settings with `source:` before words that are nothing but the name of a source.
fn with_prefixes(flags: &Flags, manifest: &Manifest) -> Flags {
    let mut flags = flags.clone();
    for words in flags.select.iter_mut().chain(flags.exclude.iter_mut()) {
        let list: Vec<String> = words.split(' ').map(|word| with_prefix(word, manifest)).collect();
        *words = list.join(" ");
    }
    flags
}

fn with_prefix(word: &str, manifest: &Manifest) -> String {
    let is_source = manifest.sources.values().any(|source| {
        let table = format!("{}.{}", source.source_name, source.name);
        word == source.source_name || word == table || word == format!("{}.{table}", source.package)
    });
    if is_source { format!("source:{word}") } else { word.to_owned() }
}

/// A chosen source with a rule.
fn asked(invocation: &Invocation, id: &UniqueId) -> Option<Source> {
    let source = invocation.manifest.sources.get(id)?;
    let rules = source.freshness.as_ref()?;
    let has_rule = ["warn_after", "error_after"].iter().any(|key| !rules[*key]["count"].is_null());
    has_rule.then(|| source.clone())
}

/// Writes `sources.json`, or the file that `--output` names.
fn write(flags: &Flags, target: &Path, results: &[Freshness], told: (Instant, &Reporter)) -> Result<()> {
    let (started, reporter) = told;
    let path = match flags.extra.get("output").and_then(Value::as_str) {
        Some(path) => PathBuf::from(path),
        None => target.join("sources.json"),
    };
    match flags.write_json {
        true => artifact::write_sources(&path, results, started.elapsed().as_secs_f64(), reporter),
        false => Ok(()),
    }
}

fn conclude(run: &Run, results: &[Freshness], hooks: &[Outcome], started: Instant) -> Ended {
    let seconds = started.elapsed().as_secs_f64();
    write(&run.flags, &run.target, results, (started, &run.reporter)).map_err(alone)?;
    let problem = |id: &UniqueId, status: Status, message: String| {
        let facts = runner::facts(&run.answers.manifest, id)?;
        Some(Problem { facts, status, message, compiled_path: None, failures_table: None })
    };
    let of_sources = results
        .iter()
        .filter(|result| result.status.is_failure() || result.status == Status::Warn)
        .filter_map(|result| problem(&result.unique_id, result.status, result.error.clone().unwrap_or_default()));
    let of_hooks = hooks
        .iter()
        .filter(|hook| hook.status.is_failure())
        .filter_map(|hook| problem(&hook.unique_id, hook.status, hook.message.clone().unwrap_or_default()));
    let ids = results.iter().map(|result| &result.unique_id).chain(hooks.iter().map(|hook| &hook.unique_id));
    let nodes = ids.filter_map(|id| runner::facts(&run.answers.manifest, id)).collect();
    run.reporter.tell(Event::Finished { nodes, seconds });
    run.reporter.tell(Event::FreshnessSummary(of_sources.chain(of_hooks).collect()));
    let is_failure = results.iter().any(|result| result.status.is_failure())
        || hooks.iter().any(|hook| hook.status.is_failure())
        || run.cancelled.load(std::sync::atomic::Ordering::SeqCst);
    run.reporter.tell(Event::Completed { success: !is_failure, seconds });
    Ok(if is_failure { Ending::Failure } else { Ending::Success })
}
