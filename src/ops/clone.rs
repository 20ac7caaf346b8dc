//! `clone`: what another environment has built becomes visible in this one, as views.

use std::time::Instant;

use crate::flag::Flags;
use crate::graph::Step;
use crate::report::{Event, Reporter, Warning};
use crate::runner::{self, Task};

use super::build::{conclude, lock};
use super::invocation::Invocation;
use super::{Ended, Ending, alone};

/// Makes each chosen node from its relation in the environment that `--state` describes.
///
/// # Errors
///
/// Whatever keeps the command from running at all; failures of nodes are in its ending.
pub fn clone(flags: Flags, reporter: &Reporter) -> Ended {
    let started = Instant::now();
    let invocation = Invocation::load(flags, reporter)?;
    invocation.tell_found();
    let chosen = invocation.choose()?;
    if chosen.is_empty() {
        reporter.warn(Warning::nothing_to_do()).map_err(alone)?;
        return invocation.write_no_results().map(|()| Ending::Success).map_err(alone);
    }
    let server = invocation.server().map_err(alone)?;
    let _lock = lock(&invocation, &server).map_err(alone)?;
    let run = invocation.run(server, &chosen);
    let _interrupt = runner::watch(&run.server, &run.cancelled).map_err(alone)?;
    let session = runner::open(&run).map_err(alone)?;
    runner::prepare(&run, &session, &chosen).map_err(alone)?;
    // What is looked at lies in the other environment, so that nothing waits for anything.
    let step = |id| Step { id, waits_for: Vec::new(), depth: 0 };
    let steps: Vec<Step> = run.runnable(&chosen).into_iter().map(step).collect();
    let target = invocation.target_name().to_owned();
    reporter.tell(Event::Concurrency { threads: run.threads, target, nodes: steps.len() });
    let outcomes = runner::run(&run, &steps, Task::Clone, &session).map_err(alone)?;
    conclude(&run, &outcomes, started)
}
