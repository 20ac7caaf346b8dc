//! Artifacts of an earlier run, written by kiln or by dbt: its manifest, its results, and how old its sources were.

mod changes;
mod contract;
mod defer;
mod past;
mod previous;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, Result};

pub use changes::Strictness;
pub use defer::Deferral;
pub use past::{Past, STATE_WORDS};
pub use previous::{Previous, PreviousNode};

/// What a folder of artifacts holds; a file that is not there is none.
#[derive(Debug, Default)]
pub struct State {
    /// The folder.
    pub folder: PathBuf,
    /// `manifest.json`.
    pub manifest: Option<Previous>,
    /// `run_results.json`: the status of each node.
    pub results: Option<HashMap<String, String>>,
    /// `sources.json`: the newest row of each source, as written; none where it could not be asked.
    pub sources: Option<HashMap<String, Option<String>>>,
}

impl State {
    /// Reads the artifacts of `folder`.
    ///
    /// # Errors
    ///
    /// `Io` when a file cannot be read, `Parsing` when it is no such artifact.
    pub fn load(folder: &Path) -> Result<State> {
        Ok(State {
            folder: folder.to_owned(),
            manifest: read(&folder.join("manifest.json"))?,
            results: read::<Results>(&folder.join("run_results.json"))?.map(|file| file.statuses()),
            sources: sources(&folder.join("sources.json"))?,
        })
    }
}

/// When the sources of a `sources.json` were loaded last; none when there is no such file.
///
/// # Errors
///
/// As [`State::load`].
pub fn sources(path: &Path) -> Result<Option<HashMap<String, Option<String>>>> {
    Ok(read::<Sources>(path)?.map(|file| file.times()))
}

/// What the JSON file at `path` holds; none when there is no file.
fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<Option<T>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(Error::io("read", path, cause)),
    };
    let wrong = |cause| Error::parsing(format!("`{}` is no artifact of dbt or kiln", path.display())).because(cause);
    serde_json::from_slice(&bytes).map(Some).map_err(wrong)
}

#[derive(Deserialize)]
struct Results {
    results: Vec<NodeResult>,
}

#[derive(Deserialize)]
struct NodeResult {
    unique_id: String,
    status: String,
}

impl Results {
    fn statuses(self) -> HashMap<String, String> {
        self.results.into_iter().map(|result| (result.unique_id, result.status)).collect()
    }
}

#[derive(Deserialize)]
struct Sources {
    results: Vec<SourceResult>,
}

#[derive(Deserialize)]
struct SourceResult {
    unique_id: String,
    max_loaded_at: Option<String>,
}

impl Sources {
    fn times(self) -> HashMap<String, Option<String>> {
        self.results.into_iter().map(|result| (result.unique_id, result.max_loaded_at)).collect()
    }
}

#[cfg(test)]
mod tests;
