//! `compile`: nodes are rendered and written; a single one, or SQL of the command line, is shown.

use std::collections::BTreeSet;
use std::time::Instant;

use crate::flag::Flags;
use crate::manifest::{Node, NodeKind};
use crate::report::{Event, Payload, Reporter, Warning, artifact};
use crate::runner::{self, Task};

use super::inline;
use super::invocation::Invocation;
use super::{Ended, Ending, alone};

/// Renders what was chosen.
///
/// # Errors
///
/// Whatever keeps the command from running at all.
pub fn compile(flags: Flags, reporter: &Reporter) -> Ended {
    let started = Instant::now();
    let mut invocation = Invocation::load(flags, reporter)?;
    let inline = inline::add(&mut invocation)?;
    invocation.tell_found();
    let chosen = match &inline {
        Some(id) => BTreeSet::from([id.clone()]),
        None => invocation.choose()?,
    };
    if chosen.is_empty() {
        reporter.warn(Warning::nothing_to_do()).map_err(alone)?;
        return Ok(Ending::Success);
    }
    let run = invocation.run(invocation.server().map_err(alone)?, &chosen);
    let _interrupt = runner::watch(&run.server, &run.cancelled).map_err(alone)?;
    let session = runner::open(&run).map_err(alone)?;
    if run.flags.introspect {
        runner::prepare_to_read(&run, &session).map_err(alone)?;
    }
    let steps = invocation.graph.plan(&with_ephemerals(&invocation, &chosen));
    reporter.tell(Event::Concurrency {
        threads: run.threads,
        target: invocation.target_name().to_owned(),
        nodes: steps.len(),
    });
    let outcomes = runner::run(&run, &steps, Task::Compile, &session).map_err(alone)?;
    for outcome in &outcomes {
        let node = invocation.manifest.nodes.get(&outcome.unique_id);
        let node = node.filter(|node| inline.as_ref() == Some(&node.unique_id) || is_named(&run.flags, node));
        if let (Some(node), Some(sql)) = (node, &outcome.compiled_code) {
            let json = run.flags.extra.get("output").and_then(|value| value.as_str()) == Some("json");
            let name = inline.is_none().then(|| node.name.clone());
            let payload =
                Payload::Compiled { node: name, unique_id: node.unique_id.to_string(), sql: sql.clone(), json };
            reporter.tell(Event::Payload(payload));
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    let failures: Vec<_> = outcomes.iter().filter(|outcome| outcome.status.is_failure()).collect();
    let success = failures.is_empty();
    for outcome in failures {
        reporter.tell(Event::Refused(outcome.message.clone().unwrap_or_default()));
    }
    if success && run.flags.write_json {
        artifact::write_run_results(&run.target, &outcomes, seconds, &run.flags, reporter).map_err(alone)?;
    }
    reporter.tell(Event::Completed { success, seconds });
    Ok(if success { Ending::Success } else { Ending::Unable })
}

/// All chosen nodes; ephemeral ones are compiled too when asked for by name.
fn with_ephemerals(
    invocation: &Invocation,
    chosen: &BTreeSet<crate::name::UniqueId>,
) -> BTreeSet<crate::name::UniqueId> {
    let is_node = |id: &&crate::name::UniqueId| {
        invocation.manifest.nodes.get(*id).is_some_and(|node| node.kind != NodeKind::Operation)
    };
    chosen.iter().filter(is_node).cloned().collect()
}

/// Whether a word of the selection is the name of `node`, so that the user wants to see it.
pub fn is_named(flags: &Flags, node: &Node) -> bool {
    flags.select.contains(&node.name)
}
