//! The end of a run: what was run in which time, a block for each problem, the line of counts.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::event::{Facts, Problem, Summary, Totals};
use super::line::{Color, Line, counted, paint};
use super::node_info::node_info;
use super::outcome::{STOPPED_EARLY, Status};
use crate::flag::Level;

/// `Finished running 1 seed, 2 table models in 0 hours 0 minutes and 1.07 seconds (1.07s).`
pub(super) fn finished(nodes: &[Arc<Facts>], seconds: f64) -> Line {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for facts in nodes {
        *kinds.entry(kind(facts)).or_default() += 1;
    }
    let stats: Vec<String> = kinds.into_iter().map(|(kind, count)| counted(count, &kind)).collect();
    let stats = stats.join(", ");
    let whole = seconds as u64;
    let (hours, minutes) = (whole / 3600, whole % 3600 / 60);
    let rest = seconds - (hours * 3600 + minutes * 60) as f64;
    let execution = format!(" in {hours} hours {minutes} minutes and {rest:.2} seconds");
    let text = format!("Finished running {stats}{execution} ({seconds:.2}s).");
    let data = json!({ "stat_line": stats, "execution": execution, "execution_time": seconds });
    Line::new("FinishedRunningStats", "E047", Level::Info, text, data)
}

/// The word under which the line of counts lists a node.
fn kind(facts: &Facts) -> String {
    match (facts.resource_type(), facts.materialized.as_str()) {
        ("model", "microbatch") => "incremental model".to_owned(),
        ("model", materialized) => format!("{materialized} model"),
        ("operation", _) => "project hook".to_owned(),
        (other, _) => other.to_owned(),
    }
}

/// Success or the blocks of problems, then the counts.
pub(super) fn summary(summary: &Summary) -> Vec<Line> {
    let mut lines = vec![Line::blank(), headline(summary)];
    let (warnings, failures): (Vec<&Problem>, Vec<&Problem>) =
        summary.problems.iter().partition(|problem| problem.status == Status::Warn);
    // Skipped hooks count, but their lines have said all.
    let is_told =
        |problem: &&Problem| problem.status != Status::Skipped || problem.facts.resource_type() != "operation";
    for problem in failures.into_iter().filter(is_told).chain(warnings) {
        if problem.message != STOPPED_EARLY {
            lines.push(Line::blank());
        }
        lines.extend(block(problem));
    }
    lines.push(Line::blank());
    lines.push(stats_line(summary.totals));
    lines
}

fn headline(summary: &Summary) -> Line {
    let count = |status: Status| summary.problems.iter().filter(|problem| problem.status == status).count();
    let (partial, warnings) = (count(Status::PartialSuccess), count(Status::Warn));
    let errors = summary.problems.len() - partial - warnings;
    let partly = if partial == 1 { "1 partial success".to_owned() } else { format!("{partial} partial successes") };
    let (failed, warned) = (counted(errors, "error"), counted(warnings, "warning"));
    let text = match (errors, partial, warnings) {
        _ if summary.interrupted => paint(Color::Yellow, "Exited because of keyboard interrupt"),
        (0, 0, 0) => paint(Color::Green, "Completed successfully"),
        (0, 0, _) => paint(Color::Yellow, &format!("Completed with {warned}:")),
        (0, _, _) => paint(Color::Yellow, &format!("Completed with {partly} and {warned}")),
        (_, _, _) => paint(Color::Red, &format!("Completed with {failed}, {partly}, and {warned}:")),
    };
    let data = json!({
        "keyboard_interrupt": summary.interrupted,
        "num_errors": errors,
        "num_partial_success": partial,
        "num_warnings": warnings,
    });
    Line::new("EndOfRunSummary", "Z030", Level::Info, text, data)
}

/// The lines of one problem.
fn block(problem: &Problem) -> Vec<Line> {
    let facts = &problem.facts;
    let about = node_info(facts, None, None);
    if problem.message == STOPPED_EARLY {
        // One line in the log for each node that was not reached; whoever looks at the end looks for the reason.
        let text = format!("  {STOPPED_EARLY}");
        return vec![Line::new("RunResultError", "Z024", Level::Debug, text, json!({ "msg": STOPPED_EARLY }))];
    }
    let mut lines = vec![heading(problem)];
    if problem.message.is_empty() {
        lines.push(without_message(problem));
    } else if problem.status == Status::Warn {
        let data = json!({ "msg": problem.message, "node_info": about });
        let text = problem.message.clone();
        lines.push(Line::new("RunResultWarningMessage", "Z046", Level::Warn, text, data));
    } else {
        lines.push(message(problem));
    }
    // A refused statement is in the file that the message names; the text that it was made from is beside it.
    let names_file = problem.message.contains("\n  compiled code at ");
    if let Some(path) = problem.compiled_path.as_ref().filter(|_| !names_file) {
        lines.push(Line::blank());
        let data = json!({ "path": path, "node_info": about });
        let text = format!("  compiled code at {path}");
        lines.push(Line::new("SQLCompiledPath", "Z026", Level::Info, text, data));
    }
    if let Some(table) = &problem.failures_table {
        lines.push(Line::blank());
        let query = format!("select * from {table}");
        let rule = "-".repeat(query.chars().count());
        let text = format!("  See test failures:\n  {rule}\n  {query}\n  {rule}");
        let data = json!({ "relation_name": table, "node_info": about });
        lines.push(Line::new("CheckNodeTestFailure", "Z027", Level::Info, text, data).block());
    }
    lines
}

/// `Failure in model orders (models/orders.sql)`.
fn heading(problem: &Problem) -> Line {
    let facts = &problem.facts;
    let data = json!({
        "node_name": facts.name,
        "path": facts.original_path,
        "resource_type": facts.resource_type(),
        "node_info": node_info(facts, None, None),
    });
    if problem.status == Status::Warn {
        let text = paint(Color::Yellow, &format!("Warning in {}", facts.in_words()));
        return Line::new("RunResultWarning", "Z021", Level::Warn, text, data);
    }
    let text = paint(Color::Red, &format!("Failure in {}", facts.in_words()));
    Line::new("RunResultFailure", "Z022", Level::Error, text, data)
}

fn message(problem: &Problem) -> Line {
    let data = json!({ "msg": problem.message, "node_info": node_info(&problem.facts, None, None) });
    let text = problem.message.replace('\n', "\n  ");
    Line::new("RunResultError", "Z024", Level::Error, format!("  {text}"), data).block()
}

fn without_message(problem: &Problem) -> Line {
    let status = problem.status.word();
    let data = json!({ "status": status, "node_info": node_info(&problem.facts, None, None) });
    Line::new("RunResultErrorNoMessage", "Z025", Level::Error, format!("  Status: {status}"), data)
}

/// `Done. PASS=28 WARN=0 ERROR=0 SKIP=0 NO-OP=0 TOTAL=28`.
fn stats_line(totals: Totals) -> Line {
    let Totals { pass, warn, error, skip, no_op, total, partial: _ } = totals;
    let text = format!("Done. PASS={pass} WARN={warn} ERROR={error} SKIP={skip} NO-OP={no_op} TOTAL={total}");
    let stats = json!({ "error": error, "noop": no_op, "pass": pass, "skip": skip, "total": total, "warn": warn });
    Line::new("StatsLine", "Z023", Level::Info, text, json!({ "stats": stats }))
}

/// The end of `source freshness`: sources that are too old, and those that could not be asked.
pub(super) fn freshness(problems: &[Problem]) -> Vec<Line> {
    let mut lines = Vec::new();
    for problem in problems.iter().filter(|problem| problem.status != Status::Warn) {
        lines.push(Line::blank());
        match problem.message.is_empty() {
            true => lines.extend([heading(problem), without_message(problem)]),
            false => lines.push(message(problem)),
        }
    }
    lines.push(Line::new("FreshnessCheckComplete", "Q003", Level::Info, "Done.", json!({})));
    lines
}
