//! `show`: a node's query, or SQL of the command line, is run and its first rows are printed.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::flag::Flags;
use crate::manifest::{Node, NodeKind};
use crate::report::{DebugEvent, Event, Outcome, Payload, Preview, Reporter, Status, artifact};
use crate::runner::{self, Run, SharedSession};

use super::compile::is_named;
use super::inline;
use super::invocation::Invocation;
use super::{Ended, Ending, alone};

/// Rows that are shown when nothing is said.
const DEFAULT_LIMIT: i64 = 5;

/// Shows what was chosen.
///
/// # Errors
///
/// Whatever keeps the command from running at all.
pub fn show(flags: Flags, reporter: &Reporter) -> Ended {
    let started = Instant::now();
    let mut invocation = Invocation::load(flags, reporter)?;
    let inline = inline::add(&mut invocation)?;
    let flags = &invocation.flags;
    if inline.is_none() && flags.select.is_empty() && flags.selector.is_none() && flags.retried.is_none() {
        let error = Error::usage("`show` needs `--select` or `--inline`");
        return Err(alone(error.hint("write `kiln show --select NAME`, or `--inline 'select ...'`")));
    }
    invocation.tell_found();
    let chosen = match &inline {
        Some(id) => BTreeSet::from([id.clone()]),
        None => invocation.choose()?,
    };
    if chosen.is_empty() {
        return invocation.end_without_nodes();
    }
    let run = invocation.run(invocation.server().map_err(alone)?, &chosen);
    invocation.tell_threads(&run, chosen.len());
    let _interrupt = runner::watch(&run.server, &run.cancelled).map_err(alone)?;
    let session = runner::open(&run).map_err(alone)?;
    runner::prepare_to_read(&run, &session).map_err(alone)?;
    let limit = run.flags.extra.get("limit").and_then(Value::as_i64).unwrap_or(DEFAULT_LIMIT);
    let json = run.flags.extra.get("output").and_then(Value::as_str) == Some("json");
    let mut failures = Vec::new();
    let mut outcomes = Vec::new();
    for id in &chosen {
        let Some(node) = invocation.manifest.nodes.get(id).filter(|node| is_shown(&run.flags, node)) else {
            continue;
        };
        match shown(&run, node, &session, limit) {
            Ok((table, outcome)) => {
                let name = inline.is_none().then(|| node.versioned_name());
                let payload = Payload::Shown { node: name, unique_id: id.to_string(), table, json };
                reporter.tell(Event::Payload(payload));
                outcomes.push(outcome);
            }
            Err(error) => failures.push(run.told(id, &error)),
        }
        let _ = session.lock().unwrap_or_else(PoisonError::into_inner).rollback();
    }
    let (seconds, success) = (started.elapsed().as_secs_f64(), failures.is_empty());
    failures.into_iter().for_each(|text| reporter.tell(Event::Refused(text)));
    if success && run.flags.write_json {
        artifact::write_run_results(&run.target, &outcomes, seconds, &run.flags, reporter).map_err(alone)?;
    }
    reporter.tell(Event::Completed { success, seconds });
    Ok(if success { Ending::Success } else { Ending::Unable })
}

/// The rows of a node, told in the log like any work on a node.
fn shown(run: &Run, node: &Node, session: &SharedSession, limit: i64) -> Result<(Preview, Outcome)> {
    let facts = runner::facts(&run.answers.manifest, &node.unique_id);
    if let Some(facts) = &facts {
        let facts = Arc::clone(facts);
        run.reporter.tell(Event::Debug(DebugEvent::Begun { facts, at: chrono::Utc::now() }));
    }
    let given = run.show(node, session, limit);
    if let Some(facts) = facts {
        let failed = || Outcome::new(node.unique_id.clone(), Status::Error);
        let outcome = Arc::new(given.as_ref().map_or_else(|_| failed(), |(_, outcome)| outcome.clone()));
        run.reporter.tell(Event::Debug(DebugEvent::Done { facts, outcome }));
    }
    given
}

/// Tests come along with the nodes they test, but are shown only when they are named.
fn is_shown(flags: &Flags, node: &Node) -> bool {
    match node.kind {
        NodeKind::Operation | NodeKind::Function => false,
        NodeKind::Test => is_named(flags, node),
        NodeKind::Model | NodeKind::Seed | NodeKind::Snapshot | NodeKind::Analysis | NodeKind::SqlOperation => true,
    }
}
