//! Overloads of functions: each is made after its function, by the same materialization, in a transaction of its own.
//!
//! One that fails does not stop the next; what uses the function is skipped then.

use std::sync::Arc;
use std::time::Instant;

use crate::error::{Error, Result};
use crate::manifest::{Node, Overload, subject};
use crate::report::{BatchTurn, Event, Outcome, Overloads, PartKind, Status};

use super::Run;
use super::execute::Progress;
use super::session::SharedSession;

impl Run {
    /// Makes the overloads of a function that has been made; `bodies` are their rendered texts.
    ///
    /// # Errors
    ///
    /// `Database` when the transaction of the function itself cannot be ended.
    pub(super) fn with_overloads(
        &self,
        node: &Node,
        session: &SharedSession,
        outcome: Outcome,
        bodies: &[String],
    ) -> Result<Outcome> {
        let overloads = node.function.as_ref().map_or(&[][..], |function| &function.overloads);
        if overloads.is_empty() {
            return Ok(outcome);
        }
        self.end_transaction(session, node.unique_id.as_str())?;
        let mut done = Overloads::default();
        for (index, (overload, body)) in overloads.iter().zip(bodies).enumerate() {
            let label = overload.defined_in.clone();
            let turn = BatchTurn { kind: PartKind::Overload, index: index + 1, total: overloads.len(), label };
            match self.tell_overload(node, session, turn, (overload, body)) {
                Status::Success => done.successful.push(overload.defined_in.clone()),
                _ => done.failed.push(overload.defined_in.clone()),
            }
        }
        let failed = (!done.failed.is_empty()).then(|| format!("PARTIAL SUCCESS {}", node.name));
        Ok(Outcome {
            status: if failed.is_some() { Status::PartialSuccess } else { outcome.status },
            message: failed.or(outcome.message),
            overloads: Some(done),
            ..outcome
        })
    }

    /// Makes one overload and tells how it went.
    fn tell_overload(
        &self,
        node: &Node,
        session: &SharedSession,
        turn: BatchTurn,
        (overload, body): (&Overload, &str),
    ) -> Status {
        let (id, started) = (&node.unique_id, Instant::now());
        let facts = super::facts(&self.answers.manifest, id);
        if let Some(facts) = &facts {
            self.reporter.tell(Event::BatchStart { turn: turn.clone(), facts: Arc::clone(facts) });
        }
        let node = overload.of(node);
        let runtime = Arc::new(self.runtime_of(&node, session));
        let subject = Arc::new(subject(&Arc::new(node.clone()), Vec::new()));
        let built = self.build(&node, &subject, &runtime, body, &mut Progress::default());
        let built = built.and_then(|outcome| self.end_transaction(session, id.as_str()).map(|()| outcome));
        let mut outcome = built.unwrap_or_else(|error| {
            self.roll_back(session, id.as_str());
            let message = Some(self.reporter.scrub(&told(&error)));
            Outcome { message, ..Outcome::new(id.clone(), Status::Error) }
        });
        outcome.seconds = started.elapsed().as_secs_f64();
        let status = outcome.status;
        if let Some(facts) = facts {
            self.reporter.tell(Event::BatchEnd { turn, facts, outcome: Arc::new(outcome) });
        }
        status
    }
}

/// The error under its heading, without where and in what: the line names the overload.
fn told(error: &Error) -> String {
    format!("{}\n  {}", error.kind().title(), error.message().replace('\n', "\n  "))
}
