//! `retry`: what failed or was skipped in the run before is done again, with the same command and settings.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::flag::{Flags, Retried};
use crate::project;
use crate::report::{Reporter, Warning};

use super::invocation::target_folder;
use super::opening::options;
use super::{Ended, Ending, alone};

/// Words of `run_results.json` for what did not succeed.
const RETRYABLE: [&str; 5] = ["error", "fail", "skipped", "runtime error", "partial success"];

/// Does the last command again for what did not succeed in it.
///
/// # Errors
///
/// `Runtime` when there was no such command, and all errors of the command itself.
pub fn retry(flags: Flags, reporter: &Reporter) -> Ended {
    let folder = match &flags.state {
        Some(folder) => folder.clone(),
        None => own_target(&flags)?,
    };
    let (args, mut retried) = last_run(&folder, flags.warn_error).map_err(alone)?;
    let mut flags = flags.again(&args);
    if retried.ids.is_empty() {
        reporter.warn(Warning::nothing_to_do()).map_err(alone)?;
        return Ok(Ending::Success);
    }
    let which = flags.which.clone();
    if which == "run-operation" {
        return super::run_operation(flags, reporter);
    }
    retried.ids.sort();
    flags.retried = Some(retried);
    match which.as_str() {
        "build" | "run" | "test" | "seed" | "snapshot" => super::build(flags, reporter),
        "compile" => super::compile(flags, reporter),
        other => {
            let message = format!("the last command was `{other}`, which cannot be retried");
            Err(alone(Error::runtime(message).hint("run it again instead")))
        }
    }
}

fn own_target(flags: &Flags) -> std::result::Result<PathBuf, Vec<Error>> {
    let (project, _) = project::read(&options(flags))?;
    Ok(target_folder(&project.root.dir, &project.root.settings, flags).0)
}

/// The settings of the run whose results lie in `folder`, and what did not succeed in it.
fn last_run(folder: &Path, has_warnings: bool) -> Result<(Map<String, Value>, Retried)> {
    let path = folder.join("run_results.json");
    if !path.exists() {
        let message = format!("there is no earlier run in `{}`: it holds no run_results.json", folder.display());
        return Err(Error::runtime(message));
    }
    let text = std::fs::read(&path).map_err(|cause| Error::io("read", &path, cause))?;
    let wrong = |cause| Error::parsing(format!("`{}` is no run_results.json", path.display())).because(cause);
    let document: Value = serde_json::from_slice(&text).map_err(wrong)?;
    let args = document["args"].as_object().cloned().unwrap_or_default();
    let is_operation = args.get("which").and_then(Value::as_str) == Some("run-operation");
    let mut retried = Retried {
        started_at: document["metadata"]["invocation_started_at"].as_str().map(str::to_owned),
        ..Retried::default()
    };
    for result in document["results"].as_array().into_iter().flatten() {
        let (Some(id), Some(status)) = (result["unique_id"].as_str(), result["status"].as_str()) else { continue };
        let is_wanted = RETRYABLE.contains(&status) || has_warnings && status == "warn";
        if !is_wanted || id.starts_with("operation.") && !is_operation {
            continue;
        }
        retried.ids.push(id.to_owned());
        if has_some(&result["batch_results"]["successful"]) && has_some(&result["batch_results"]["failed"]) {
            retried.batches.insert(id.to_owned(), result["batch_results"].clone());
        }
    }
    Ok((args, retried))
}

fn has_some(list: &Value) -> bool {
    list.as_array().is_some_and(|items| !items.is_empty())
}
