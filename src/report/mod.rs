//! What a command tells, as plain data, and who tells it: terminal, progress, JSON lines, log file, artifacts.
//!
//! Nothing else writes to stdout or stderr. Whatever is told passes one scrubber of secrets.

pub mod artifact;
mod event;
pub mod excerpt;
mod outcome;
mod reporter;

pub use event::{Batch, Event, Facts, Found, Payload, Preview, Problem, Summary, Totals, Turn, Warning, warning};
pub use outcome::{Batches, Freshness, Outcome, Span, Status, Step, Timing, instant};
pub use reporter::Reporter;

/// The version of dbt whose behaviour kiln has; templates and artifacts say it, since packages test for it.
pub const DBT_VERSION: &str = "1.11.16";
