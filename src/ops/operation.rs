//! `run-operation`: one macro is called with a session.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use serde_json::{Map, Value};

use crate::error::{Error, closest};
use crate::flag::Flags;
use crate::name::UniqueId;
use crate::report::{Outcome, Reporter, Status, artifact};
use crate::runner;
use crate::template::{Subject, SubjectModel};

use super::invocation::Invocation;
use super::{Ended, Ending, alone};

/// Calls the macro that the command names.
///
/// # Errors
///
/// Whatever keeps the command from running at all, an unknown macro among it.
pub fn run_operation(flags: Flags, reporter: &Reporter) -> Ended {
    let started = Instant::now();
    let invocation = Invocation::load(flags, reporter)?;
    let name = invocation.flags.extra.get("macro").and_then(Value::as_str).unwrap_or_default().to_owned();
    let arguments = match invocation.flags.extra.get("args") {
        Some(Value::Object(map)) => map.clone(),
        _ => Map::new(),
    };
    let package = invocation.manifest.project_name.clone();
    if invocation.templates.library().find(&package, &name).is_none() {
        let names = invocation.manifest.macros.values().map(|entry| entry.name.as_str());
        let error = Error::compilation(format!("dbt could not find a macro with the name \"{name}\" in any package"));
        let error = match closest(&name, names) {
            Some(closest) => error.hint(format!("did you mean `{closest}`?")),
            None => error,
        };
        return Err(alone(error));
    }
    let run = invocation.run(invocation.server().map_err(alone)?, &BTreeSet::new());
    let _interrupt = runner::watch(&run.server, &run.cancelled).map_err(alone)?;
    let session = runner::open(&run).map_err(alone)?;
    runner::prepare_to_read(&run, &session).map_err(alone)?;
    let subject = Arc::new(subject(&package, &name));
    let result = run.templates.call_macro(&name, arguments, &subject, &Arc::new(run.runtime(&session)));
    let mut guard = session.lock().unwrap_or_else(PoisonError::into_inner);
    // What the macro did not commit is not kept, as dbt's users know it.
    let result = result.and_then(|returned| guard.flush().and_then(|()| guard.rollback()).map(|()| returned));
    drop(guard);
    let mut outcome = Outcome::new(UniqueId::new(format!("macro.{package}.{name}")), Status::Success);
    outcome.seconds = started.elapsed().as_secs_f64();
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
            reporter.fail(error);
            Ok(Ending::Failure)
        }
    }
}

/// What a macro called from the command line gets to know of itself.
fn subject(package: &str, name: &str) -> Subject {
    Subject {
        unique_id: UniqueId::new(format!("operation.{package}.{name}")),
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
