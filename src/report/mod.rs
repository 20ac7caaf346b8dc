//! What a command tells, as plain data, and who tells it: terminal, progress, JSON lines, log file, artifacts.
//!
//! Nothing else writes to stdout or stderr. Whatever is told passes one scrubber of secrets.

pub mod artifact;
mod batch_line;
mod check_line;
mod debug_line;
mod deprecation;
mod docs;
mod ending;
mod event;
mod event_name;
pub mod excerpt;
mod line;
mod log_file;
mod node_info;
mod node_line;
mod outcome;
mod payload;
mod progress;
mod reporter;
mod resources;
mod secret;
mod settings;
mod shape;
mod terminal;
mod trace;

pub use batch_line::{BatchTurn, PartKind};
pub use event::{
    CheckEvent, CleanEvent, DebugEvent, DepsEvent, DocsEvent, Event, Facts, Found, Payload, Preview, Problem, Summary,
    Totals, Turn, Warning, warning,
};
pub use event_name::{closest_event_name, is_event_name};
pub use outcome::{Batches, Freshness, Outcome, Overloads, STOPPED_EARLY, Status, Step, Timing, instant};
pub use reporter::Reporter;
pub use terminal::{answer, complain};

/// The version of dbt whose behaviour kiln has; templates and artifacts say it, since packages test for it.
pub const DBT_VERSION: &str = "1.11.16";
