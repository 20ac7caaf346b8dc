//! An event as lines: text for people, name, code and data for programs, all under dbt's names.
//!
//! Texts carry color; a sink without color takes it out again.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::event::{Event, Facts, Found, Warning, warning};
use super::node_info::node_info;
use super::outcome::Outcome;
use super::{
    DBT_VERSION, batch_line, check_line, debug_line, deprecation, docs, ending, node_line, payload, resources,
};
use crate::flag::Level;

/// One line to tell; its text may hold newlines.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// dbt's event name, and its code.
    pub name: &'static str,
    pub code: &'static str,
    pub level: Level,
    pub text: String,
    /// `data` of the JSON line.
    pub data: Value,
    /// Printed without a time, and also with `--quiet`.
    pub asked_for: bool,
    /// Stands above the text, but on a terminal with `--quiet`.
    pub heading: Option<String>,
    /// On a terminal the further lines of the text stand below its first one, not below the time.
    pub is_block: bool,
}

impl Line {
    /// A line of what happens.
    pub fn new(name: &'static str, code: &'static str, level: Level, text: impl Into<String>, data: Value) -> Line {
        Line { name, code, level, text: text.into(), data, asked_for: false, heading: None, is_block: false }
    }

    /// An empty line.
    pub fn blank() -> Line {
        Line::new("Formatting", "Z017", Level::Info, "", json!({ "msg": "" }))
    }

    /// A line whose text goes on below itself.
    pub fn block(mut self) -> Line {
        self.is_block = true;
        self
    }

    /// A line that the command was asked for.
    pub fn asked_for(mut self) -> Line {
        self.asked_for = true;
        self
    }
}

/// The colors that dbt uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Color {
    Green,
    Yellow,
    Red,
}

/// `text` in `color`, for a terminal.
pub(super) fn paint(color: Color, text: &str) -> String {
    let code = match color {
        Color::Green => 32,
        Color::Yellow => 33,
        Color::Red => 31,
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

/// `text` without the escape sequences of colors.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("\u{1b}[") {
        out.push_str(&rest[..start]);
        let after = &rest[start + 2..];
        let length = after.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(after.len());
        let is_color = after[length..].starts_with('m');
        if !is_color {
            out.push_str(&rest[start..start + 2 + length]);
        }
        rest = &after[length + usize::from(is_color)..];
    }
    out.push_str(rest);
    out
}

/// `1 model`, `2 models`, in dbt's words for each type.
pub(super) fn counted(count: usize, kind: &str) -> String {
    let words = kind.replace('_', " ");
    match (count, kind) {
        (1, _) => format!("1 {words}"),
        (_, "test") => format!("{count} data tests"),
        (_, "analysis") => format!("{count} analyses"),
        (_, "saved_query") => format!("{count} saved queries"),
        _ => format!("{count} {words}s"),
    }
}

/// What lines depend on besides their event.
pub(super) struct Layout<'a> {
    /// Columns of the dotted lines.
    pub width: usize,
    /// The folder below which sources are read.
    pub root: &'a Path,
    /// dbt's word for the command.
    pub command: &'a str,
    /// The words that a user writes for it: `docs generate`.
    pub words: &'a str,
    /// Name the event in the line of every deprecated form.
    pub named_deprecations: bool,
    /// `--quiet`.
    pub is_quiet: bool,
    /// Whether a sink has `data`: to make it costs more than to tell the text.
    pub has_data: bool,
    /// Nodes that were told of, by their ids.
    pub known: &'a HashMap<String, Arc<Facts>>,
}

impl Layout<'_> {
    /// All that is known of the node of which a statement says name, kind and id; null where it is none of this run.
    pub(super) fn node_info(&self, node: &Value) -> Value {
        let known = node["unique_id"].as_str().filter(|_| self.has_data).and_then(|id| self.known.get(id));
        known.map_or(Value::Null, |facts| node_info(facts, None, None))
    }

    /// The facts on a node, as `node_info` gives them.
    pub(super) fn about(&self, facts: &Facts, outcome: Option<&Outcome>, at: Option<DateTime<Utc>>) -> Value {
        if self.has_data { node_info(facts, outcome, at) } else { Value::Null }
    }
}

/// The lines that tell `event`.
pub(super) fn lines(event: &Event, layout: &Layout<'_>) -> Vec<Line> {
    let width = layout.width;
    match event {
        Event::NodeStart { turn, facts, at } => node_line::node_start(*turn, facts, *at, width),
        Event::NodeEnd { turn, facts, outcome } => node_line::node_end(*turn, facts, outcome, width),
        Event::NodeSkip { turn, facts } => node_line::skip(*turn, facts, width),
        Event::NodeStep { facts, step } => vec![node_line::step(facts, *step, layout)],
        Event::Debug(event) => vec![debug_line::line(event, layout)],
        Event::Version { args } => vec![version_line(), args_line(args)],
        Event::BatchStart { turn, facts } => batch_line::start(turn, facts, width),
        Event::BatchEnd { turn, facts, outcome } => batch_line::end(turn, facts, outcome, width),
        Event::HookStart { turn, facts } => node_line::hook_start(*turn, facts, width),
        Event::HookEnd { turn, facts, outcome } => node_line::hook_end(*turn, facts, outcome, width),
        Event::Finished { nodes, seconds } => vec![Line::blank(), ending::finished(nodes, *seconds)],
        Event::Summary(summary) => ending::summary(summary),
        Event::FreshnessSummary(problems) => ending::freshness(problems),
        Event::Payload(payload) => vec![payload::line(payload, layout.is_quiet)],
        Event::Completed { success, seconds } => {
            let resources = resources::line(layout.command, *success, *seconds);
            resources.into_iter().chain([completed(layout.words, *success, *seconds)]).collect()
        }
        Event::Concurrency { threads, target, nodes } => {
            let text = format!("Concurrency: {} (target='{target}')", counted(*threads, "thread"));
            let data = json!({ "num_threads": threads, "target_name": target, "node_count": nodes });
            vec![Line::blank(), Line::new("ConcurrencyLine", "Q027", Level::Info, text, data), Line::blank()]
        }
        Event::Statement { connection, sql, node } => statement(connection, sql, layout.node_info(node)),
        Event::Adapter
        | Event::Found(_)
        | Event::Warning(_)
        | Event::Error(_)
        | Event::Refused(_)
        | Event::OperationFailed(_)
        | Event::Note(_)
        | Event::Detail(_)
        | Event::JinjaLog { .. }
        | Event::JinjaPrint { .. }
        | Event::Answer { .. }
        | Event::Wrote { .. } => single(event, layout),
        Event::Docs(told) => vec![docs::line(told)],
        Event::Deps(told) => vec![docs::deps_line(told)],
        Event::Check(told) => vec![check_line::line(told)],
        Event::Clean(told) => vec![docs::clean_line(told)],
    }
}

/// The lines of events that need no layout.
fn single(event: &Event, layout: &Layout<'_>) -> Vec<Line> {
    let line = match event {
        Event::Adapter => Line::new(
            "AdapterRegistered",
            "E034",
            Level::Info,
            "Registered adapter: postgres=1.11.0",
            json!({ "adapter_name": "postgres", "adapter_version": "=1.11.0" }),
        ),
        Event::Found(found) => found_line(found),
        Event::Warning(warning) => warning_line(warning, layout.named_deprecations),
        Event::Error(error) => error_line(&super::excerpt::fatal(error, layout.root)),
        Event::Refused(text) => error_line(text),
        Event::OperationFailed(error) => {
            let text = super::excerpt::fatal(error, layout.root);
            let shown = format!("Encountered an error while running operation: {text}");
            Line::new("RunningOperationCaughtError", "Q001", Level::Error, shown, json!({ "exc": text })).block()
        }
        Event::Note(text) => Line::new("Note", "Z050", Level::Info, text.clone(), json!({ "msg": text })),
        Event::Detail(text) => Line::new("Note", "Z050", Level::Debug, text.clone(), json!({ "msg": text })),
        Event::JinjaLog { text, info, node } => jinja_log(text, *info, layout.node_info(node)),
        Event::JinjaPrint { text } => {
            Line::new("PrintEvent", "Z052", Level::Info, text.clone(), json!({ "msg": text })).asked_for()
        }
        Event::Answer { tag, seconds, node } => answer(tag, *seconds, layout.node_info(node)),
        Event::Wrote { what, path } => Line::new(
            "ArtifactWritten",
            "P001",
            Level::Debug,
            format!("Wrote artifact {what} to {path}"),
            json!({ "artifact_path": path, "artifact_type": what }),
        ),
        Event::Version { .. }
        | Event::NodeStart { .. }
        | Event::NodeStep { .. }
        | Event::NodeEnd { .. }
        | Event::NodeSkip { .. }
        | Event::BatchStart { .. }
        | Event::BatchEnd { .. }
        | Event::HookStart { .. }
        | Event::HookEnd { .. }
        | Event::Finished { .. }
        | Event::Concurrency { .. }
        | Event::Completed { .. }
        | Event::Summary(_)
        | Event::FreshnessSummary(_)
        | Event::Statement { .. }
        | Event::Debug(_)
        | Event::Docs(_)
        | Event::Deps(_)
        | Event::Clean(_)
        | Event::Check(_)
        | Event::Payload(_) => return Vec::new(),
    };
    vec![line]
}

fn answer(tag: &str, seconds: f64, node: Value) -> Line {
    let mut data = json!({ "elapsed": seconds, "query_id": "", "status": tag });
    debug_line::add_node(&mut data, node);
    Line::new("SQLQueryStatus", "E017", Level::Debug, format!("SQL status: {tag} in {seconds:.3} seconds"), data)
}

/// A statement that is sent, and the session that it is sent through.
fn statement(connection: &str, sql: &str, node: Value) -> Vec<Line> {
    let used = format!("Using postgres connection \"{connection}\"");
    let mut about = json!({ "conn_name": connection, "conn_type": "postgres" });
    let mut data = json!({ "conn_name": connection, "sql": sql });
    debug_line::add_node(&mut about, node.clone());
    debug_line::add_node(&mut data, node);
    vec![
        Line::new("ConnectionUsed", "E015", Level::Debug, used, about),
        Line::new("SQLQuery", "E016", Level::Debug, format!("On {connection}: {sql}"), data),
    ]
}

/// The first line, which tools read for the version of dbt.
fn version_line() -> Line {
    let text = format!("Running with dbt={DBT_VERSION} (kiln {})", env!("CARGO_PKG_VERSION"));
    let data = json!({ "log_version": 3, "version": format!("={DBT_VERSION}") });
    Line::new("MainReportVersion", "A001", Level::Info, text, data)
}

/// With which settings the command runs, each as Python would print it.
fn args_line(args: &Map<String, Value>) -> Line {
    let word = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Bool(it) => if *it { "True" } else { "False" }.to_owned(),
        Value::Null => "None".to_owned(),
        other => other.to_string(),
    };
    let args: Map<String, Value> = args.iter().map(|(key, value)| (key.clone(), json!(word(value)))).collect();
    let shown: Vec<String> =
        args.iter().map(|(key, value)| format!("'{key}': '{}'", value.as_str().unwrap_or_default())).collect();
    let text = format!("running dbt with arguments {{{}}}", shown.join(", "));
    Line::new("MainReportArgs", "A002", Level::Debug, text, json!({ "args": args }))
}

/// Why the command could not run.
fn error_line(text: &str) -> Line {
    let shown = format!("Encountered an error:\n{text}");
    Line::new("MainEncounteredError", "Z002", Level::Error, shown, json!({ "exc": text })).block()
}

/// `Found 12 models, 477 macros`: the types that there are.
fn found_line(found: &Found) -> Line {
    let (early, late) = if found.has_singular_tests { (found.data_tests, 0) } else { (0, found.data_tests) };
    let counts = [
        (found.models, "model"),
        (found.snapshots, "snapshot"),
        (found.analyses, "analysis"),
        (early, "test"),
        (found.seeds, "seed"),
        (found.operations, "operation"),
        (late, "test"),
        (found.sql_operations, "sql_operation"),
        (found.sources, "source"),
        (found.exposures, "exposure"),
        (found.metrics, "metric"),
        (found.macros, "macro"),
        (found.groups, "group"),
        (found.semantic_models, "semantic_model"),
        (found.saved_queries, "saved_query"),
        (found.unit_tests, "unit_test"),
        (found.functions, "function"),
    ];
    let present: Vec<String> =
        counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, kind)| counted(count, kind)).collect();
    let stats = present.join(", ");
    Line::new("FoundStats", "W006", Level::Info, format!("Found {stats}"), json!({ "stat_line": stats }))
}

/// `[WARNING]: text`, with the event's name where dbt has it; some of dbt's warnings come without the mark.
fn warning_line(told: &Warning, has_names: bool) -> Line {
    let code = warning::CODES.iter().chain(&deprecation::NAMES).find(|(name, _)| *name == told.name);
    let code = code.map_or("I000", |(_, code)| code);
    let unmarked =
        ["NoNodesForSelectionCriteria", "NothingToDo", "NoNodesSelected", "JinjaLogWarning", "FreshnessConfigProblem"];
    let mark = format!("[{}]", paint(Color::Yellow, "WARNING"));
    let text = match unmarked.contains(&told.name) {
        true => told.text.clone(),
        false if told.name == "WarnStateTargetEqual" => format!("{}: {}", paint(Color::Yellow, "Warning"), told.text),
        false if deprecation::is_named(told.name, has_names) => format!("{mark}[{}]: {}", told.name, told.text),
        false => format!("{mark}: {}", told.text),
    };
    let data = match told.name {
        "NoNodesForSelectionCriteria" => json!({ "spec_raw": told.text.split('\'').nth(1).unwrap_or_default() }),
        "NothingToDo" | "NoNodesSelected" => json!({}),
        "MicrobatchModelNoEventTimeInputs" => {
            json!({ "model_name": told.text.split('\'').nth(1).unwrap_or_default() })
        }
        _ => json!({ "msg": told.text }),
    };
    Line::new(told.name, code, Level::Warn, text, data)
}

fn completed(command: &str, success: bool, seconds: f64) -> Line {
    let word = if success { "succeeded" } else { "failed" };
    let now = chrono::Local::now().format("%H:%M:%S%.6f");
    let text = format!("Command `dbt {command}` {word} at {now} after {seconds:.2} seconds");
    let at = super::outcome::instant(chrono::Utc::now());
    let data =
        json!({ "command": format!("dbt {command}"), "completed_at": at, "elapsed": seconds, "success": success });
    Line::new("CommandCompleted", "Q039", Level::Debug, text, data)
}

fn jinja_log(text: &str, info: bool, node: Value) -> Line {
    let mut data = json!({ "msg": text });
    debug_line::add_node(&mut data, node);
    match info {
        true => Line::new("JinjaLogInfo", "I062", Level::Info, text, data),
        false => Line::new("JinjaLogDebug", "I063", Level::Debug, text, data),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::name::UniqueId;

    /// Facts on a node of the package `shop`.
    pub fn facts(unique_id: &str, materialized: &str, label: &str) -> Facts {
        let name = unique_id.rsplit('.').next().unwrap().to_owned();
        Facts {
            unique_id: UniqueId::new(unique_id),
            label: label.to_owned(),
            materialized: materialized.to_owned(),
            path: format!("{name}.sql"),
            original_path: format!("models/{name}.sql"),
            database: "db".to_owned(),
            schema: "s".to_owned(),
            alias: name.clone(),
            relation_name: None,
            checksum: String::new(),
            meta: json!({}),
            group: Value::Null,
            name,
        }
    }
}
