//! `build`, `run`, `test`, `seed` and `snapshot`: nodes are built, loaded and checked in the order of the graph.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use crate::error::Error;
use crate::flag::Flags;
use crate::manifest::NodeKind;
use crate::name::UniqueId;
use crate::postgres::{self, ProjectLock};
use crate::report::{Event, Outcome, Payload, Problem, Reporter, Status, Summary, Totals, artifact};
use crate::runner::{self, Done, Interrupt, Run, SharedSession, Task, When};

use super::invocation::Invocation;
use super::{Ended, Ending, alone};

/// Runs the nodes that `flags.which` is about.
///
/// # Errors
///
/// Whatever keeps the command from running at all; failures of nodes are in its ending.
pub fn build(flags: Flags, reporter: &Reporter) -> Ended {
    let started = Instant::now();
    let invocation = Invocation::load(flags, reporter)?;
    invocation.tell_found();
    let chosen = invocation.choose()?;
    if chosen.is_empty() {
        return invocation.end_without_nodes();
    }
    let Begun { guards: _guards, run, session } = begin(&invocation, &chosen)?;
    let runnable = run.runnable(&chosen);
    let steps = match run.flags.which.as_str() {
        "build" => {
            invocation.graph.plan_with_tests(&invocation.manifest, &invocation.with_exposures(&runnable, &chosen))
        }
        _ => invocation.graph.plan(&runnable),
    };
    invocation.tell_threads(&run, steps.len());
    let mut hooks = Vec::new();
    runner::run_hooks(&run, When::Start, &session, Done::Nothing, &mut hooks).map_err(alone)?;
    let is_stopped =
        hooks.iter().any(|hook| hook.status.is_failure()) && run.flags.switch("skip_nodes_if_on_run_start_fails");
    let mut outcomes = if is_stopped {
        runner::skip_all(&run, &steps)
    } else {
        runner::run(&run, &steps, Task::Execute, &session).map_err(alone)?
    };
    if run.flags.extra.get("show").and_then(serde_json::Value::as_bool) == Some(true) {
        show_seeds(&run, &outcomes, &session).map_err(alone)?;
    }
    let nodes_only = outcomes.clone();
    let session = runner::kept_or_new(&run, session).map_err(alone)?;
    // The nodes are done: what a hook raises changes nothing of what is told and written about them.
    let raised = runner::run_hooks(&run, When::End, &session, Done::Nodes(&nodes_only), &mut hooks);
    outcomes.extend(hooks);
    invocation.write_manifest(&run.compiler.compiled()).map_err(alone)?;
    let ending = conclude(&run, &outcomes, started)?;
    raised.map(|()| ending).map_err(alone)
}

/// A run that holds its lock and may be interrupted.
pub(super) struct Begun {
    /// To be kept until the run is over.
    pub guards: (Interrupt, ProjectLock),
    pub run: Arc<Run>,
    pub session: SharedSession,
}

/// Takes the lock and prepares the database for `chosen`.
pub(super) fn begin(invocation: &Invocation, chosen: &BTreeSet<UniqueId>) -> Result<Begun, Vec<Error>> {
    let server = invocation.server().map_err(alone)?;
    let lock = lock(invocation, &server).map_err(alone)?;
    let run = invocation.run(server, chosen);
    let interrupt = runner::watch(&run.server, &run.cancelled).map_err(alone)?;
    let session = runner::open(&run).map_err(alone)?;
    runner::prepare(&run, &session, chosen).map_err(alone)?;
    Ok(Begun { guards: (interrupt, lock), run, session })
}

/// Takes the lock of the project and target, unless the server has room for one session only.
fn lock(invocation: &Invocation, server: &postgres::Server) -> crate::error::Result<ProjectLock> {
    let wait = super::server::patience(&invocation.flags);
    let reporter = invocation.reporter.clone();
    let mut tell = |holder: &postgres::Holder| {
        reporter.tell(Event::Note(format!("waiting for another run: {}", holder.words)));
    };
    ProjectLock::acquire(server, &invocation.manifest.project_name, invocation.target_name(), wait, &mut tell)
}

/// Rows of each seed that `--show` prints.
const SHOWN_ROWS: i64 = 10;

/// Prints the first rows of the seeds that were loaded.
fn show_seeds(run: &Run, outcomes: &[Outcome], session: &SharedSession) -> crate::error::Result<()> {
    for outcome in outcomes.iter().filter(|outcome| outcome.status == Status::Success) {
        let node = run.answers.manifest.nodes.get(&outcome.unique_id);
        let Some(node) = node.filter(|node| node.kind == NodeKind::Seed) else { continue };
        let (table, _) = run.show(node, session, SHOWN_ROWS)?;
        let (name, unique_id) = (Some(node.name.clone()), node.unique_id.to_string());
        run.reporter.tell(Event::Payload(Payload::Shown { node: name, unique_id, table, json: false }));
    }
    Ok(())
}

/// Tells the end of a run, writes `run_results.json`, and says how it ended.
pub fn conclude(run: &Run, outcomes: &[Outcome], started: Instant) -> Ended {
    let seconds = started.elapsed().as_secs_f64();
    let manifest = &run.answers.manifest;
    let facts = |outcome: &Outcome| runner::facts(manifest, &outcome.unique_id);
    let problems =
        outcomes.iter().filter(|outcome| outcome.is_lost() || outcome.status == Status::Warn).filter_map(|outcome| {
            Some(Problem {
                facts: facts(outcome)?,
                status: outcome.status,
                message: outcome.message.clone().unwrap_or_default(),
                compiled_path: run.compiled_path(&outcome.unique_id).filter(|_| outcome.compiled == Some(true)),
                failures_table: run.failures_table(&outcome.unique_id),
            })
        });
    let interrupted = run.cancelled.load(std::sync::atomic::Ordering::SeqCst);
    let summary = Summary {
        problems: problems.collect(),
        interrupted,
        totals: Totals::count(outcomes.iter().map(|outcome| &outcome.status)),
    };
    if run.flags.which != "clone" {
        run.reporter.tell(Event::Finished { nodes: outcomes.iter().filter_map(facts).collect(), seconds });
    }
    // A warning at the end is one like any other where `--warn-error` decides on all of them.
    let warned = summary.problems.iter().find(|problem| problem.status == Status::Warn);
    let refused = warned
        .filter(|_| run.reporter.is_promoted("RunResultWarning"))
        .map(|problem| Error::compilation(format!("Warning in {}", problem.facts.in_words())));
    let is_failure = interrupted || outcomes.iter().any(Outcome::is_lost);
    run.reporter.tell_ended(outcomes, seconds, !is_failure);
    run.reporter.tell(Event::Summary(summary));
    if run.flags.write_json {
        artifact::write_run_results(&run.target, outcomes, seconds, &run.flags, &run.reporter).map_err(alone)?;
    }
    if let Some(error) = refused {
        return Err(alone(error));
    }
    run.reporter.tell(Event::Completed { success: !is_failure, seconds });
    Ok(if is_failure { Ending::Failure } else { Ending::Success })
}
