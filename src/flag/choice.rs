//! The closed choices among the settings, with the words that a user writes for them.

use serde_json::{Value, json};

/// How loud a sink is: events below this level are not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Everything, every statement sent included.
    Debug,
    /// What a user watches.
    Info,
    /// Warnings and errors.
    Warn,
    /// Errors alone.
    Error,
    /// Nothing.
    None,
}

impl Level {
    /// The level called `word` on the command line.
    pub fn from_word(word: &str) -> Option<Level> {
        match word {
            "debug" => Some(Level::Debug),
            "info" => Some(Level::Info),
            "warn" => Some(Level::Warn),
            "error" => Some(Level::Error),
            "none" | "off" => Some(Level::None),
            _ => None,
        }
    }

    /// The word that a user writes for it, which is also the one in JSON lines.
    pub fn word(self) -> &'static str {
        match self {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
            Level::None => "none",
        }
    }
}

/// The shape of a told line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// `HH:MM:SS  message` on a console.
    Text,
    /// With microseconds, level and thread.
    Debug,
    /// One JSON object for each event.
    Json,
    /// One record of OpenTelemetry for each event, which dbt 1.12 asks of a program that parses for it.
    Otel,
    /// `Text` on the console, `Debug` in the file.
    Default,
}

impl LogFormat {
    /// The format called `word` on the command line.
    pub fn from_word(word: &str) -> Option<LogFormat> {
        match word {
            "text" => Some(LogFormat::Text),
            "debug" => Some(LogFormat::Debug),
            "json" => Some(LogFormat::Json),
            "otel" => Some(LogFormat::Otel),
            "default" => Some(LogFormat::Default),
            _ => None,
        }
    }

    /// The word that a user writes for it.
    pub fn word(self) -> &'static str {
        match self {
            LogFormat::Text => "text",
            LogFormat::Debug => "debug",
            LogFormat::Json => "json",
            LogFormat::Otel => "otel",
            LogFormat::Default => "default",
        }
    }
}

/// Which tests come along with selected nodes (reference 3.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndirectSelection {
    /// Every test that touches a selected node.
    Eager,
    /// Tests all of whose parents are selected.
    Cautious,
    /// Tests whose parents are selected or are ancestors of selected nodes.
    Buildable,
    /// No test, unless selected itself.
    Empty,
}

impl IndirectSelection {
    /// The mode called `word` on the command line.
    pub fn from_word(word: &str) -> Option<IndirectSelection> {
        match word {
            "eager" => Some(IndirectSelection::Eager),
            "cautious" => Some(IndirectSelection::Cautious),
            "buildable" => Some(IndirectSelection::Buildable),
            "empty" => Some(IndirectSelection::Empty),
            _ => None,
        }
    }

    /// The word that a user writes for it.
    pub fn word(self) -> &'static str {
        match self {
            IndirectSelection::Eager => "eager",
            IndirectSelection::Cautious => "cautious",
            IndirectSelection::Buildable => "buildable",
            IndirectSelection::Empty => "empty",
        }
    }
}

/// Which warnings are errors, which are silent; names are event names such as `NoNodesForSelectionCriteria`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WarnErrors {
    /// Every warning that `warn` and `silence` do not name is an error.
    pub all: bool,
    /// These are errors.
    pub error: Vec<String>,
    /// These stay warnings although `all` holds.
    pub warn: Vec<String>,
    /// These are not told at all.
    pub silence: Vec<String>,
}

impl WarnErrors {
    /// The mapping that dbt prints for it.
    pub fn to_json(&self) -> Value {
        let error = if self.all { json!("all") } else { json!(self.error) };
        json!({ "error": error, "warn": self.warn, "silence": self.silence })
    }
}

/// How long a command waits for the lock of a run of the same project and target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// At most this long.
    AtMost(std::time::Duration),
    /// Not at all: another run is an error.
    Not,
}
