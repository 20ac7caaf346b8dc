//! What happens below the surface, for log files and for those who read logs by program: sessions, transactions, refusals, results.

use serde_json::{Value, json};

use super::event::DebugEvent;
use super::line::{Layout, Line};
use super::node_info::run_result;
use super::outcome::{Outcome, instant};
use crate::flag::Level;

/// The line that tells `event`, under dbt's names.
pub(super) fn line(event: &DebugEvent, layout: &Layout<'_>) -> Line {
    match event {
        DebugEvent::SessionNew { connection } => {
            let data = json!({ "conn_name": connection, "conn_type": "postgres" });
            debug("NewConnection", "E005", format!("Acquiring new postgres connection '{connection}'"), data)
        }
        DebugEvent::SessionOpening => {
            let text = "Opening a new connection, currently in state init".to_owned();
            debug("NewConnectionOpening", "E037", text, json!({ "connection_state": "init" }))
        }
        DebugEvent::SessionTaken { connection, before } => {
            let text = format!("Re-using an available connection from the pool (formerly {before}, now {connection})");
            debug("ConnectionReused", "E006", text, json!({ "conn_name": connection, "orig_conn_name": before }))
        }
        DebugEvent::SessionClosed { connection } => {
            let text = format!("Connection '{connection}' was properly closed.");
            debug("ConnectionClosedInCleanup", "E008", text, json!({ "conn_name": connection }))
        }
        DebugEvent::Committed { connection } => {
            let text = format!("On {connection}: COMMIT");
            of_connection("SQLCommit", "E018", text, connection, layout)
        }
        DebugEvent::RolledBack { connection } => {
            let text = format!("On {connection}: ROLLBACK");
            of_connection("Rollback", "E012", text, connection, layout)
        }
        DebugEvent::Refused { message, node } => refused(message, node, layout),
        DebugEvent::Writing(id) => {
            let text = format!("Writing injected SQL for node \"{id}\"");
            let mut data = json!({});
            add_node(&mut data, layout.node_info(&json!({ "unique_id": id })));
            debug("WritingInjectedSQLForNode", "Q029", text, data)
        }
        DebugEvent::Begun { facts, at } => {
            let text = format!("Began running node {}", facts.unique_id);
            debug("NodeStart", "Q024", text, json!({ "node_info": layout.about(facts, None, Some(*at)) }))
        }
        DebugEvent::Done { facts, outcome } => {
            let text = format!("Finished running node {}", facts.unique_id);
            let data = json!({
                "node_info": layout.about(facts, Some(outcome), None), "run_result": result(outcome, layout),
            });
            debug("NodeFinished", "Q025", text, data)
        }
        DebugEvent::Failed { facts, message } => {
            let data = json!({ "exc": message, "exc_info": "", "node_info": layout.about(facts, None, None) });
            debug("CatchableExceptionOnRun", "W002", message.clone(), data)
        }
        DebugEvent::SkipsChildren(outcome) => skips_children(outcome, layout),
        DebugEvent::Ended { outcomes, seconds, success } => {
            let results: Vec<Value> = outcomes.iter().map(|outcome| result(outcome, layout)).collect();
            ended(&results, *seconds, *success)
        }
        DebugEvent::WholeParse => {
            debug("PartialParsingNotEnabled", "I028", "Partial parsing not enabled".to_owned(), json!({}))
        }
    }
}

fn refused(message: &str, node: &Value, layout: &Layout<'_>) -> Line {
    let text = format!("Postgres error: {message}");
    let mut data = json!({ "args": [], "base_msg": text, "name": "Postgres" });
    add_node(&mut data, layout.node_info(node));
    debug("AdapterEventDebug", "E001", format!("Postgres adapter: {text}"), data)
}

fn ended(results: &[Value], seconds: f64, success: bool) -> Line {
    let now = instant(chrono::Utc::now());
    let data = json!({ "elapsed_time": seconds, "generated_at": now, "results": results, "success": success });
    debug("EndRunResult", "Q037", "Command end result".to_owned(), data)
}

fn debug(name: &'static str, code: &'static str, text: String, data: Value) -> Line {
    Line::new(name, code, Level::Debug, text, data)
}

/// A line on a session, with the node that it works for.
fn of_connection(name: &'static str, code: &'static str, text: String, connection: &str, layout: &Layout<'_>) -> Line {
    let mut data = json!({ "conn_name": connection });
    add_node(&mut data, layout.node_info(&json!({ "unique_id": connection })));
    debug(name, code, text, data)
}

/// Adds what is known of a node, where there is one.
pub(super) fn add_node(data: &mut Value, node: Value) {
    if !node.is_null() {
        data["node_info"] = node;
    }
}

fn result(outcome: &Outcome, layout: &Layout<'_>) -> Value {
    if layout.has_data { run_result(outcome) } else { Value::Null }
}

fn skips_children(outcome: &Outcome, layout: &Layout<'_>) -> Line {
    let (id, status) = (&outcome.unique_id, outcome.status.word());
    let reason = outcome.message.as_ref().map(|message| format!(" Reason: {message}.")).unwrap_or_default();
    let text = format!("Marking all children of '{id}' to be skipped because of status '{status}'. {reason}");
    let data = json!({ "run_result": result(outcome, layout), "status": status, "unique_id": id.as_str() });
    debug("MarkSkippedChildren", "Z033", text, data)
}
