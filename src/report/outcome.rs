//! What became of one executed node, as plain data: the source of run_results.json, `results` in templates and the exit code.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::name::UniqueId;
use crate::window::Window;

/// How a node ended; the words are dbt's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// A model, seed, snapshot, hook or operation was done.
    Success,
    /// It could not be done.
    Error,
    /// A parent failed, or the run stopped before it.
    Skipped,
    /// Some batches of a microbatch model were done, some failed.
    PartialSuccess,
    /// There was nothing to do: exposures.
    NoOp,
    /// A test or a freshness rule holds.
    Pass,
    /// A test found rows.
    Fail,
    /// A test or a freshness rule of severity `warn` does not hold.
    Warn,
    /// The question about freshness could not be asked.
    RuntimeError,
}

impl Status {
    /// dbt's word, as in run_results.json.
    pub fn word(self) -> &'static str {
        match self {
            Status::Success => "success",
            Status::Error => "error",
            Status::Skipped => "skipped",
            Status::PartialSuccess => "partial success",
            Status::NoOp => "no-op",
            Status::Pass => "pass",
            Status::Fail => "fail",
            Status::Warn => "warn",
            Status::RuntimeError => "runtime error",
        }
    }

    /// Whether it makes the command end with exit code 1 and children be skipped.
    pub fn is_failure(self) -> bool {
        match self {
            Status::Error | Status::Fail | Status::RuntimeError | Status::PartialSuccess => true,
            Status::Success | Status::Skipped | Status::NoOp | Status::Pass | Status::Warn => false,
        }
    }
}

/// The step of a node that a `Timing` is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Compile,
    Execute,
}

/// When a step of a node began and ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    pub step: Step,
    pub started_at: DateTime<Utc>,
    pub completed_at: DateTime<Utc>,
}

/// First moment of a batch and the first one after it.
pub type Span = (DateTime<Utc>, DateTime<Utc>);

/// The overloads of a function, each by the file of its body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overloads {
    pub successful: Vec<String>,
    pub failed: Vec<String>,
}

/// The batches of a microbatch model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batches {
    pub successful: Vec<Span>,
    pub failed: Vec<Span>,
}

/// What became of one node.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    pub unique_id: UniqueId,
    pub status: Status,
    pub timing: Vec<Timing>,
    /// `Thread-1 (worker)`, or `main` for hooks.
    pub thread_id: String,
    pub seconds: f64,
    /// `_message`, `code`, `rows_affected`; empty for tests and hooks.
    pub adapter_response: Map<String, Value>,
    /// The command tag, or the whole text of a failure.
    pub message: Option<String>,
    /// Rows that a test found.
    pub failures: Option<i64>,
    /// Whether the node has been rendered; `None` where that has no meaning (seeds).
    pub compiled: Option<bool>,
    pub compiled_code: Option<String>,
    pub relation_name: Option<String>,
    pub batches: Option<Batches>,
    /// The overloads of a function that has some.
    pub overloads: Option<Overloads>,
}

/// The message of nodes that were passed over, or stopped, because of `--fail-fast`.
pub const STOPPED_EARLY: &str = "Skipping due to fail_fast";

impl Outcome {
    /// An outcome without times, response or code, such as that of a skipped node.
    pub fn new(unique_id: UniqueId, status: Status) -> Outcome {
        Outcome {
            unique_id,
            status,
            timing: Vec::new(),
            thread_id: "main".to_owned(),
            seconds: 0.0,
            adapter_response: Map::new(),
            message: None,
            failures: None,
            compiled: None,
            compiled_code: None,
            relation_name: None,
            batches: None,
            overloads: None,
        }
    }

    /// Whether what needs the node is skipped and the command ends with 1: it failed, or an ephemeral parent did.
    pub fn is_lost(&self) -> bool {
        self.status.is_failure() || self.status == Status::Skipped && self.message.is_some()
    }

    /// The entry of `results` in run_results.json.
    pub fn to_json(&self) -> Value {
        let mut json = json!({
            "status": self.status.word(),
            "timing": timing_json(&self.timing),
            "thread_id": self.thread_id,
            "execution_time": self.seconds,
            "adapter_response": self.adapter_response,
            "message": self.message,
            "failures": self.failures,
            "unique_id": self.unique_id.as_str(),
            "compiled": self.compiled,
            "compiled_code": self.compiled_code,
            "relation_name": self.relation_name,
            "batch_results": self.batches.as_ref().map(Batches::to_json),
        });
        // dbt before 1.12 knows no such key, so it is there only where it says something.
        if let Some(overloads) = &self.overloads {
            json["overload_results"] = json!({ "successful": overloads.successful, "failed": overloads.failed });
        }
        json
    }
}

impl Batches {
    /// The batches that `batch_results` of an earlier run states; what cannot be read is left out.
    pub fn from_json(json: &Value) -> Batches {
        let spans = |key: &str| -> Vec<Span> {
            let listed = json[key].as_array().into_iter().flatten().filter_map(Window::from_json);
            listed.map(|window| (window.start, window.end)).collect()
        };
        Batches { successful: spans("successful"), failed: spans("failed") }
    }

    /// `{"successful": [[from, to]..], "failed": [..]}`.
    pub fn to_json(&self) -> Value {
        let spans = |spans: &[Span]| -> Vec<Value> {
            spans.iter().map(|(from, to)| json!([spelled(*from), spelled(*to)])).collect()
        };
        json!({ "successful": spans(&self.successful), "failed": spans(&self.failed) })
    }
}

/// A row of sources.json: how old the newest row of a source is.
#[derive(Debug, Clone, PartialEq)]
pub struct Freshness {
    pub unique_id: UniqueId,
    /// `Pass`, `Warn`, `Error` (too old), or `RuntimeError` (could not be asked).
    pub status: Status,
    pub max_loaded_at: Option<DateTime<Utc>>,
    pub snapshotted_at: Option<DateTime<Utc>>,
    /// Age in seconds.
    pub age: Option<f64>,
    /// `warn_after`, `error_after`, `filter` as configured.
    pub criteria: Value,
    pub adapter_response: Map<String, Value>,
    pub timing: Vec<Timing>,
    pub thread_id: String,
    pub seconds: f64,
    /// Why it could not be asked.
    pub error: Option<String>,
}

impl Freshness {
    /// The entry of `results` in sources.json.
    pub fn to_json(&self) -> Value {
        if self.status == Status::RuntimeError {
            return json!({
                "unique_id": self.unique_id.as_str(),
                "error": self.error,
                "status": self.status.word(),
            });
        }
        json!({
            "unique_id": self.unique_id.as_str(),
            "max_loaded_at": self.max_loaded_at.map(spelled),
            "snapshotted_at": self.snapshotted_at.map(spelled),
            "max_loaded_at_time_ago_in_s": self.age,
            "status": self.status.word(),
            "criteria": self.criteria,
            "adapter_response": self.adapter_response,
            "timing": timing_json(&self.timing),
            "thread_id": self.thread_id,
            "execution_time": self.seconds,
        })
    }
}

/// Steps as run_results.json has them.
fn timing_json(timing: &[Timing]) -> Vec<Value> {
    let entry = |timing: &Timing| {
        let name = match timing.step {
            Step::Compile => "compile",
            Step::Execute => "execute",
        };
        json!({ "name": name, "started_at": instant(timing.started_at), "completed_at": instant(timing.completed_at) })
    };
    timing.iter().map(entry).collect()
}

/// A time from the database as Python's `isoformat` writes it: microseconds only where there are some.
fn spelled(moment: DateTime<Utc>) -> String {
    let form =
        if moment.timestamp_subsec_micros() == 0 { "%Y-%m-%dT%H:%M:%S+00:00" } else { "%Y-%m-%dT%H:%M:%S%.6f+00:00" };
    moment.format(form).to_string()
}

/// A moment as dbt's artifacts write it: UTC, microseconds, `Z`.
pub fn instant(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}
