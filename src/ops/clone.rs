//! `clone`: what another environment has built becomes visible in this one, as views.

use std::time::Instant;

use crate::flag::Flags;
use crate::graph::Step;
use crate::report::Reporter;
use crate::runner::{self, Task};

use super::build::{Begun, begin, conclude};
use super::invocation::Invocation;
use super::{Ended, alone};

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
        return invocation.end_without_nodes();
    }
    let Begun { guards: _guards, run, session } = begin(&invocation, &chosen)?;
    // What is looked at lies in the other environment, so that nothing waits for anything.
    let step = |id| Step { id, waits_for: Vec::new(), depth: 0 };
    let steps: Vec<Step> = run.runnable(&chosen).into_iter().map(step).collect();
    invocation.tell_threads(&run, steps.len());
    let outcomes = runner::run(&run, &steps, Task::Clone, &session).map_err(alone)?;
    conclude(&run, &outcomes, started)
}
