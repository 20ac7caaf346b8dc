//! What running one node means: compile it, then build, load or check it; and what became of it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::check;
use crate::csv;
use crate::error::{Error, Kind, Place, Result};
use crate::manifest::{Node, NodeKind, placed, subject};
use crate::name::UniqueId;
use crate::report::{DebugEvent, Event, Facts, Outcome, STOPPED_EARLY, Status, Step, Timing, excerpt};
use crate::template::{Behind, Response, Runtime, SeedFile, Subject};

use super::microbatch::Work;
use super::session::SharedSession;
use super::{Failure, Run, Task};

/// How often a node is begun that meets other transactions.
pub(super) const ATTEMPTS: u32 = 3;

/// Before the second attempt; longer before the third.
pub(super) const PAUSE: Duration = Duration::from_millis(200);

/// A node to do.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub facts: Arc<Facts>,
    pub behind: Behind,
}

/// How far a node has come when something fails.
#[derive(Default)]
pub(super) struct Progress {
    pub(super) compiled: Option<String>,
    pub(super) timing: Vec<Timing>,
    /// File with the statement that runs.
    run_path: Option<String>,
    behind: Behind,
}

impl Run {
    /// Does `task` with a node, and says what became of it; never leaves a transaction open.
    ///
    /// A node that met another transaction, so that Postgres ended it, is done again, unless something of it lasts, such as a
    /// hook outside of the transaction.
    pub(super) fn execute(&self, order: &Order, task: Task, session: &SharedSession) -> Outcome {
        let (facts, id) = (&order.facts, &order.facts.unique_id);
        let manifest = &self.answers.manifest;
        let unit_test = manifest.unit_tests.get(id).filter(|_| task == Task::Execute);
        let node = manifest.nodes.get(id);
        if node.is_none() && unit_test.is_none() {
            let now = Utc::now();
            return Outcome {
                message: Some("NO-OP".to_owned()),
                failures: Some(0),
                timing: [Step::Compile, Step::Execute].map(|step| timing(step, now)).to_vec(),
                ..Outcome::new(id.clone(), Status::NoOp)
            };
        }
        let mut progress;
        let mut attempt = 1;
        let mut outcome = loop {
            self.name_session(session, id);
            progress = Progress { behind: order.behind.clone(), ..Progress::default() };
            let result = match (unit_test, node) {
                (Some(test), _) => self.unit_test(test, session, &mut progress),
                (None, Some(node)) => self.attempt(node, task, session, &mut progress),
                (None, None) => Ok(Outcome::new(id.clone(), Status::NoOp)),
            };
            let result = result.and_then(|outcome| self.end_transaction(session, id.as_str()).map(|()| outcome));
            let error = match result {
                Ok(outcome) => break outcome,
                Err(error) => match node {
                    Some(node) => placed(node, error),
                    None => error,
                },
            };
            if error.kind() == Kind::Cancelled && self.flags.fail_fast && !self.cancelled.load(Ordering::SeqCst) {
                self.roll_back(session, id.as_str());
                let message = Some(STOPPED_EARLY.to_owned());
                break Outcome { message, ..Outcome::new(id.clone(), Status::Skipped) };
            }
            let is_repeated = attempt < ATTEMPTS && self.may_repeat(session, &error);
            self.roll_back(session, id.as_str());
            if !is_repeated {
                break self.failed(id, &error, facts, progress.run_path.as_deref());
            }
            self.reporter.tell(Event::Note(format!("{}: {}; done once more", facts.label, error.message())));
            std::thread::sleep(PAUSE * attempt);
            attempt += 1;
        };
        outcome.timing = progress.timing;
        outcome.compiled = self.compiled_flag(id, progress.compiled.is_some());
        outcome.compiled_code = progress.compiled;
        outcome.relation_name = facts.relation_name.clone().filter(|_| id.resource_type() != "seed");
        outcome
    }

    fn attempt(&self, node: &Node, task: Task, session: &SharedSession, progress: &mut Progress) -> Result<Outcome> {
        if task == Task::Clone {
            return self.clone_node(node, session, progress);
        }
        if task == Task::Execute && self.answers.manifest.is_batched(node) {
            return self.attempt_batches(node, session, progress);
        }
        let pointer = if task == Task::Execute { self.pointer(node, session)? } else { None };
        let mut runtime = self.runtime_of(node, session);
        runtime.behind = std::mem::take(&mut progress.behind);
        runtime.behind.made_later.extend(pointer.clone());
        let runtime = Arc::new(runtime);
        let subject = Arc::new(subject(&Arc::new(node.clone()), self.extra(node)));
        let (mut sql, mut bodies) = (String::new(), Vec::new());
        if node.kind == NodeKind::Model && node.language() == "python" {
            return python(node, task);
        }
        let started = Utc::now();
        self.tell_step(node, Step::Compile);
        if node.kind == NodeKind::Seed {
            progress.timing.push(timing(Step::Compile, started));
        } else {
            let compiled = self.compile_whole(node, &subject, &runtime);
            progress.timing.push(timing(Step::Compile, started));
            let (compiled, overloads) = match compiled {
                Ok(compiled) => compiled,
                Err(Failure::Own(error)) => return Err(error),
                Err(Failure::OfParent(parent)) => return Ok(self.skipped_for(node, &parent.0, &parent.1)),
            };
            progress.compiled = Some(compiled.text.clone());
            progress.run_path = compiled.shown_path;
            (sql, bodies) = (compiled.text, overloads);
        }
        let outcome = Outcome::new(node.unique_id.clone(), Status::Success);
        // dbt says so of nodes that are only compiled, too, unless they are ephemeral.
        if task == Task::Execute || !node.is_ephemeral() {
            self.tell_step(node, Step::Execute);
        }
        if task == Task::Compile {
            return Ok(outcome);
        }
        let started = Utc::now();
        let result = match node.kind {
            NodeKind::Test => self.check(node, &subject, &runtime, &sql),
            NodeKind::Model | NodeKind::Seed | NodeKind::Snapshot | NodeKind::Function => {
                let built = self.build(node, &subject, &runtime, &sql, progress);
                let built = match pointer.filter(|_| built.is_ok()) {
                    Some(pointer) => self.build_pointer(node, pointer, session).and(built),
                    None => built,
                };
                built.and_then(|outcome| self.with_overloads(node, session, outcome, &bodies))
            }
            NodeKind::Analysis | NodeKind::Operation | NodeKind::SqlOperation => Ok(outcome),
        };
        progress.timing.push(timing(Step::Execute, started));
        result
    }

    /// Tells what is being done with a node, where somebody listens.
    pub(super) fn tell_step(&self, node: &Node, step: Step) {
        if self.reporter.hears_details()
            && let Some(facts) = super::facts(&self.answers.manifest, &node.unique_id)
        {
            self.reporter.tell(Event::NodeStep { facts, step });
        }
    }

    /// Makes the node from its relation in the other environment, by the materialization `clone`.
    fn clone_node(&self, node: &Node, session: &SharedSession, progress: &mut Progress) -> Result<Outcome> {
        let started = Utc::now();
        self.tell_step(node, Step::Compile);
        self.tell_step(node, Step::Execute);
        let mut runtime = self.runtime_of(node, session);
        runtime.materialization = Some("clone");
        let sql = runtime.defer_relation.as_ref().map(|relation| format!("select * from {relation}"));
        let (runtime, subject) = (Arc::new(runtime), Arc::new(subject(&Arc::new(node.clone()), Vec::new())));
        let result = self.build(node, &subject, &runtime, sql.as_deref().unwrap_or_default(), progress);
        progress.timing = vec![timing(Step::Compile, started), timing(Step::Execute, started)];
        let outcome = result?;
        Ok(Outcome { message: outcome.message.or_else(|| Some("No-op".to_owned())), ..outcome })
    }

    fn attempt_batches(&self, node: &Node, session: &SharedSession, progress: &mut Progress) -> Result<Outcome> {
        let started = Utc::now();
        let facts = super::facts(&self.answers.manifest, &node.unique_id);
        let facts = facts.ok_or_else(|| Error::internal(format!("`{}` is not in the manifest", node.unique_id)))?;
        let mut behind = std::mem::take(&mut progress.behind);
        let pointer = self.pointer(node, session)?;
        behind.made_later.extend(pointer.clone());
        let mut result = self.run_batches(Work { node, session, facts: &facts, behind: &behind });
        if let Some(pointer) =
            pointer.filter(|_| result.as_ref().is_ok_and(|outcome| outcome.status == Status::Success))
        {
            result = self.build_pointer(node, pointer, session).and(result);
        }
        progress.timing = vec![timing(Step::Compile, started), timing(Step::Execute, started)];
        result
    }

    pub(super) fn build(
        &self,
        node: &Node,
        subject: &Arc<Subject>,
        runtime: &Arc<Runtime>,
        sql: &str,
        progress: &mut Progress,
    ) -> Result<Outcome> {
        let materialized = self.templates.materialize(subject, runtime, sql);
        if let Some(main) = runtime.written_sql() {
            progress.run_path = Some(self.keep_built(node, &main)?);
        }
        let materialized = materialized?;
        let mut outcome = Outcome::new(node.unique_id.clone(), Status::Success);
        if let Some(response) = materialized.response {
            outcome.message = Some(response.message.clone());
            outcome.adapter_response = response_json(&response);
        }
        Ok(outcome)
    }

    fn check(&self, node: &Node, subject: &Arc<Subject>, runtime: &Arc<Runtime>, sql: &str) -> Result<Outcome> {
        let counts = self.templates.run_test(subject, runtime, sql)?;
        if let Some(main) = runtime.written_sql() {
            self.keep_built(node, &main)?;
        }
        let verdict = check::judge(&node.config, counts, self.reporter.is_promoted("LogTestResult"));
        Ok(Outcome {
            failures: Some(verdict.failures),
            message: verdict.message,
            adapter_response: runtime.main_response().as_ref().map(response_json).unwrap_or_default(),
            ..Outcome::new(node.unique_id.clone(), verdict.status)
        })
    }

    pub(super) fn runtime_of(&self, node: &Node, session: &SharedSession) -> Runtime {
        let mut runtime = self.runtime(session);
        // A sample is of what models and snapshots read; tests ask about all rows.
        runtime.sample = self.flags.sample.filter(|_| matches!(node.kind, NodeKind::Model | NodeKind::Snapshot));
        let deferral = self.answers.deferral.as_ref();
        runtime.defer_relation = deferral.and_then(|deferral| deferral.relation(&node.unique_id)).cloned();
        if node.kind == NodeKind::Seed {
            runtime.seed = Some(seed_file(node));
        }
        runtime
    }

    /// The outcome of a node whose ephemeral parent cannot be rendered: skipped, with the parent's error.
    fn skipped_for(&self, node: &Node, parent: &UniqueId, error: &Error) -> Outcome {
        let facts = super::facts(&self.answers.manifest, parent);
        let message = facts.map(|facts| excerpt::failure(error, &facts, None, &self.root));
        let message = message.unwrap_or_else(|| error.to_string());
        Outcome {
            message: Some(self.reporter.scrub(&message)),
            ..Outcome::new(node.unique_id.clone(), Status::Skipped)
        }
    }

    /// Names that only the text of this kind of node may use.
    pub(super) fn extra(&self, node: &Node) -> Vec<(Arc<str>, Value)> {
        match &node.test {
            Some(test) => vec![("_dbt_generic_test_kwargs".into(), Value::Object(test.kwargs.clone()))],
            None => Vec::new(),
        }
    }

    /// The outcome of a node that could not be done.
    pub(super) fn failed(&self, id: &UniqueId, error: &Error, facts: &Arc<Facts>, run_path: Option<&str>) -> Outcome {
        let message = self.reporter.scrub(&excerpt::failure(error, facts, run_path, &self.root));
        let failed = DebugEvent::Failed { facts: Arc::clone(facts), message: message.clone() };
        self.reporter.tell(Event::Debug(failed));
        Outcome {
            message: Some(message),
            relation_name: facts.relation_name.clone(),
            ..Outcome::new(id.clone(), Status::Error)
        }
    }

    /// The text of a node's failure.
    pub fn told(&self, id: &UniqueId, error: &Error) -> String {
        let facts = super::facts(&self.answers.manifest, id);
        facts.map_or_else(|| error.to_string(), |facts| excerpt::failure(error, &facts, None, &self.root))
    }

    /// Wipes out what the node before has left in the session, and says on the server which one it works for now.
    fn name_session(&self, session: &SharedSession, id: &UniqueId) {
        // A connection that is gone shows at the first statement, and is replaced by the worker.
        let _ = session.lock().unwrap_or_else(PoisonError::into_inner).begin_work(&format!("kiln {id}"));
    }

    pub(super) fn may_repeat(&self, session: &SharedSession, error: &Error) -> bool {
        let is_stopping = self.cancelled.load(Ordering::SeqCst);
        !is_stopping && session.lock().unwrap_or_else(PoisonError::into_inner).may_repeat(error)
    }

    /// Sends what is queued and ends the transaction that is open, if one is; `connection` is what the log calls the session.
    ///
    /// # Errors
    ///
    /// `Database` when a statement that was queued is refused.
    pub fn end_transaction(&self, session: &SharedSession, connection: &str) -> Result<()> {
        let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
        session.flush()?;
        if !session.is_in_transaction() {
            return Ok(());
        }
        session.commit()?;
        let connection = connection.to_owned();
        self.reporter.tell(Event::Debug(DebugEvent::Committed { connection }));
        Ok(())
    }

    /// Ends whatever a failure left open; a broken session is replaced by the worker.
    pub fn roll_back(&self, session: &SharedSession, connection: &str) {
        let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
        if session.is_in_transaction() {
            let connection = connection.to_owned();
            self.reporter.tell(Event::Debug(DebugEvent::RolledBack { connection }));
        }
        let _ = session.rollback();
    }
}

/// A model in Python stays as it is when compiled, and cannot be built.
fn python(node: &Node, task: Task) -> Result<Outcome> {
    if task == Task::Compile {
        return Ok(Outcome::new(node.unique_id.clone(), Status::Success));
    }
    let materialized = node.config.materialized();
    let message = format!("Materialization \"{materialized}\" only supports languages ['sql']; got \"python\"");
    Err(Error::runtime(message)
        .at(Place::file(&node.file))
        .hint("Postgres runs no models in Python: write it in SQL, or switch it off with `enabled: false`"))
}

fn seed_file(node: &Node) -> SeedFile {
    let path = node.root_path.join(&node.original_path);
    let mut options = csv::Options::new(&node.file);
    if let Some(delimiter) = node.config.text("delimiter") {
        // What is no single byte is refused by the reader.
        options.delimiter = if let [byte] = delimiter.as_bytes() { *byte } else { u8::MAX };
    }
    options.text_columns = node.config.map("column_types").map(|map| map.keys().cloned().collect()).unwrap_or_default();
    SeedFile { path, options }
}

pub(super) fn timing(step: Step, started_at: DateTime<Utc>) -> Timing {
    Timing { step, started_at, completed_at: Utc::now() }
}

/// A server's answer as artifacts have it.
pub(super) fn response_json(response: &Response) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("_message".to_owned(), json!(response.message));
    // A macro may give a message only.
    if !response.code.is_empty() {
        map.insert("code".to_owned(), json!(response.code));
        map.insert("rows_affected".to_owned(), json!(response.rows_affected));
    }
    map
}
