//! `source freshness`: how old the newest rows of sources are, by the clock of Postgres.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use serde_json::Value;

use crate::flag::Flags;
use crate::manifest::Source;
use crate::name::UniqueId;
use crate::report::{Event, Freshness, Outcome, Problem, Reporter, Status, Turn, Warning, artifact, excerpt};
use crate::runner::{self, Done, Run, SharedSession, When};

use super::invocation::Invocation;
use super::{Ended, Ending, alone};

/// Asks every chosen source that has rules of freshness.
///
/// # Errors
///
/// Whatever keeps the command from running at all.
pub fn freshness(flags: Flags, reporter: &Reporter) -> Ended {
    let started = Instant::now();
    let mut flags = flags;
    for word in flags.select.iter_mut().chain(flags.exclude.iter_mut()) {
        *word = word.split(' ').map(as_source).collect::<Vec<_>>().join(" ");
    }
    let invocation = Invocation::load(flags, reporter)?;
    invocation.tell_found();
    let chosen = invocation.choose()?;
    let sources: Vec<Source> = chosen.iter().filter_map(|id| asked(&invocation, id)).collect();
    if sources.is_empty() {
        reporter.warn(Warning::nothing_to_do()).map_err(alone)?;
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
    let total = sources.len();
    let results: Vec<Freshness> = sources
        .iter()
        .enumerate()
        .map(|(index, source)| one(&run, source, &session, Turn { index: index + 1, total }))
        .collect();
    if has_hooks {
        let session = runner::kept_or_new(&run, session).map_err(alone)?;
        runner::run_hooks(&run, When::End, &session, Done::Sources(&results), &mut hooks).map_err(alone)?;
    }
    conclude(&run, &results, &hooks, started)
}

/// Words of `--select` name sources, with or without `source:`.
fn as_source(word: &str) -> String {
    let bare = word.trim_start_matches(['@', '+']);
    if bare.contains(':') || bare.is_empty() {
        word.to_owned()
    } else {
        word.replacen(bare, &format!("source:{bare}"), 1)
    }
}

/// A chosen source with a rule and a way to ask for the time of loading.
fn asked(invocation: &Invocation, id: &UniqueId) -> Option<Source> {
    let source = invocation.manifest.sources.get(id)?;
    let rules = source.freshness.as_ref()?;
    let has_rule = ["warn_after", "error_after"].iter().any(|key| !rules[*key]["count"].is_null());
    let can_be_asked = source.loaded_at_field.is_some() || source.loaded_at_query.is_some();
    (has_rule && can_be_asked).then(|| source.clone())
}

fn one(run: &Arc<Run>, source: &Source, session: &SharedSession, turn: Turn) -> Freshness {
    let Some(facts) = runner::facts(&run.answers.manifest, &source.unique_id) else {
        return runner::unasked(source, "the source is not in the manifest".to_owned());
    };
    run.reporter.tell(Event::NodeStart { turn, facts: Arc::clone(&facts), at: chrono::Utc::now() });
    let started = Instant::now();
    let mut result = match run.freshness(source, session) {
        Ok(result) => result,
        Err(error) => {
            let text = excerpt::failure(&error, &facts, None, &run.root);
            runner::unasked(source, run.reporter.scrub(&text))
        }
    };
    let _ = session.lock().unwrap_or_else(PoisonError::into_inner).rollback();
    result.seconds = started.elapsed().as_secs_f64();
    let outcome = Outcome {
        message: result.error.clone(),
        seconds: result.seconds,
        ..Outcome::new(source.unique_id.clone(), result.status)
    };
    run.reporter.tell(Event::NodeEnd { turn, facts, outcome: Arc::new(outcome) });
    result
}

fn conclude(run: &Run, results: &[Freshness], hooks: &[Outcome], started: Instant) -> Ended {
    let seconds = started.elapsed().as_secs_f64();
    let path = match run.flags.extra.get("output").and_then(Value::as_str) {
        Some(path) => PathBuf::from(path),
        None => run.target.join("sources.json"),
    };
    if run.flags.write_json {
        artifact::write_sources(&path, results, seconds, &run.reporter).map_err(alone)?;
    }
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
