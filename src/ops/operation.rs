//! `run-operation`: one macro is called with a session.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use chrono::Utc;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::flag::Flags;
use crate::name::UniqueId;
use crate::report::{Event, Outcome, Reporter, Status, Turn, artifact};
use crate::runner;
use crate::template::{Subject, SubjectModel};

use super::inline;
use super::invocation::Invocation;
use super::{Ended, Ending, alone};

/// Calls the macro that the command names.
///
/// # Errors
///
/// Whatever keeps the command from running at all, an unknown macro among it.
pub fn run_operation(flags: Flags, reporter: &Reporter) -> Ended {
    let started = Instant::now();
    let mut invocation = Invocation::load(flags, reporter)?;
    if let Some(id) = inline::add(&mut invocation)? {
        return run_sql(&invocation, &id, started);
    }
    let name = invocation.flags.extra.get("macro").and_then(Value::as_str).unwrap_or_default().to_owned();
    let arguments = match invocation.flags.extra.get("args") {
        Some(Value::Object(map)) => map.clone(),
        _ => Map::new(),
    };
    invocation.tell_found();
    let package = invocation.manifest.project_name.clone();
    if invocation.templates.library().find(&package, &name).is_none() {
        let names = invocation.manifest.macros.values().map(|entry| entry.name.as_str());
        let error = Error::compilation(format!("dbt could not find a macro with the name \"{name}\" in any package"));
        return Err(alone(error.meant(&name, names)));
    }
    let run = invocation.run(invocation.server().map_err(alone)?, &BTreeSet::new());
    let _interrupt = runner::watch(&run.server, &run.cancelled).map_err(alone)?;
    let session = runner::open(&run).map_err(alone)?;
    runner::prepare_to_read(&run, &session).map_err(alone)?;
    // dbt ends a transaction that psycopg2 goes on believing in, so that each statement of a macro is kept at once.
    session.lock().unwrap_or_else(PoisonError::into_inner).commit_each().map_err(alone)?;
    let subject = Arc::new(subject(&package, &name));
    let result = run.templates.call_macro(&name, arguments, &subject, &Arc::new(run.runtime(&session)));
    let mut guard = session.lock().unwrap_or_else(PoisonError::into_inner);
    // What the macro left open with a `begin` of its own is not kept.
    let result = result.and_then(|returned| guard.flush().and_then(|()| guard.rollback()).map(|()| returned));
    drop(guard);
    let id = if name.contains('.') { format!("macro.{name}") } else { format!("macro.{package}.{name}") };
    let mut outcome = Outcome::new(UniqueId::new(id), Status::Success);
    outcome.seconds = started.elapsed().as_secs_f64();
    outcome.failures = Some(result.is_err().into());
    if let Err(error) = &result {
        outcome.status = Status::Error;
        outcome.message = Some(reporter.scrub(error.message()));
    }
    if run.flags.write_json {
        artifact::write_run_results(&run.target, &[outcome], started.elapsed().as_secs_f64(), &run.flags, reporter)
            .map_err(alone)?;
    }
    match result {
        Ok(_) => Ok(Ending::Success),
        Err(error) => {
            reporter.tell(Event::OperationFailed(Arc::new(error)));
            Ok(Ending::Failure)
        }
    }
}

/// Sends the SQL of the command line.
fn run_sql(invocation: &Invocation, id: &UniqueId, started: Instant) -> Ended {
    let reporter = &invocation.reporter;
    let node = invocation.manifest.nodes.get(id);
    let node = node.ok_or_else(|| alone(Error::internal("the SQL of the command line is not in the manifest")))?;
    let run = invocation.run(invocation.server().map_err(alone)?, &BTreeSet::from([id.clone()]));
    let _interrupt = runner::watch(&run.server, &run.cancelled).map_err(alone)?;
    let session = runner::open(&run).map_err(alone)?;
    runner::prepare_to_read(&run, &session).map_err(alone)?;
    let facts = runner::facts(&invocation.manifest, id);
    let facts = facts.ok_or_else(|| alone(Error::internal("the SQL of the command line has no facts")))?;
    let turn = Turn { index: 1, total: 1 };
    reporter.tell(Event::NodeStart { turn, facts: Arc::clone(&facts), at: Utc::now() });
    let sent = run.send(node, &session);
    let seconds = started.elapsed().as_secs_f64();
    let ended = match &sent {
        Ok(outcome) => Outcome { seconds, ..outcome.clone() },
        Err(error) => Outcome {
            seconds,
            message: Some(reporter.scrub(error.message())),
            ..Outcome::new(id.clone(), Status::Error)
        },
    };
    if run.flags.write_json {
        let outcomes = std::slice::from_ref(&ended);
        artifact::write_run_results(&run.target, outcomes, seconds, &run.flags, reporter).map_err(alone)?;
    }
    let ending = if sent.is_ok() { Ending::Success } else { Ending::Failure };
    if let Err(error) = sent {
        reporter.tell(Event::OperationFailed(Arc::new(error)));
    }
    reporter.tell(Event::NodeEnd { turn, facts, outcome: Arc::new(ended) });
    Ok(ending)
}

/// What a macro called from the command line gets to know of itself.
fn subject(package: &str, name: &str) -> Subject {
    Subject {
        unique_id: UniqueId::new(format!("operation.{package}.{name}")),
        connection: Some(format!("macro_{name}").into()),
        resource_type: "operation",
        name: name.into(),
        package: package.into(),
        file: std::path::Path::new("").into(),
        first_line: 1,
        text: "".into(),
        this: None,
        config: Map::new(),
        model: SubjectModel(Arc::new(|| Value::Null)),
        extra: Vec::new(),
    }
}
