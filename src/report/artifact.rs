//! The files that a run leaves for others: `run_results.json` and `sources.json`, and how artifacts are written.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::DBT_VERSION;
use super::event::Event;
use super::outcome::{Freshness, Outcome, instant};
use super::reporter::Reporter;
use crate::error::{Error, Result};
use crate::flag::Flags;

/// The `metadata` of an artifact whose schema is `schema`, such as `run-results/v6`.
pub fn metadata(schema: &str, reporter: &Reporter) -> Value {
    json!({
        "dbt_schema_version": format!("https://schemas.getdbt.com/dbt/{schema}.json"),
        "dbt_version": DBT_VERSION,
        "generated_at": instant(chrono::Utc::now()),
        "invocation_id": reporter.invocation_id(),
        "invocation_started_at": instant(reporter.started_at()),
        "env": custom_env(),
    })
}

/// The variables `DBT_ENV_CUSTOM_ENV_..` without that prefix, which artifacts and templates state.
pub fn custom_env() -> Map<String, Value> {
    let own = |(name, value): (OsString, OsString)| {
        Some((name.to_str()?.strip_prefix("DBT_ENV_CUSTOM_ENV_")?.to_owned(), json!(value.to_string_lossy())))
    };
    std::env::vars_os().filter_map(own).collect()
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
    let document = run_results(outcomes, seconds, flags, metadata("run-results/v6", reporter));
    write(&target.join("run_results.json"), &document.to_string(), reporter)?;
    wrote("RunExecutionResult", &target.join("run_results.json"), reporter);
    Ok(())
}

fn run_results(outcomes: &[Outcome], seconds: f64, flags: &Flags, metadata: Value) -> Value {
    json!({
        "metadata": metadata,
        "results": outcomes.iter().map(Outcome::to_json).collect::<Vec<_>>(),
        "elapsed_time": seconds,
        "args": flags.args(),
    })
}

/// Writes `sources.json` at `path`, whole or not at all.
///
/// # Errors
///
/// `Io` when the file cannot be written.
pub fn write_sources(path: &Path, results: &[Freshness], seconds: f64, reporter: &Reporter) -> Result<()> {
    let document = json!({
        "metadata": metadata("sources/v3", reporter),
        "results": results.iter().map(Freshness::to_json).collect::<Vec<_>>(),
        "elapsed_time": seconds,
    });
    write(path, &document.to_string(), reporter)?;
    wrote("FreshnessExecutionResultArtifact", path, reporter);
    Ok(())
}

fn wrote(what: &'static str, path: &Path, reporter: &Reporter) {
    reporter.tell(Event::Wrote { what, path: path.display().to_string() });
}

/// Writes `text`, scrubbed, aside and puts it in the place of `path`, so that a reader sees the old file or the new one.
///
/// # Errors
///
/// `Io` when the file cannot be written.
pub fn write(path: &Path, text: &str, reporter: &Reporter) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|cause| Error::io("create", folder, cause))?;
    }
    let aside = aside(path);
    std::fs::write(&aside, reporter.scrub(text).as_bytes()).map_err(|cause| Error::io("write", &aside, cause))?;
    std::fs::rename(&aside, path).map_err(|cause| Error::io("write", path, cause))
}

/// A name beside `path` that no other process uses.
fn aside(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!(".{name}.{}", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::UniqueId;
    use crate::report::outcome::{Status, Step, Timing};
    use chrono::TimeZone;

    #[test]
    fn run_results_have_the_keys_of_version_6_in_order() {
        let moment = chrono::Utc.with_ymd_and_hms(2026, 11, 21, 10, 14, 45).unwrap();
        let mut outcome = Outcome::new(UniqueId::new("model.shop.v"), Status::Success);
        outcome.timing = vec![Timing { step: Step::Execute, started_at: moment, completed_at: moment }];
        outcome.message = Some("CREATE VIEW".to_owned());
        outcome.compiled = Some(true);
        let document = run_results(&[outcome], 0.25, &Flags::default(), json!({}));
        let result = &document["results"][0];
        insta::assert_snapshot!(result.to_string(), @r#"{"status":"success","timing":[{"name":"execute","started_at":"2026-11-21T10:14:45.000000Z","completed_at":"2026-11-21T10:14:45.000000Z"}],"thread_id":"main","execution_time":0.0,"adapter_response":{},"message":"CREATE VIEW","failures":null,"unique_id":"model.shop.v","compiled":true,"compiled_code":null,"relation_name":null,"batch_results":null}"#);
        assert_eq!(document["args"]["which"], "build");
        assert_eq!(document["args"]["select"], json!([]));
    }

    #[test]
    fn an_artifact_replaces_the_old_one_and_leaves_nothing_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("a.json");
        let reporter = Reporter::silent();
        write(&path, "{}", &reporter).unwrap();
        write(&path, "[]", &reporter).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "[]");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
