//! The files that a run leaves for others: `run_results.json` and `sources.json`, and how artifacts are written.

use std::path::Path;

use serde_json::Value;

use super::outcome::{Freshness, Outcome};
use super::reporter::Reporter;
use crate::error::Result;
use crate::flag::Flags;

/// The `metadata` of an artifact whose schema is `schema`, such as `run-results/v6`.
pub fn metadata(schema: &str, reporter: &Reporter) -> Value {
    let _ = (schema, reporter);
    todo!()
}

/// Writes `run_results.json` into `target`, whole or not at all.
///
/// # Errors
///
/// `Io` when the folder cannot be written.
pub fn write_run_results(
    target: &Path,
    outcomes: &[Outcome],
    seconds: f64,
    flags: &Flags,
    reporter: &Reporter,
) -> Result<()> {
    let _ = (target, outcomes, seconds, flags, reporter);
    todo!()
}

/// Writes `sources.json` at `path`, whole or not at all.
///
/// # Errors
///
/// `Io` when the file cannot be written.
pub fn write_sources(path: &Path, results: &[Freshness], seconds: f64, reporter: &Reporter) -> Result<()> {
    let _ = (path, results, seconds, reporter);
    todo!()
}

/// Writes `text` aside and puts it in the place of `path`, so that a reader sees the old file or the new one.
///
/// # Errors
///
/// `Io` when the file cannot be written.
pub fn write(path: &Path, text: &str, reporter: &Reporter) -> Result<()> {
    let _ = (path, text, reporter);
    todo!()
}
