//! Hooks of a run: `on-run-start` and `on-run-end` of the root and of every package.

use std::sync::Arc;
use std::time::Instant;

use chrono::Utc;
use serde_json::{Map, Value, json};

use crate::error::Result;
use crate::manifest::{Node, NodeKind, subject, with_compiled};
use crate::report::{Event, Outcome, Status, Step, Timing, Turn};

use super::execute::response_json;
use super::session::SharedSession;
use super::{Failure, Run, facts};

/// Before the first node, or after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// `on-run-start`
    Start,
    /// `on-run-end`
    End,
}

impl When {
    fn tag(self) -> &'static str {
        match self {
            When::Start => "on-run-start",
            When::End => "on-run-end",
        }
    }
}

/// Runs the hooks of one side in order, the root's first; after a failure the others are skipped.
///
/// `outcomes` are what the end hooks see as `results`.
///
/// # Errors
///
/// What rendering a hook raises: unlike SQL that is refused, it ends the command.
pub fn run_hooks(run: &Arc<Run>, when: When, session: &SharedSession, outcomes: &[Outcome]) -> Result<Vec<Outcome>> {
    let hooks = hooks_of(run, when);
    let total = hooks.len();
    let mut done: Vec<Outcome> = Vec::new();
    let run_end = (when == When::End && !hooks.is_empty()).then(|| run_end(run, outcomes));
    for (index, node) in hooks.into_iter().enumerate() {
        let turn = Turn { index: index + 1, total };
        let Some(facts) = facts(&run.answers.manifest, &node.unique_id) else { continue };
        if done.iter().any(|outcome| outcome.status.is_failure()) {
            done.push(Outcome::new(node.unique_id.clone(), Status::Skipped));
            continue;
        }
        run.reporter.tell(Event::HookStart { turn, facts: Arc::clone(&facts) });
        let (started, started_at) = (Instant::now(), Utc::now());
        let mut outcome = one(run, node, session, run_end.clone())?;
        outcome.seconds = started.elapsed().as_secs_f64();
        outcome.timing =
            [Step::Compile, Step::Execute].map(|step| Timing { step, started_at, completed_at: Utc::now() }).to_vec();
        run.reporter.tell(Event::HookEnd { turn, facts, outcome: Arc::new(outcome.clone()) });
        done.push(outcome);
    }
    Ok(done)
}

fn hooks_of(run: &Run, when: When) -> Vec<&Node> {
    let manifest = &run.answers.manifest;
    let hooks = manifest
        .nodes
        .values()
        .filter(|node| node.kind == NodeKind::Operation && node.tags.iter().any(|tag| tag == when.tag()));
    let mut hooks: Vec<&Node> = hooks.collect();
    // The root's first, as dbt has it: they are numbered through all packages.
    hooks.sort_by_key(|node| node.index);
    hooks
}

fn one(run: &Arc<Run>, node: &Node, session: &SharedSession, run_end: Option<Map<String, Value>>) -> Result<Outcome> {
    let mut runtime = run.runtime(session);
    runtime.run_end = run_end;
    let runtime = Arc::new(runtime);
    let subject = Arc::new(subject(&Arc::new(node.clone()), Vec::new()));
    let compiled = run.compile(node, &subject, &runtime).map_err(Failure::into_error);
    let sql = compiled.inspect_err(|_| run.roll_back(session))?.text;
    let result = run.templates.run_hook(&subject, &runtime, &sql).and_then(|response| {
        run.end_transaction(session)?;
        Ok(response)
    });
    Ok(match result {
        Ok(response) => Outcome {
            message: response.as_ref().map(|response| response.message.clone()),
            adapter_response: response.as_ref().map(response_json).unwrap_or_default(),
            compiled: Some(true),
            compiled_code: Some(sql),
            ..Outcome::new(node.unique_id.clone(), Status::Success)
        },
        Err(error) => {
            run.roll_back(session);
            let Some(facts) = facts(&run.answers.manifest, &node.unique_id) else {
                return Ok(Outcome::new(node.unique_id.clone(), Status::Error));
            };
            run.failed(&node.unique_id, &error, &facts, None)
        }
    })
}

/// `results`, `schemas` and `database_schemas` of end hooks.
fn run_end(run: &Run, outcomes: &[Outcome]) -> Map<String, Value> {
    let manifest = &run.answers.manifest;
    let compiled = run.compiler.compiled();
    let results: Vec<Value> = outcomes
        .iter()
        .map(|outcome| {
            let mut json = outcome.to_json();
            let node = manifest.nodes.get(&outcome.unique_id);
            json["node"] = node.map(|node| with_compiled(node, compiled.get(&node.unique_id))).unwrap_or_default();
            json
        })
        .collect();
    let mut schemas: Vec<(String, String)> = Vec::new();
    let built = outcomes.iter().filter(|outcome| outcome.status == Status::Success);
    for node in built.filter_map(|outcome| manifest.nodes.get(&outcome.unique_id)) {
        let pair = (node.database.clone(), node.schema.clone());
        if node.relation.is_some() && !schemas.contains(&pair) {
            schemas.push(pair);
        }
    }
    let mut run_end = Map::new();
    run_end.insert("results".to_owned(), json!(results));
    run_end.insert("schemas".to_owned(), json!(schemas.iter().map(|(_, schema)| schema).collect::<Vec<_>>()));
    run_end.insert("database_schemas".to_owned(), json!(schemas));
    run_end
}
