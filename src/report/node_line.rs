//! The dotted lines on nodes and hooks: that they start, and how they ended.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::event::{Facts, Turn};
use super::line::{Color, Layout, Line, paint};
use super::node_info::{node_info, run_result};
use super::outcome::{Outcome, Status, Step};
use crate::flag::Level;

/// `1 of 3 OK created … ....... [SELECT 3 in 0.09s]`.
pub(super) struct Dotted<'a> {
    pub turn: Turn,
    pub text: &'a str,
    pub status: &'a str,
    pub color: Option<Color>,
    /// Stands in the brackets when known.
    pub seconds: Option<f64>,
    pub width: usize,
}

impl Dotted<'_> {
    pub fn render(&self) -> String {
        let prefix = format!("{} of {} {} ", self.turn.index, self.turn.total, self.text);
        let status = self.color.map_or_else(|| self.status.to_owned(), |color| paint(color, self.status));
        let time = self.seconds.map(|seconds| format!(" in {seconds:.2}s")).unwrap_or_default();
        let missing = self.width.saturating_sub(prefix.chars().count());
        format!("{prefix}{} [{status}{time}]", ".".repeat(missing))
    }

    /// The same, cut where the text leaves no room for three dots, as dbt does with hooks.
    pub fn render_cut(&self) -> String {
        let whole = format!("{} of {} {} ", self.turn.index, self.turn.total, self.text);
        if whole.chars().count() + 3 <= self.width {
            return self.render();
        }
        let status = self.color.map_or_else(|| self.status.to_owned(), |color| paint(color, self.status));
        let time = self.seconds.map(|seconds| format!(" in {seconds:.2}s")).unwrap_or_default();
        let kept: String = whole.chars().take(self.width.saturating_sub(3)).collect();
        format!("{kept}... [{status}{time}]")
    }
}

/// What lines call a node: `sql table model s.orders`, `seed file s.raw`, `test not_null_id`.
pub(super) fn description(facts: &Facts) -> String {
    let kind = &facts.materialized;
    match facts.resource_type() {
        "model" if facts.path.ends_with(".py") => format!("python {kind} model {}", facts.label),
        "model" => format!("sql {kind} model {}", facts.label),
        "seed" => format!("seed file {}", facts.label),
        "snapshot" => format!("snapshot {}", facts.label),
        "source" => format!("freshness of {}", facts.label),
        "sql_operation" => format!("executing {}", facts.label),
        other => format!("{other} {}", facts.label),
    }
}

pub(super) fn node_start(turn: Turn, facts: &Facts, at: DateTime<Utc>, width: usize) -> Vec<Line> {
    let about = node_info(facts, None, Some(at));
    let began = format!("Began running node {}", facts.unique_id);
    let described = description(facts);
    let start = format!("START {described}");
    let text = Dotted { turn, text: &start, status: "RUN", color: None, seconds: None, width }.render();
    if facts.resource_type() == "sql_operation" {
        return vec![note(Level::Info, text)];
    }
    let data =
        json!({ "description": described, "index": turn.index, "total": turn.total, "node_info": about.clone() });
    let mut lines = vec![Line::new("NodeStart", "Q024", Level::Debug, began, json!({ "node_info": about }))];
    // Nothing is done for an exposure, so only its end is told.
    if !matches!(facts.resource_type(), "exposure" | "saved_query") {
        lines.push(Line::new("LogStartLine", "Q011", Level::Info, text, data));
    }
    lines
}

pub(super) fn node_end(turn: Turn, facts: &Facts, outcome: &Outcome, width: usize) -> Vec<Line> {
    let about = node_info(facts, Some(outcome), None);
    let verdict = verdict(facts, outcome);
    let text = Dotted {
        turn,
        text: &verdict.text,
        status: &verdict.status,
        color: Some(verdict.color),
        seconds: Some(outcome.seconds),
        width,
    }
    .render();
    if facts.resource_type() == "sql_operation" {
        return vec![note(verdict.level, text)];
    }
    let data = result_data(turn, facts, outcome, &about);
    let (name, code) = result_event(facts, outcome.status);
    let finished = format!("Finished running node {}", facts.unique_id);
    vec![
        Line::new(name, code, verdict.level, text, data),
        Line::new(
            "NodeFinished",
            "Q025",
            Level::Debug,
            finished,
            json!({ "node_info": about, "run_result": run_result(outcome) }),
        ),
    ]
}

/// SQL of the command line has no events of its own in dbt.
fn note(level: Level, text: String) -> Line {
    let data = json!({ "msg": text });
    Line::new("Note", "Z050", level, text, data)
}

/// dbt's event for the result line of a node.
fn result_event(facts: &Facts, status: Status) -> (&'static str, &'static str) {
    match facts.resource_type() {
        _ if status == Status::NoOp => ("LogNodeNoOpResult", "Q019"),
        "test" | "unit_test" => ("LogTestResult", "Q007"),
        "snapshot" => ("LogSnapshotResult", "Q015"),
        "seed" => ("LogSeedResult", "Q016"),
        "source" => ("LogFreshnessResult", "Q018"),
        "function" => ("LogFunctionResult", "Q047"),
        _ => ("LogModelResult", "Q012"),
    }
}

/// `data` of the result line.
fn result_data(turn: Turn, facts: &Facts, outcome: &Outcome, about: &Value) -> Value {
    let mut data = json!({ "index": turn.index, "execution_time": outcome.seconds });
    if !matches!(facts.resource_type(), "test" | "unit_test") {
        data["total"] = json!(turn.total);
    }
    add_group(&mut data, facts);
    let message = outcome.message.clone().unwrap_or_default();
    let status = outcome.status.word();
    let more = match facts.resource_type() {
        "test" | "unit_test" => json!({
            "name": facts.label, "num_failures": outcome.failures.unwrap_or(0), "num_models": turn.total,
            "status": status, "attached_node": "", "node_info": about,
        }),
        "seed" => json!({
            "relation": facts.alias, "schema": facts.schema, "result_message": message, "status": status,
            "node_info": about,
        }),
        "snapshot" => json!({
            "description": facts.label, "result_message": message, "status": status, "cfg": {}, "node_info": about,
        }),
        "source" => {
            let (source, table) = facts.label.split_once('.').unwrap_or(("", &facts.label));
            json!({ "source_name": source, "table_name": table, "status": status, "node_info": about })
        }
        _ => {
            let shown = if outcome.status == Status::Success { message.as_str() } else { status };
            json!({ "description": description(facts), "status": shown, "node_info": about })
        }
    };
    if let (Value::Object(data), Value::Object(more)) = (&mut data, more) {
        data.extend(more);
    }
    data
}

/// Adds the group of a node that has one.
fn add_group(data: &mut Value, facts: &Facts) {
    if facts.group.is_object() {
        data["group"] = facts.group.clone();
    }
}

/// How a result line judges a node.
struct Verdict {
    text: String,
    status: String,
    color: Color,
    level: Level,
}

fn verdict(facts: &Facts, outcome: &Outcome) -> Verdict {
    let (text, status) = match facts.resource_type() {
        "test" | "unit_test" => test_words(facts, outcome),
        "source" => freshness_words(facts, outcome.status),
        _ => built_words(facts, outcome),
    };
    let (color, level) = match outcome.status {
        Status::Success | Status::Pass => (Color::Green, Level::Info),
        Status::Warn => (Color::Yellow, Level::Warn),
        Status::Skipped | Status::NoOp => (Color::Yellow, Level::Info),
        Status::PartialSuccess => (Color::Yellow, Level::Info),
        Status::Error | Status::Fail | Status::RuntimeError => (Color::Red, Level::Error),
    };
    Verdict { text, status, color, level }
}

/// Text and status of a model, seed, snapshot, function or exposure.
fn built_words(facts: &Facts, outcome: &Outcome) -> (String, String) {
    let described = description(facts);
    let (done, failing) = match facts.resource_type() {
        "seed" => ("OK loaded", "ERROR loading"),
        "snapshot" => ("OK snapshotted", "ERROR snapshotting"),
        "sql_operation" => ("OK executed", "ERROR executing"),
        _ => ("OK created", "ERROR creating"),
    };
    let named = match facts.resource_type() {
        "snapshot" | "sql_operation" => facts.label.as_str(),
        _ => &described,
    };
    match outcome.status {
        // dbt's line for functions has the status, not the answer of the server.
        Status::Success if facts.resource_type() == "function" => (format!("{done} {named}"), "SUCCESS".to_owned()),
        Status::Success | Status::Pass | Status::Warn => {
            (format!("{done} {named}"), outcome.message.clone().unwrap_or_else(|| "OK".to_owned()))
        }
        Status::NoOp => (format!("NO-OP {described}"), "NO-OP".to_owned()),
        Status::Skipped => (format!("SKIP {described}"), "SKIP".to_owned()),
        Status::PartialSuccess if facts.resource_type() == "function" => {
            (format!("{done} {named}"), "PARTIAL SUCCESS".to_owned())
        }
        Status::PartialSuccess => {
            let batches = outcome.batches.clone().unwrap_or_default();
            let all = batches.successful.len() + batches.failed.len();
            (format!("PARTIALLY created {described}"), format!("PARTIAL SUCCESS ({}/{all})", batches.successful.len()))
        }
        Status::Error | Status::Fail | Status::RuntimeError => (format!("{failing} {named}"), "ERROR".to_owned()),
    }
}

/// Text and status of a test.
fn test_words(facts: &Facts, outcome: &Outcome) -> (String, String) {
    let found = outcome.failures.unwrap_or(0);
    let status = match outcome.status {
        Status::Pass | Status::Success => "PASS".to_owned(),
        Status::Fail => format!("FAIL {found}"),
        Status::Warn => format!("WARN {found}"),
        Status::Error | Status::RuntimeError | Status::PartialSuccess => "ERROR".to_owned(),
        Status::Skipped => "SKIP".to_owned(),
        Status::NoOp => "NO-OP".to_owned(),
    };
    (format!("{status} {}", facts.label), status)
}

/// Text and status of a question about freshness.
fn freshness_words(facts: &Facts, status: Status) -> (String, String) {
    let word = match status {
        Status::Pass | Status::Success => "PASS",
        Status::Warn => "WARN",
        Status::Error | Status::Fail => "ERROR STALE",
        Status::RuntimeError | Status::PartialSuccess => "ERROR",
        Status::Skipped => "SKIP",
        Status::NoOp => "NO-OP",
    };
    (format!("{word} freshness of {}", facts.label), word.to_owned())
}

/// A node is compiled, or executed.
pub(super) fn step(facts: &Facts, step: Step, layout: &Layout<'_>) -> Line {
    let (name, code, verb) = match step {
        Step::Compile => ("NodeCompiling", "Q030", "compiling"),
        Step::Execute => ("NodeExecuting", "Q031", "executing"),
    };
    let text = format!("Began {verb} node {}", facts.unique_id);
    Line::new(name, code, Level::Debug, text, json!({ "node_info": layout.about(facts, None, None) }))
}

/// A node that was passed over begins and ends, for those who count, with a line in between.
pub(super) fn skip(turn: Turn, facts: &Facts, width: usize) -> Vec<Line> {
    let text = match facts.resource_type() {
        "model" | "seed" | "snapshot" | "function" => format!("SKIP relation {}.{}", facts.schema, facts.name),
        other => format!("SKIP {other} {}", facts.name),
    };
    let text = Dotted { turn, text: &text, status: "SKIP", color: Some(Color::Yellow), seconds: None, width }.render();
    let outcome = Outcome::new(facts.unique_id.clone(), Status::Skipped);
    let about = node_info(facts, Some(&outcome), None);
    let mut data = json!({
        "index": turn.index,
        "total": turn.total,
        "node_name": facts.name,
        "resource_type": facts.resource_type(),
        "schema": facts.schema,
        "node_info": about,
    });
    add_group(&mut data, facts);
    let began = format!("Began running node {}", facts.unique_id);
    let finished = format!("Finished running node {}", facts.unique_id);
    let result = json!({ "node_info": about, "run_result": run_result(&outcome) });
    vec![
        Line::new("NodeStart", "Q024", Level::Debug, began, json!({ "node_info": node_info(facts, None, None) })),
        Line::new("SkippingDetails", "Q034", Level::Info, text, data),
        Line::new("NodeFinished", "Q025", Level::Debug, finished, result),
    ]
}

/// The first hook of the end has an empty line before it.
pub(super) fn hook_start(turn: Turn, facts: &Facts, width: usize) -> Vec<Line> {
    let start = format!("START hook: {}", facts.label);
    let text = Dotted { turn, text: &start, status: "RUN", color: None, seconds: None, width }.render_cut();
    let data = json!({
        "index": turn.index, "total": turn.total, "statement": facts.label, "node_info": node_info(facts, None, None),
    });
    let line = Line::new("LogHookStartLine", "Q032", Level::Info, text, data);
    match turn.index == 1 && facts.label.contains(".on-run-end.") {
        true => vec![Line::blank(), line],
        false => vec![line],
    }
}

/// The last hook of the start has an empty line after it.
pub(super) fn hook_end(turn: Turn, facts: &Facts, outcome: &Outcome, width: usize) -> Vec<Line> {
    let (status, color, level) = match outcome.status {
        Status::Success | Status::Pass | Status::Warn | Status::NoOp => ("OK", Color::Green, Level::Info),
        Status::Skipped => ("SKIP", Color::Yellow, Level::Info),
        Status::Error | Status::Fail | Status::RuntimeError | Status::PartialSuccess => {
            ("ERROR", Color::Red, Level::Error)
        }
    };
    let text = format!("{status} hook: {}", facts.label);
    let seconds = Some(outcome.seconds);
    let text = Dotted { turn, text: &text, status, color: Some(color), seconds, width }.render_cut();
    let data = json!({
        "index": turn.index,
        "total": turn.total,
        "statement": facts.label,
        "status": outcome.status.word(),
        "execution_time": outcome.seconds,
        "node_info": node_info(facts, Some(outcome), None),
    });
    let line = Line::new("LogHookEndLine", "Q033", level, text, data);
    match turn.index == turn.total && facts.label.contains(".on-run-start.") {
        true => vec![line, Line::blank()],
        false => vec![line],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::report::event::{Event, Problem, Summary, Totals};
    use crate::report::line::tests::facts;
    use crate::report::line::{lines, plain};
    use crate::report::outcome::Batches;

    /// The lines of `event` at `info` and above, without color.
    fn told(event: &Event) -> String {
        let known = HashMap::new();
        let layout = Layout {
            width: 80,
            root: Path::new("."),
            command: "build",
            words: "build",
            is_quiet: false,
            named_deprecations: false,
            has_data: true,
            known: &known,
        };
        let lines = lines(event, &layout);
        let shown: Vec<String> =
            lines.iter().filter(|line| line.level > Level::Debug).map(|line| plain(&line.text)).collect();
        shown.join("\n")
    }

    fn turn(index: usize, total: usize) -> Turn {
        Turn { index, total }
    }

    fn ended(id: &str, materialized: &str, label: &str, change: impl FnOnce(&mut Outcome)) -> String {
        let facts = Arc::new(facts(id, materialized, label));
        let mut outcome = Outcome::new(facts.unique_id.clone(), Status::Success);
        outcome.seconds = 0.118;
        change(&mut outcome);
        told(&Event::NodeEnd { turn: turn(2, 21), facts, outcome: Arc::new(outcome) })
    }

    fn started(id: &str, materialized: &str, label: &str) -> String {
        let facts = Arc::new(facts(id, materialized, label));
        told(&Event::NodeStart { turn: turn(1, 21), facts, at: Utc::now() })
    }

    // The expected lines are those which dbt 1.11 prints for the same nodes.
    #[test]
    fn nodes_start_in_dbts_words() {
        let lines = [
            started("model.shop.inc", "incremental", "s.inc"),
            started("seed.shop.raw", "seed", "s.raw"),
            started("snapshot.shop.snap", "snapshot", "s.snap"),
            started("test.shop.broken", "test", "broken"),
            started("unit_test.shop.v.ut", "unit", "v::ut"),
            started("model.shop.mb", "microbatch", "s.mb"),
            started("source.shop.src.raw", "", "src.raw"),
        ];
        insta::assert_snapshot!(lines.join("\n"), @r"
        1 of 21 START sql incremental model s.inc ...................................... [RUN]
        1 of 21 START seed file s.raw .................................................. [RUN]
        1 of 21 START snapshot s.snap .................................................. [RUN]
        1 of 21 START test broken ...................................................... [RUN]
        1 of 21 START unit_test v::ut .................................................. [RUN]
        1 of 21 START sql microbatch model s.mb ........................................ [RUN]
        1 of 21 START freshness of src.raw ............................................. [RUN]
        ");
    }

    #[test]
    fn built_nodes_end_with_the_tag_of_postgres() {
        let tag = |tag: &'static str| move |outcome: &mut Outcome| outcome.message = Some(tag.to_owned());
        let lines = [
            ended("model.shop.inc", "incremental", "s.inc", tag("SELECT 1")),
            ended("seed.shop.raw", "seed", "s.raw", tag("INSERT 3")),
            ended("snapshot.shop.snap", "snapshot", "s.snap", tag("INSERT 0 0")),
            ended("model.shop.bad", "materialized_view", "s.bad", |outcome| outcome.status = Status::Error),
            ended("exposure.shop.dash", "", "dash", |outcome| outcome.status = Status::NoOp),
            ended("model.shop.mb", "microbatch", "s.mb", |outcome| {
                let span = (Utc::now(), Utc::now());
                outcome.status = Status::PartialSuccess;
                outcome.batches = Some(Batches { successful: vec![span], failed: vec![span, span] });
            }),
        ];
        insta::assert_snapshot!(lines.join("\n"), @r"
        2 of 21 OK created sql incremental model s.inc ................................. [SELECT 1 in 0.12s]
        2 of 21 OK loaded seed file s.raw .............................................. [INSERT 3 in 0.12s]
        2 of 21 OK snapshotted s.snap .................................................. [INSERT 0 0 in 0.12s]
        2 of 21 ERROR creating sql materialized_view model s.bad ....................... [ERROR in 0.12s]
        2 of 21 NO-OP exposure dash .................................................... [NO-OP in 0.12s]
        2 of 21 PARTIALLY created sql microbatch model s.mb ............................ [PARTIAL SUCCESS (1/3) in 0.12s]
        ");
    }

    #[test]
    fn checks_end_with_their_verdict() {
        let status = |status: Status, failures: i64| {
            move |outcome: &mut Outcome| (outcome.status, outcome.failures) = (status, Some(failures))
        };
        let lines = [
            ended("test.shop.unique_v_id", "test", "unique_v_id", status(Status::Pass, 0)),
            ended("test.shop.unique_v_id", "test", "unique_v_id", status(Status::Fail, 3)),
            ended("test.shop.unique_v_id", "test", "unique_v_id", status(Status::Warn, 1)),
            ended("test.shop.unique_v_id", "test", "unique_v_id", status(Status::Error, 0)),
            ended("unit_test.shop.v.ut", "unit", "v::ut", status(Status::Fail, 1)),
            ended("source.shop.src.raw", "", "src.raw", status(Status::Pass, 0)),
            ended("source.shop.src.raw", "", "src.raw", status(Status::Warn, 0)),
            ended("source.shop.src.raw", "", "src.raw", status(Status::Error, 0)),
            ended("source.shop.src.raw", "", "src.raw", status(Status::RuntimeError, 0)),
        ];
        insta::assert_snapshot!(lines.join("\n"), @r"
        2 of 21 PASS unique_v_id ....................................................... [PASS in 0.12s]
        2 of 21 FAIL 3 unique_v_id ..................................................... [FAIL 3 in 0.12s]
        2 of 21 WARN 1 unique_v_id ..................................................... [WARN 1 in 0.12s]
        2 of 21 ERROR unique_v_id ...................................................... [ERROR in 0.12s]
        2 of 21 FAIL 1 v::ut ........................................................... [FAIL 1 in 0.12s]
        2 of 21 PASS freshness of src.raw .............................................. [PASS in 0.12s]
        2 of 21 WARN freshness of src.raw .............................................. [WARN in 0.12s]
        2 of 21 ERROR STALE freshness of src.raw ....................................... [ERROR STALE in 0.12s]
        2 of 21 ERROR freshness of src.raw ............................................. [ERROR in 0.12s]
        ");
    }

    #[test]
    fn skips_and_hooks_have_lines_of_their_own() {
        let model = Arc::new(facts("model.shop.mb", "microbatch", "s.mb"));
        let test = Arc::new(facts("test.shop.unique_t_id", "test", "unique_t_id"));
        let hook = Arc::new(facts("operation.shop.shop-on-run-start-0", "", "shop.on-run-start.0"));
        let mut outcome = Outcome::new(model.unique_id.clone(), Status::Success);
        outcome.message = Some("SELECT 3".to_owned());
        let lines = [
            told(&Event::NodeSkip { turn: turn(17, 21), facts: model.clone() }),
            told(&Event::NodeSkip { turn: turn(20, 21), facts: test }),
            told(&Event::HookStart { turn: turn(1, 2), facts: hook.clone() }),
            told(&Event::HookEnd { turn: turn(1, 2), facts: hook, outcome: Arc::new(outcome) }),
        ];
        insta::assert_snapshot!(lines.join("\n"), @r"
        17 of 21 SKIP relation s.mb .................................................... [SKIP]
        20 of 21 SKIP test unique_t_id ................................................. [SKIP]
        1 of 2 START hook: shop.on-run-start.0 ......................................... [RUN]
        1 of 2 OK hook: shop.on-run-start.0 ............................................ [OK in 0.00s]
        ");
    }

    fn problem(id: &str, status: Status, message: &str) -> Problem {
        Problem {
            facts: Arc::new(facts(id, "table", "s.x")),
            status,
            message: message.to_owned(),
            compiled_path: None,
            failures_table: None,
        }
    }

    #[test]
    fn the_end_lists_failures_before_warnings() {
        let mut failed = problem("test.shop.unique_v_id", Status::Fail, "Got 1 result, configured to fail if != 0");
        failed.compiled_path = Some("target/compiled/shop/models/schema.yml/unique_v_id.sql".to_owned());
        failed.failures_table = Some("\"db\".\"s\".\"t\"".to_owned());
        let warned = problem("test.shop.w", Status::Warn, "Got 1 result, configured to warn if != 0");
        let statuses = [Status::Success, Status::Warn, Status::Fail];
        let summary = Summary { problems: vec![warned, failed], interrupted: false, totals: Totals::count(&statuses) };
        insta::assert_snapshot!(told(&Event::Summary(summary)), @r#"

        Completed with 1 error, 0 partial successes, and 1 warning:

        Failure in test unique_v_id (models/unique_v_id.sql)
          Got 1 result, configured to fail if != 0

          compiled code at target/compiled/shop/models/schema.yml/unique_v_id.sql

          See test failures:
          --------------------------
          select * from "db"."s"."t"
          --------------------------

        Warning in test w (models/w.sql)
        Got 1 result, configured to warn if != 0

        Done. PASS=1 WARN=1 ERROR=1 SKIP=0 NO-OP=0 TOTAL=3
        "#);
    }

    #[test]
    fn the_counts_are_sorted_and_in_the_plural() {
        let nodes = [
            ("model.shop.a", "view"),
            ("model.shop.b", "view"),
            ("model.shop.c", "materialized_view"),
            ("model.shop.d", "microbatch"),
            ("seed.shop.e", "seed"),
            ("operation.shop.f", ""),
            ("operation.shop.g", ""),
            ("test.shop.h", "test"),
            ("test.shop.i", "test"),
            ("unit_test.shop.j", "unit"),
        ];
        let nodes = nodes.iter().map(|(id, materialized)| Arc::new(facts(id, materialized, "x"))).collect();
        assert_eq!(
            told(&Event::Finished { nodes, seconds: 3661.5 }),
            "\nFinished running 1 incremental model, 1 materialized view model, 2 project hooks, 1 seed, 2 data tests, \
             1 unit test, 2 view models in 1 hours 1 minutes and 1.50 seconds (3661.50s)."
        );
    }

    #[test]
    fn a_source_that_could_not_be_asked_shows_its_error_and_a_stale_one_its_status() {
        let stale = problem("source.shop.src.raw2", Status::Error, "");
        let broken =
            problem("source.shop.src.raw4", Status::RuntimeError, "Database Error in source raw4 (models/s.yml)");
        insta::assert_snapshot!(told(&Event::FreshnessSummary(vec![stale, broken])), @r"

        Failure in source raw2 (models/raw2.sql)
          Status: error

          Database Error in source raw4 (models/s.yml)
        Done.
        ");
    }
}
