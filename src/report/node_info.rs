//! What JSON lines say about a node (`node_info`) and about its result (`run_result`).

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::event::Facts;
use super::outcome::{Outcome, Step, Timing, instant};

/// The facts on a node, with the state it is in: `started_at` for one that begins, `outcome` for one that ended.
pub(super) fn node_info(facts: &Facts, outcome: Option<&Outcome>, started_at: Option<DateTime<Utc>>) -> Value {
    let moment = |moment: DateTime<Utc>| moment.format("%Y-%m-%dT%H:%M:%S%.6f").to_string();
    let timing: &[Timing] = outcome.map(|outcome| outcome.timing.as_slice()).unwrap_or_default();
    let started = started_at.or_else(|| timing.first().map(|timing| timing.started_at));
    let finished = timing.last().map(|timing| timing.completed_at);
    let status = match (outcome, started_at) {
        (Some(outcome), _) => outcome.status.word(),
        (None, Some(_)) => "started",
        (None, None) => "None",
    };
    json!({
        "materialized": if facts.materialized == "microbatch" { "incremental" } else { facts.materialized.as_str() },
        "meta": facts.meta,
        "node_checksum": facts.checksum,
        "node_finished_at": finished.map(moment).unwrap_or_default(),
        "node_name": facts.name,
        "node_path": facts.path,
        "node_relation": {
            "alias": facts.alias,
            "database": facts.database,
            "relation_name": facts.relation_name.clone().unwrap_or_default(),
            "schema": facts.schema,
        },
        "node_started_at": started.map(moment).unwrap_or_default(),
        "node_status": status,
        "resource_type": facts.resource_type(),
        "unique_id": facts.unique_id.as_str(),
    })
}

/// The result of a node in a JSON line, whose keys differ from those of run_results.json.
pub(super) fn run_result(outcome: &Outcome) -> Value {
    let entry = |timing: &Timing| {
        let name = match timing.step {
            Step::Compile => "compile",
            Step::Execute => "execute",
        };
        json!({
            "name": name,
            "started_at": instant(timing.started_at),
            "completed_at": instant(timing.completed_at),
        })
    };
    json!({
        "adapter_response": outcome.adapter_response,
        "execution_time": outcome.seconds,
        "message": outcome.message.clone().unwrap_or_default(),
        "num_failures": outcome.failures.unwrap_or(0),
        "status": outcome.status.word(),
        "thread": outcome.thread_id,
        "timing_info": outcome.timing.iter().map(entry).collect::<Vec<_>>(),
    })
}
