//! Microbatch models: one batch of time after the other, each in a transaction of its own.
//!
//! Pre-hooks run with the first batch, post-hooks with the last. When the first batch fails the others are skipped; a later one
//! that fails does not stop the rest.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::manifest::{Node, subject};
use crate::name::RelationKind;
use crate::report::{BatchTurn, Batches, Event, Facts, Outcome, PartKind, Status, excerpt};
use crate::template::{Batch, Behind, Overrides};
use crate::window::{Grain, Window, instant};

use super::Run;
use super::execute::{ATTEMPTS, PAUSE};
use super::session::SharedSession;

impl Run {
    /// Runs the batches of a model, and says what became of it.
    ///
    /// # Errors
    ///
    /// `Internal` when its config does not say which batches there are, which parsing has refused.
    pub(super) fn run_batches(&self, work: Work<'_>) -> Result<Outcome> {
        let (node, facts) = (work.node, work.facts);
        let schedule =
            node.schedule().ok_or_else(|| Error::internal(format!("`{}` does not say its batches", node.unique_id)))?;
        let earlier = self.earlier_batches.get(facts.unique_id.as_str());
        let is_there = self.is_incremental(node);
        let windows = match earlier {
            Some(earlier) => earlier.failed.iter().map(|(start, end)| Window { start: *start, end: *end }).collect(),
            None => self.windows(&schedule, is_there),
        };
        let mut done = Batches::default();
        let mut is_skipping = false;
        for (index, window) in windows.iter().enumerate() {
            let label = schedule.grain.label(window.start);
            let turn = BatchTurn { kind: PartKind::Batch, index: index + 1, total: windows.len(), label };
            // What a retry finds was built by the run before, also under `--full-refresh`.
            let adds = index > 0 || earlier.is_some_and(|earlier| !earlier.successful.is_empty());
            let part = Part { window: *window, grain: schedule.grain, turn, adds };
            is_skipping |= self.cancelled.load(Ordering::SeqCst);
            let status = if is_skipping { self.skip_batch(part, facts) } else { self.tell_batch(work, part) };
            match status {
                Status::Success => done.successful.push((window.start, window.end)),
                _ => done.failed.push((window.start, window.end)),
            }
            is_skipping |= index == 0 && status != Status::Success;
        }
        let mut outcome = outcome(node, done, windows.is_empty());
        // What an earlier run has built is listed, but says nothing of how this one went.
        let before = earlier.into_iter().flat_map(|earlier| earlier.successful.iter().copied());
        outcome.batches.get_or_insert_default().successful.extend(before);
        Ok(outcome)
    }

    fn windows(&self, schedule: &crate::window::Schedule, is_there: bool) -> Vec<Window> {
        let given = |text: &Option<String>| text.as_deref().and_then(instant);
        let (start, end) = match self.flags.sample {
            Some(sample) => (Some(sample.start), Some(sample.end)),
            None => (given(&self.flags.event_time_start), given(&self.flags.event_time_end)),
        };
        schedule.batches(start, end.unwrap_or(self.clock), is_there)
    }

    /// Whether the model's table is there and stays.
    fn is_incremental(&self, node: &Node) -> bool {
        let is_full = self.is_made_anew(node);
        let found = self.cache.get(&node.schema, &node.alias);
        !is_full && found.is_some_and(|relation| relation.kind == Some(RelationKind::Table))
    }

    fn skip_batch(&self, part: Part, facts: &Arc<Facts>) -> Status {
        let outcome = Outcome::new(facts.unique_id.clone(), Status::Skipped);
        self.tell_end(part.turn, facts, outcome);
        Status::Skipped
    }

    fn tell_end(&self, turn: BatchTurn, facts: &Arc<Facts>, outcome: Outcome) {
        self.reporter.tell(Event::BatchEnd { turn, facts: Arc::clone(facts), outcome: Arc::new(outcome) });
    }

    /// Runs one batch and tells how it went.
    fn tell_batch(&self, work: Work<'_>, part: Part) -> Status {
        let (session, facts, started) = (work.session, work.facts, Instant::now());
        self.reporter.tell(Event::BatchStart { turn: part.turn.clone(), facts: Arc::clone(facts) });
        let (mut attempt, id) = (1, facts.unique_id.as_str());
        let result = loop {
            let result = self.run_batch(work, &part);
            match result.and_then(|message| self.end_transaction(session, id).map(|()| message)) {
                Err(error) if attempt < ATTEMPTS && self.may_repeat(session, &error) => self.roll_back(session, id),
                result => break result,
            }
            std::thread::sleep(PAUSE * attempt);
            attempt += 1;
        };
        let mut outcome = Outcome::new(facts.unique_id.clone(), Status::Success);
        match result {
            Ok(message) => outcome.message = message,
            Err(error) => {
                self.roll_back(session, id);
                outcome.status = Status::Error;
                outcome.message = Some(self.reporter.scrub(&excerpt::failure(&error, facts, None, &self.root)));
            }
        }
        outcome.seconds = started.elapsed().as_secs_f64();
        let status = outcome.status;
        self.tell_end(part.turn, facts, outcome);
        status
    }

    /// Compiles and builds one batch, and gives the server's answer.
    ///
    /// That it adds to the table is said to the materialization alone: the model's text sees what every other model would.
    fn run_batch(&self, work: Work<'_>, part: &Part) -> Result<Option<String>> {
        let node = work.node;
        let mut runtime = self.runtime_of(node, work.session);
        runtime.behind = work.behind.clone();
        let cut = self.flags.sample.map_or(part.window, |sample| part.window.within(&sample));
        runtime.batch =
            Some(Batch { whole: part.window, cut, id: part.grain.label(part.window.start).replace('-', "") });
        let subject = Arc::new(subject(&Arc::new(with_hooks(node, &part.turn)), Vec::new()));
        let shown = shown_as(node, &part.turn.label);
        let compiled =
            self.compile(&shown, &subject, &Arc::new(runtime.clone())).map_err(super::Failure::into_error)?;
        if part.adds {
            runtime.overrides = Overrides { macros: adding(), ..Overrides::default() };
        }
        let runtime = Arc::new(runtime);
        let materialized = self.templates.materialize(&subject, &runtime, &compiled.text);
        if let Some(main) = runtime.written_sql() {
            self.write_below("run", &shown, &main)?;
        }
        Ok(materialized?.response.map(|response| response.message))
    }
}

/// A model whose batches run.
#[derive(Clone, Copy)]
pub(super) struct Work<'a> {
    pub(super) node: &'a Node,
    pub(super) session: &'a SharedSession,
    pub(super) facts: &'a Arc<Facts>,
    pub(super) behind: &'a Behind,
}

/// One batch about to run.
struct Part {
    window: Window,
    grain: Grain,
    turn: BatchTurn,
    /// Whether it adds to the table, whatever the run does with the first batch.
    adds: bool,
}

/// What is true for a batch that adds to the table of the batches before.
fn adding() -> serde_json::Map<String, Value> {
    [("is_incremental".to_owned(), json!(true)), ("should_full_refresh".to_owned(), json!(false))].into_iter().collect()
}

/// The node with the hooks that run with this batch.
fn with_hooks(node: &Node, turn: &BatchTurn) -> Node {
    let mut node = node.clone();
    if turn.index > 1 {
        node.config.0.insert("pre-hook".to_owned(), json!([]));
    }
    if turn.index < turn.total {
        node.config.0.insert("post-hook".to_owned(), json!([]));
    }
    node
}

/// The node with the paths under which the texts of a batch are written: `models/sales/sales_2024-01-31.sql`.
fn shown_as(node: &Node, label: &str) -> Node {
    let below = |path: &str| {
        let path = Path::new(path);
        let folder = path.with_extension("");
        folder.join(format!("{}_{label}.sql", node.name)).to_string_lossy().into_owned()
    };
    Node { path: below(&node.path), original_path: below(&node.original_path), ..node.clone() }
}

/// What the batches come to; failed ones include those that were skipped.
fn outcome(node: &Node, batches: Batches, is_empty: bool) -> Outcome {
    let all = batches.successful.len() + batches.failed.len();
    let (status, message) = match (batches.successful.len(), batches.failed.len()) {
        (_, 0) => (Status::Success, "SUCCESS".to_owned()),
        (0, _) => (Status::Error, "ERROR".to_owned()),
        (good, _) => (Status::PartialSuccess, format!("PARTIAL SUCCESS ({good}/{all})")),
    };
    let message = if is_empty { "NO BATCHES".to_owned() } else { message };
    Outcome {
        message: Some(message),
        failures: Some(0),
        batches: Some(batches),
        ..Outcome::new(node.unique_id.clone(), status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_batch_adds_whatever_the_flags_say() {
        assert_eq!(adding()["is_incremental"], json!(true));
        assert_eq!(adding()["should_full_refresh"], json!(false));
    }
}
