//! The dotted lines on the batches of a microbatch model.

use serde_json::json;

use super::event::{BatchTurn, Facts, Turn};
use super::line::{Color, Line};
use super::node_info::node_info;
use super::node_line::Dotted;
use super::outcome::{Outcome, Status};
use crate::flag::Level;

fn description(turn: &BatchTurn, facts: &Facts) -> String {
    format!("batch {} of {}", turn.label, facts.label)
}

fn dotted(turn: &BatchTurn, text: &str, status: (&str, Option<Color>), seconds: Option<f64>, width: usize) -> String {
    let (status, color) = status;
    let turn = Turn { index: turn.index, total: turn.total };
    format!("Batch {}", Dotted { turn, text, status, color, seconds, width }.render())
}

/// `Batch 1 of 4 START batch 2024-01-01 of s.mb ....... [RUN]`.
pub(super) fn start(turn: &BatchTurn, facts: &Facts, width: usize) -> Vec<Line> {
    let about = description(turn, facts);
    let text = dotted(turn, &format!("START {about}"), ("RUN", None), None, width);
    let data = json!({
        "batch_index": turn.index, "total_batches": turn.total, "description": about,
        "node_info": node_info(facts, None, None),
    });
    vec![Line::new("LogStartBatch", "Q045", Level::Info, text, data)]
}

/// How the batch ended, with the whole text of a failure below it.
pub(super) fn end(turn: &BatchTurn, facts: &Facts, outcome: &Outcome, width: usize) -> Vec<Line> {
    let about = description(turn, facts);
    let message = outcome.message.as_deref().unwrap_or_default();
    let (words, status, color, level) = match outcome.status {
        Status::Success | Status::Pass | Status::Warn | Status::NoOp => {
            (format!("OK created {about}"), message, Color::Green, Level::Info)
        }
        Status::Skipped => (format!("SKIP {about}"), "SKIPPED", Color::Yellow, Level::Info),
        Status::Error | Status::Fail | Status::RuntimeError | Status::PartialSuccess => {
            (format!("ERROR creating {about}"), "ERROR", Color::Red, Level::Error)
        }
    };
    let text = dotted(turn, &words, (status, Some(color)), Some(outcome.seconds), width);
    let data = json!({
        "batch_index": turn.index, "total_batches": turn.total, "description": about, "status": status,
        "execution_time": outcome.seconds, "node_info": node_info(facts, Some(outcome), None),
    });
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
        let turn = BatchTurn { index: 1, total: 4, label: "2024-01-01".to_owned() };
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
}
