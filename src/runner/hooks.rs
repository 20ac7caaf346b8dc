//! Hooks of a run: `on-run-start` and `on-run-end` of the root and of every package.

use std::sync::{Arc, PoisonError};
use std::time::Instant;

use chrono::Utc;
use serde_json::{Map, Value, json};

use crate::error::Result;
use crate::manifest::{
    CompiledNodes, Manifest, Node, NodeKind, shown, shown_unit_test, subject, to_json, with_compiled,
};
use crate::report::{Event, Facts, Freshness, Outcome, Status, Step, Timing, Turn};

use super::session::{MAIN, SharedSession};
use super::{Failure, Run, facts};

/// Before the first node, or after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// `on-run-start`
    Start,
    /// `on-run-end`
    End,
}

/// What end hooks look back on.
#[derive(Debug, Clone, Copy)]
pub enum Done<'a> {
    /// Nothing yet.
    Nothing,
    /// Nodes that were built or tested.
    Nodes(&'a [Outcome]),
    /// Sources that were asked for their age.
    Sources(&'a [Freshness]),
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
/// `ended` is what the end hooks see as `results`; the outcomes of the hooks themselves go into `done`.
///
/// # Errors
///
/// What rendering a hook raises: unlike SQL that is refused, it ends the command.
pub fn run_hooks(
    run: &Arc<Run>,
    when: When,
    session: &SharedSession,
    ended: Done<'_>,
    done: &mut Vec<Outcome>,
) -> Result<()> {
    let hooks = hooks_of(run, when);
    let total = hooks.len();
    let before = done.len();
    let run_end = (when == When::End && !hooks.is_empty()).then(|| run_end(run, ended));
    for (index, node) in hooks.into_iter().enumerate() {
        let turn = Turn { index: index + 1, total };
        let Some(facts) = facts(&run.answers.manifest, &node.unique_id) else { continue };
        // dbt's lines and messages number the hooks through all packages.
        let label = format!("{}.{}.{index}", node.package, when.tag());
        let facts = Arc::new(Facts { label, ..Facts::clone(&facts) });
        if done[before..].iter().any(|outcome| outcome.status.is_failure()) {
            let skipped = Outcome {
                failures: Some(1),
                compiled: Some(false),
                message: Some(format!("{} skipped", facts.label)),
                ..Outcome::new(node.unique_id.clone(), Status::Skipped)
            };
            run.reporter.tell(Event::HookEnd { turn, facts, outcome: Arc::new(skipped.clone()) });
            done.push(skipped);
            continue;
        }
        run.reporter.tell(Event::HookStart { turn, facts: Arc::clone(&facts) });
        let (started, started_at) = (Instant::now(), Utc::now());
        let mut outcome = one(run, node, session, run_end.clone())?;
        outcome.message = Some(match (outcome.status, &outcome.message) {
            (Status::Success, _) | (_, None) => format!("{} passed", facts.label),
            // The heading says no more than the label.
            (_, Some(message)) => {
                let (_, reason) = message.split_once('\n').unwrap_or(("", message));
                format!("{} failed, error:\n{reason}", facts.label)
            }
        });
        outcome.seconds = started.elapsed().as_secs_f64();
        outcome.timing =
            [Step::Compile, Step::Execute].map(|step| Timing { step, started_at, completed_at: Utc::now() }).to_vec();
        run.reporter.tell(Event::HookEnd { turn, facts, outcome: Arc::new(outcome.clone()) });
        done.push(outcome);
    }
    Ok(())
}

fn hooks_of(run: &Run, when: When) -> Vec<&Node> {
    let manifest = &run.answers.manifest;
    let hooks = manifest
        .nodes
        .values()
        .filter(|node| node.kind == NodeKind::Operation && node.tags.iter().any(|tag| tag == when.tag()));
    let mut hooks: Vec<&Node> = hooks.collect();
    // The root's first, as dbt has it.
    hooks.sort_by_key(|node| (*node.package != *manifest.project_name, node.index));
    hooks
}

fn one(run: &Arc<Run>, node: &Node, session: &SharedSession, run_end: Option<Map<String, Value>>) -> Result<Outcome> {
    let mut runtime = run.runtime(session);
    runtime.run_end = run_end;
    let runtime = Arc::new(runtime);
    // As dbt leaves psycopg2 before hooks of a project: what they ask and do while they are rendered is kept at once, too.
    session.lock().unwrap_or_else(PoisonError::into_inner).commit_each()?;
    let subject = Arc::new(subject(&Arc::new(node.clone()), Vec::new()));
    let compiled = run.compile(node, &subject, &runtime).map_err(Failure::into_error);
    let sql = compiled.inspect_err(|_| run.roll_back(session, MAIN))?.text;
    let result = run.templates.run_hook(&subject, &runtime, &sql).and_then(|response| {
        run.end_transaction(session, MAIN)?;
        Ok(response)
    });
    Ok(match result {
        // dbt keeps no answer of the server for hooks.
        Ok(_) => Outcome {
            failures: Some(0),
            compiled: Some(true),
            compiled_code: Some(sql),
            ..Outcome::new(node.unique_id.clone(), Status::Success)
        },
        Err(error) => {
            run.roll_back(session, MAIN);
            let Some(facts) = facts(&run.answers.manifest, &node.unique_id) else {
                return Ok(Outcome::new(node.unique_id.clone(), Status::Error));
            };
            Outcome {
                failures: Some(1),
                compiled: Some(true),
                compiled_code: Some(sql),
                ..run.failed(&node.unique_id, &error, &facts, None)
            }
        }
    })
}

/// `results`, `schemas` and `database_schemas` of end hooks.
fn run_end(run: &Run, ended: Done<'_>) -> Map<String, Value> {
    let manifest = &run.answers.manifest;
    let compiled = run.compiler.compiled();
    let (outcomes, sources): (&[Outcome], &[Freshness]) = match ended {
        Done::Nothing => (&[], &[]),
        Done::Nodes(outcomes) => (outcomes, &[]),
        Done::Sources(sources) => (&[], sources),
    };
    let nodes = outcomes.iter().map(|outcome| result(outcome, node_of(manifest, &compiled, outcome)));
    let results: Vec<Value> = nodes.chain(sources.iter().map(|source| age(manifest, source))).collect();
    let mut schemas: Vec<(String, String)> = Vec::new();
    // A test that stores what it found has a schema too.
    let built = outcomes.iter().filter(|outcome| !outcome.status.is_failure() && outcome.status != Status::Skipped);
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

/// An entry of `results`: the node in the place of its id and its code.
fn result(outcome: &Outcome, node: Value) -> Value {
    let mut all = outcome.to_json();
    let mut take = |key: &str| all[key].take();
    json!({
        "status": take("status"),
        "timing": take("timing"),
        "thread_id": take("thread_id"),
        "execution_time": take("execution_time"),
        "adapter_response": take("adapter_response"),
        "message": take("message"),
        "failures": take("failures"),
        "node": node,
        "agate_table": null,
        "batch_results": take("batch_results"),
    })
}

/// What was run, in manifest form: a node, a unit test or an exposure.
fn node_of(manifest: &Manifest, compiled: &CompiledNodes, outcome: &Outcome) -> Value {
    let id = &outcome.unique_id;
    let node = manifest.nodes.get(id).map(|node| shown(node, with_compiled(node, compiled.get(id))));
    let node = node.or_else(|| manifest.unit_tests.get(id).map(|test| shown_unit_test(test, manifest)));
    let node = node.or_else(|| manifest.exposures.get(id).map(to_json));
    node.or_else(|| manifest.saved_queries.get(id).map(to_json)).unwrap_or_default()
}

/// An entry of `results` after `source freshness`.
fn age(manifest: &Manifest, freshness: &Freshness) -> Value {
    let mut all = freshness.to_json();
    if let Some(fields) = all.as_object_mut() {
        for key in ["unique_id", "criteria"] {
            fields.shift_remove(key);
        }
        if let Some(seconds) = fields.shift_remove("max_loaded_at_time_ago_in_s") {
            fields.insert("age".to_owned(), seconds);
        }
        let error = fields.shift_remove("error").unwrap_or_default();
        fields.insert("message".to_owned(), error);
        fields.insert("failures".to_owned(), Value::Null);
        fields.insert("node".to_owned(), manifest.sources.get(&freshness.unique_id).map(to_json).unwrap_or_default());
    }
    all
}
