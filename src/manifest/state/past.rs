//! What selection asks of earlier runs: `state:`, `result:` and `source_status:`.

use std::cell::{Cell, OnceCell};
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::manifest::node::Manifest;
use crate::name::UniqueId;

use super::changes::{Change, Changes, Strictness};
use super::{State, sources};

/// An earlier run beside the manifest of this one; what is asked for is compared once.
pub struct Past<'a> {
    manifest: &'a Manifest,
    state: Option<&'a State>,
    strictness: Strictness,
    /// `sources.json` of this project.
    current_sources: PathBuf,
    changes: OnceCell<Changes>,
    fresher: OnceCell<Vec<String>>,
    /// Whether a word was asked for to which contracts matter.
    asks_for_contracts: Cell<bool>,
}

/// Those of [`STATE_WORDS`] that are told when a contract is broken.
const CONTRACT_WORDS: [&str; 3] = ["modified", "unmodified", "modified.contract"];

/// The words behind `state:`.
pub const STATE_WORDS: [&str; 10] = [
    "new",
    "old",
    "modified",
    "unmodified",
    "modified.body",
    "modified.configs",
    "modified.persisted_descriptions",
    "modified.relation",
    "modified.macros",
    "modified.contract",
];

impl<'a> Past<'a> {
    /// The past of `manifest`, which is that in `state`.
    pub fn new(
        manifest: &'a Manifest,
        state: Option<&'a State>,
        strictness: Strictness,
        current_sources: PathBuf,
    ) -> Past<'a> {
        let (changes, fresher) = (OnceCell::new(), OnceCell::new());
        Past { manifest, state, strictness, current_sources, changes, fresher, asks_for_contracts: Cell::default() }
    }

    /// Whether `id` differs from its earlier form as `word`, one of [`STATE_WORDS`], says.
    ///
    /// # Errors
    ///
    /// `Runtime` without a manifest to compare with, `Compilation` for a broken contract.
    pub fn is_in_state(&self, id: &UniqueId, word: &str) -> Result<bool> {
        let changes = self.changes()?;
        if CONTRACT_WORDS.contains(&word) {
            self.asks_for_contracts.set(true);
            changes.broken.take().map_or(Ok(()), Err)?;
        }
        let of = changes.of(id);
        let is_modified = || is_modified(id, of);
        Ok(match word {
            "new" => of.contains(&Change::New),
            "old" => !of.contains(&Change::New),
            "modified" => is_modified(),
            "unmodified" => !is_modified(),
            "modified.body" => of.contains(&Change::Body) || of.contains(&Change::TestText),
            "modified.configs" => of.contains(&Change::Configs),
            "modified.persisted_descriptions" => of.contains(&Change::PersistedDescriptions),
            "modified.relation" => of.contains(&Change::Relation),
            "modified.macros" => of.contains(&Change::Macros),
            "modified.contract" => of.contains(&Change::Contract),
            _ => false,
        })
    }

    /// Whether `id` ended with `status` then.
    ///
    /// # Errors
    ///
    /// `Runtime` without results to look into.
    pub fn has_result(&self, id: &UniqueId, status: &str) -> Result<bool> {
        let results = self.state.and_then(|state| state.results.as_ref());
        let results = results.ok_or_else(|| self.missing("result", "run_results.json"))?;
        Ok(results.get(id.as_str()).is_some_and(|ended| ended == status))
    }

    /// Whether the source `id` has rows now that are newer than all it had then.
    ///
    /// # Errors
    ///
    /// `Runtime` without the times of both.
    pub fn is_fresher(&self, id: &UniqueId) -> Result<bool> {
        if self.fresher.get().is_none() {
            let found = self.find_fresher()?;
            self.fresher.get_or_init(|| found);
        }
        Ok(self.fresher.get().is_some_and(|found| found.iter().any(|known| known == id.as_str())))
    }

    /// What comparing has found that should be told, by name and text.
    pub fn warnings(&self) -> impl Iterator<Item = &(&'static str, String)> {
        let changes = self.changes.get();
        let asked = changes.filter(|_| self.asks_for_contracts.get());
        changes
            .into_iter()
            .flat_map(|changes| &changes.warnings)
            .chain(asked.into_iter().flat_map(|it| &it.contract_warnings))
    }

    fn changes(&self) -> Result<&Changes> {
        if let Some(changes) = self.changes.get() {
            return Ok(changes);
        }
        let previous = self.state.and_then(|state| state.manifest.as_ref());
        let previous = previous.ok_or_else(|| self.missing("state", "manifest.json"))?;
        let changes = Changes::between(previous, self.manifest, self.strictness);
        Ok(self.changes.get_or_init(|| changes))
    }

    fn find_fresher(&self) -> Result<Vec<String>> {
        let then = self.state.and_then(|state| state.sources.as_ref());
        let then = then.ok_or_else(|| self.missing("source_status", "sources.json"))?;
        let Some(now) = sources(&self.current_sources)? else {
            let message =
                format!("`source_status:` needs the times of now: there is no `{}`", self.current_sources.display());
            return Err(Error::runtime(message).hint("run `source freshness` first"));
        };
        Ok(now.into_iter().filter(|(id, time)| is_newer(id, time.as_deref(), then)).map(|(id, _)| id).collect())
    }

    fn missing(&self, method: &str, file: &str) -> Error {
        let message = match self.state {
            None => format!(
                "`{method}:` compares with an earlier run, and needs `--state` with the folder of its artifacts"
            ),
            Some(state) => format!("`{method}:` needs `{file}`, which is not in `{}`", state.folder.display()),
        };
        Error::runtime(message)
    }
}

/// What others fill, or what stands on the models, is no change of them when it is new.
const UNCHANGED_WHEN_NEW: [&str; 5] = ["source", "exposure", "metric", "semantic_model", "saved_query"];

fn is_modified(id: &UniqueId, changes: &BTreeSet<Change>) -> bool {
    let is_new = changes.contains(&Change::New);
    changes.iter().any(|change| *change != Change::TestText)
        && !(is_new && UNCHANGED_WHEN_NEW.contains(&id.resource_type()))
}

/// A source that could be asked both times, and then had nothing as new; or that was not asked then.
fn is_newer(id: &str, now: Option<&str>, then: &HashMap<String, Option<String>>) -> bool {
    let Some(now) = now else { return false };
    match then.get(id) {
        None => true,
        Some(None) => false,
        Some(Some(then)) => {
            let moment = |text: &str| chrono::DateTime::parse_from_rfc3339(text).ok();
            match (moment(now), moment(then)) {
                (Some(now), Some(then)) => now > then,
                (Some(_), None) | (None, Some(_)) | (None, None) => now > then.as_str(),
            }
        }
    }
}
