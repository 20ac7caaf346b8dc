//! Microbatch models: what their config must say, and what it comes to.

use serde_json::Value;

use crate::error::{Error, Place};
use crate::name::UniqueId;
use crate::project::Warning;
use crate::window::{Grain, Schedule, instant};

use super::node::{Manifest, Node, NodeKind};

/// The macro by which a project joins batches in a way of its own.
const STRATEGY: &str = "get_incremental_microbatch_sql";

impl Node {
    /// Whether it is a data test that is a file of its own.
    pub fn is_singular_test(&self) -> bool {
        self.kind == NodeKind::Test && self.test.is_none()
    }

    /// Whether it is a model that is built in batches of time.
    pub fn is_microbatch(&self) -> bool {
        self.kind == NodeKind::Model
            && self.config.materialized() == "incremental"
            && self.config.text("incremental_strategy") == Some("microbatch")
    }

    /// What its batches follow from; none where its config does not say it.
    pub fn schedule(&self) -> Option<Schedule> {
        Some(Schedule {
            grain: Grain::from_word(self.config.text("batch_size")?)?,
            lookback: self.config.get("lookback").and_then(Value::as_i64).unwrap_or(1),
            begin: instant(self.config.text("begin")?)?,
        })
    }
}

impl Manifest {
    /// Whether the model is run batch by batch, not whole by a strategy of the project's own.
    pub fn is_batched(&self, node: &Node) -> bool {
        node.is_microbatch() && !self.has_whole_microbatch
    }

    /// Whether the root project has a microbatch strategy of its own.
    pub fn has_own_microbatch(&self) -> bool {
        self.macros.contains_key(&UniqueId::new(format!("macro.{}.{STRATEGY}", self.project_name)))
    }

    /// What is wrong with the configs of microbatch models, in dbt's words.
    pub fn microbatch_errors(&self) -> Vec<Error> {
        let models = self.nodes.values().filter(|node| node.is_microbatch());
        models.filter_map(|node| Some(Error::parsing(mistake(node)?).at(Place::file(&node.file)))).collect()
    }

    /// Writes the first moment of microbatch models out whole, as dbt does: `2024-01-01T00:00:00`.
    pub fn spell_out_begin(&mut self) {
        for node in self.nodes.values_mut().filter(|node| node.is_microbatch()) {
            let Some(whole) = node.config.text("begin").and_then(spelled_out) else { continue };
            node.config.0.insert("begin".to_owned(), Value::String(whole));
        }
    }

    /// What should be told of microbatch models.
    pub fn microbatch_warnings(&self) -> Vec<Warning> {
        let warning = |name, message| Warning { name, message, place: None };
        let mut found = Vec::new();
        for node in self.nodes.values().filter(|node| node.is_microbatch()) {
            if node.config.flag("concurrent_batches") == Some(true) {
                let message = format!(
                    "Found microbatch model '{}' with the `concurrent_batches` config set to true, but the postgres adapter \
                     does not support running batches concurrently. Batches will be run sequentially.",
                    node.name
                );
                found.push(warning("InvalidConcurrentBatchesConfig", message));
            }
            if !node.depends_on.iter().any(|id| self.has_event_time(id)) {
                let message = format!(
                    "The microbatch model '{}' has no 'ref' or 'source' input with an 'event_time' configuration. This means \
                     no filtering can be applied and can result in unexpected duplicate records in the resulting microbatch \
                     model.",
                    node.name
                );
                found.push(warning("MicrobatchModelNoEventTimeInputs", message));
            }
        }
        found
    }

    fn has_event_time(&self, id: &UniqueId) -> bool {
        let config = self.nodes.get(id).map(|node| &node.config);
        let config = config.or_else(|| self.sources.get(id).map(|source| &source.config));
        config.is_some_and(|config| config.get("event_time").is_some())
    }
}

fn mistake(node: &Node) -> Option<String> {
    let who = format!("Microbatch model '{}' must provide", node.name);
    let config = &node.config;
    match config.get("event_time") {
        None => {
            return Some(format!(
                "{who} an 'event_time' (string) config that indicates the name of the event time column."
            ));
        }
        Some(Value::String(_)) => {}
        Some(other) => {
            return Some(format!("{who} an 'event_time' config of type string, but got: {}.", python_type(other)));
        }
    }
    match config.get("begin") {
        None => {
            return Some(format!(
                "{who} a 'begin' (datetime) config that indicates the earliest timestamp the microbatch model should be \
                 built from."
            ));
        }
        Some(Value::String(text)) if instant(text).is_some() => {}
        Some(other) => {
            let shown = other.as_str().map_or_else(|| other.to_string(), str::to_owned);
            return Some(format!("{who} a 'begin' config of valid datetime (ISO format), but got: {shown}."));
        }
    }
    let size = config.text("batch_size");
    if size.and_then(Grain::from_word).is_none() {
        let words: Vec<String> = Grain::WORDS.iter().map(|word| format!("'{word}'")).collect();
        let shown = size.unwrap_or("None");
        return Some(format!("{who} a 'batch_size' config that is one of [{}], but got: {shown}.", words.join(", ")));
    }
    match config.get("lookback") {
        Some(other) if !other.is_i64() => {
            return Some(format!(
                "{who} the optional 'lookback' config as type int, but got: {}).",
                python_type(other)
            ));
        }
        _ => {}
    }
    match config.get("concurrent_batches") {
        Some(other) if !other.is_boolean() => Some(format!(
            "Microbatch model '{}' optional 'concurrent_batches' config must be of type `bool` if specified, but got: {}).",
            node.name,
            python_type(other)
        )),
        _ => None,
    }
}

fn python_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<class 'NoneType'>",
        Value::Bool(_) => "<class 'bool'>",
        Value::Number(number) if number.is_f64() => "<class 'float'>",
        Value::Number(_) => "<class 'int'>",
        Value::String(_) => "<class 'str'>",
        Value::Array(_) => "<class 'list'>",
        Value::Object(_) => "<class 'dict'>",
    }
}
/// A day or moment as Python's `isoformat` writes it; an offset stays.
fn spelled_out(text: &str) -> Option<String> {
    let moment = instant(text)?;
    let text = text.trim();
    let offset = match text.get(10..).and_then(|time| time.rfind(['+', '-', 'Z']).map(|at| &time[at..])) {
        Some("Z") => "+00:00",
        Some(offset) => offset,
        None => "",
    };
    let moment = match chrono::DateTime::parse_from_rfc3339(&text.replacen(' ', "T", 1)) {
        Ok(zoned) => zoned.naive_local(),
        Err(_) if offset.is_empty() => moment.naive_utc(),
        Err(_) => return None,
    };
    let form =
        if moment.and_utc().timestamp_subsec_micros() == 0 { "%Y-%m-%dT%H:%M:%S" } else { "%Y-%m-%dT%H:%M:%S%.6f" };
    Some(format!("{}{offset}", moment.format(form)))
}
