//! `compile`: nodes are rendered and written; a single one, or SQL of the command line, is shown.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use crate::error::Error;
use crate::flag::Flags;
use crate::manifest::Node;
use crate::name::UniqueId;
use crate::report::{Event, Outcome, Payload, Reporter, artifact};
use crate::runner::{self, Run, Task};

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
        return invocation.end_without_nodes();
    }
    let run = invocation.run(invocation.server().map_err(alone)?, &chosen);
    let _interrupt = runner::watch(&run.server, &run.cancelled).map_err(alone)?;
    let outcomes = render(&invocation, &run, &chosen, started)?;
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
    let success = !outcomes.iter().any(|outcome| outcome.status.is_failure());
    reporter.tell(Event::Completed { success, seconds: started.elapsed().as_secs_f64() });
    Ok(if success { Ending::Success } else { Ending::Unable })
}

/// Renders and writes the chosen nodes, tells the failures, writes `run_results.json`; gives what became of each node.
///
/// # Errors
///
/// What keeps the rendering from starting.
pub fn render(
    invocation: &Invocation,
    run: &Arc<Run>,
    chosen: &BTreeSet<UniqueId>,
    started: Instant,
) -> Result<Vec<Outcome>, Vec<Error>> {
    let session = runner::open(run).map_err(alone)?;
    if run.flags.introspect {
        runner::prepare_to_read(run, &session).map_err(alone)?;
    }
    // Ephemeral ones are compiled too, sources and exposures have no text.
    let nodes = chosen.iter().filter(|id| invocation.manifest.nodes.contains_key(*id)).cloned().collect();
    let steps = invocation.graph.plan(&nodes);
    invocation.tell_threads(run, steps.len());
    let outcomes = runner::run(run, &steps, Task::Compile, &session).map_err(alone)?;
    let seconds = started.elapsed().as_secs_f64();
    let success = !outcomes.iter().any(|outcome| outcome.status.is_failure());
    run.reporter.tell_ended(&outcomes, seconds, success);
    let failures: Vec<_> = outcomes.iter().filter(|outcome| outcome.status.is_failure()).collect();
    for outcome in &failures {
        run.reporter.tell(Event::Refused(outcome.message.clone().unwrap_or_default()));
    }
    if failures.is_empty() {
        invocation.write_manifest(&run.compiler.compiled()).map_err(alone)?;
    }
    if failures.is_empty() && run.flags.write_json {
        // dbt renders ephemeral models, but has a result of them only where `compile` selects.
        let is_asked = run.flags.which == "compile" && !run.flags.select.is_empty();
        let is_kept = |id: &UniqueId| is_asked || !invocation.manifest.nodes.get(id).is_some_and(Node::is_ephemeral);
        let kept: Vec<Outcome> = outcomes.iter().filter(|it| is_kept(&it.unique_id)).cloned().collect();
        artifact::write_run_results(&run.target, &kept, seconds, &run.flags, &run.reporter).map_err(alone)?;
    }
    Ok(outcomes)
}

/// Whether the user wants to see `node`: as in dbt, wherever its name occurs in a word of the selection.
pub fn is_named(flags: &Flags, node: &Node) -> bool {
    flags.select.iter().any(|word| word.contains(&node.name))
}
