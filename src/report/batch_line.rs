//! The dotted lines on the parts of a node: the batches of a microbatch model, the overloads of a function.

use serde_json::{Value, json};

use super::event::{Facts, Turn};
use super::line::{Color, Line};
use super::node_info::node_info;
use super::node_line::Dotted;
use super::outcome::{Outcome, Status};
use crate::flag::Level;

/// What a node is made of when it is made in parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartKind {
    /// A span of time of a microbatch model.
    Batch,
    /// A function for other arguments.
    Overload,
}

/// Which part of a node a line is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchTurn {
    pub kind: PartKind,
    /// Counted from 1.
    pub index: usize,
    pub total: usize,
    /// Where a batch starts, `2024-01-31`, or the file with the body of an overload.
    pub label: String,
}

impl BatchTurn {
    fn description(&self, facts: &Facts) -> String {
        match self.kind {
            PartKind::Batch => format!("batch {} of {}", self.label, facts.label),
            PartKind::Overload => format!("function {} overload {}", facts.name, self.label),
        }
    }

    fn dotted(&self, text: &str, status: (&str, Option<Color>), seconds: Option<f64>, width: usize) -> String {
        let word = match self.kind {
            PartKind::Batch => "Batch",
            PartKind::Overload => "Overload",
        };
        let (status, color) = status;
        let turn = Turn { index: self.index, total: self.total };
        format!("{word} {}", Dotted { turn, text, status, color, seconds, width }.render())
    }

    /// `data` of its lines: which of how many.
    fn data(&self, description: &str) -> Value {
        match self.kind {
            PartKind::Batch => {
                json!({ "batch_index": self.index, "total_batches": self.total, "description": description })
            }
            PartKind::Overload => {
                json!({ "overload_index": self.index, "total_overloads": self.total, "description": description })
            }
        }
    }
}

/// `Batch 1 of 4 START batch 2024-01-01 of s.mb ....... [RUN]`.
pub(super) fn start(turn: &BatchTurn, facts: &Facts, width: usize) -> Vec<Line> {
    let about = turn.description(facts);
    let text = turn.dotted(&format!("START {about}"), ("RUN", None), None, width);
    let mut data = turn.data(&about);
    data["node_info"] = node_info(facts, None, None);
    let (name, code) = match turn.kind {
        PartKind::Batch => ("LogStartBatch", "Q045"),
        PartKind::Overload => ("LogStartOverload", "Q048"),
    };
    vec![Line::new(name, code, Level::Info, text, data)]
}

/// How the part ended, with the whole text of a failure: below it for a batch, in the line for an overload.
pub(super) fn end(turn: &BatchTurn, facts: &Facts, outcome: &Outcome, width: usize) -> Vec<Line> {
    let is_overload = turn.kind == PartKind::Overload;
    let mut about = turn.description(facts);
    let message = outcome.message.as_deref().unwrap_or_default();
    let (words, status, color, level) = match outcome.status {
        Status::Success | Status::Pass | Status::Warn | Status::NoOp => {
            let status = if is_overload { "SUCCESS" } else { message };
            ("OK created", status, Color::Green, Level::Info)
        }
        Status::Skipped => ("SKIP", "SKIPPED", Color::Yellow, Level::Info),
        Status::Error | Status::Fail | Status::RuntimeError | Status::PartialSuccess => {
            if is_overload {
                about = format!("{about}: {message}");
            }
            ("ERROR creating", "ERROR", Color::Red, Level::Error)
        }
    };
    let text = turn.dotted(&format!("{words} {about}"), (status, Some(color)), Some(outcome.seconds), width);
    let mut data = turn.data(&about);
    data["status"] = json!(if is_overload { outcome.status.word() } else { status });
    data["execution_time"] = json!(outcome.seconds);
    data["node_info"] = node_info(facts, Some(outcome), None);
    if is_overload {
        return vec![Line::new("LogOverloadResult", "Q049", level, text, data)];
    }
    let mut lines = vec![Line::new("LogBatchResult", "Q046", level, text, data)];
    if outcome.status == Status::Error {
        let about = node_info(facts, Some(outcome), None);
        let data = json!({ "build_path": "", "exc": message, "unique_id": facts.unique_id, "node_info": about });
        lines.push(Line::new("GenericExceptionOnRun", "W004", Level::Error, format!("  {message}"), data));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::line::plain;
    use crate::report::line::tests::facts;

    #[test]
    fn batches_have_lines_of_their_own_in_dbts_words() {
        let facts = facts("model.shop.mb", "microbatch", "s.mb");
        let turn = BatchTurn { kind: PartKind::Batch, index: 1, total: 4, label: "2024-01-01".to_owned() };
        let mut lines = start(&turn, &facts, 80);
        let mut outcome = Outcome::new(facts.unique_id.clone(), Status::Success);
        outcome.message = Some("MERGE 1".to_owned());
        lines.extend(end(&turn, &facts, &outcome, 80));
        lines.extend(end(&turn, &facts, &Outcome { status: Status::Skipped, ..outcome.clone() }, 80));
        let failed = Outcome { status: Status::Error, message: Some("Database Error".to_owned()), ..outcome };
        lines.extend(end(&turn, &facts, &failed, 80));
        let text: Vec<String> = lines.iter().map(|line| plain(&line.text)).collect();
        insta::assert_snapshot!(text.join("\n"), @r"
        Batch 1 of 4 START batch 2024-01-01 of s.mb .......................................... [RUN]
        Batch 1 of 4 OK created batch 2024-01-01 of s.mb ..................................... [MERGE 1 in 0.00s]
        Batch 1 of 4 SKIP batch 2024-01-01 of s.mb ........................................... [SKIPPED in 0.00s]
        Batch 1 of 4 ERROR creating batch 2024-01-01 of s.mb ................................. [ERROR in 0.00s]
          Database Error
        ");
    }

    #[test]
    fn overloads_have_lines_of_their_own_with_the_failure_in_them() {
        let facts = facts("function.shop.f", "function", "s.f");
        let turn = BatchTurn { kind: PartKind::Overload, index: 1, total: 2, label: "f_text".to_owned() };
        let mut lines = start(&turn, &facts, 80);
        let outcome = Outcome::new(facts.unique_id.clone(), Status::Success);
        lines.extend(end(&turn, &facts, &outcome, 80));
        let failed = Outcome { status: Status::Error, message: Some("Database Error\n  no".to_owned()), ..outcome };
        lines.extend(end(&turn, &facts, &failed, 80));
        let text: Vec<String> = lines.iter().map(|line| plain(&line.text)).collect();
        insta::assert_snapshot!(text.join("\n"), @r"
        Overload 1 of 2 START function f overload f_text ........................................ [RUN]
        Overload 1 of 2 OK created function f overload f_text ................................... [SUCCESS in 0.00s]
        Overload 1 of 2 ERROR creating function f overload f_text: Database Error
          no .......... [ERROR in 0.00s]
        ");
        assert_eq!(lines[2].data["status"], "error");
        assert_eq!(lines[2].data["overload_index"], 1);
    }
}
