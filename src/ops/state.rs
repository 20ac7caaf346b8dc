//! The artifacts of an earlier run that a command compares with (`--state`) or defers to (`--defer-state`).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use crate::error::{Error, Result};
use crate::flag::Flags;
use crate::manifest::{Deferral, Manifest, State};
use crate::name::UniqueId;
use crate::report::{Reporter, Warning};

/// Commands that compare with the state, or list what it says, but never resolve a `ref`.
const NEVER_DEFER: [&str; 4] = ["list", "parse", "run-operation", "freshness"];

/// Artifacts that are being read, beside everything else.
pub struct Reading {
    compared: Option<JoinHandle<Result<State>>>,
    deferred: Option<JoinHandle<Result<State>>>,
}

impl Reading {
    /// Begins to read the folders that `flags` name.
    pub fn begin(flags: &Flags) -> Reading {
        let read = |folder: &Option<PathBuf>| {
            let folder = folder.clone()?;
            Some(std::thread::spawn(move || State::load(&folder)))
        };
        Reading { compared: read(&flags.state), deferred: read(&flags.defer_state) }
    }
}

fn joined(reading: Option<JoinHandle<Result<State>>>) -> Result<Option<State>> {
    let lost = |_| Err(Error::internal("the thread that reads the state is gone"));
    reading.map(|handle| handle.join().unwrap_or_else(lost)).transpose()
}

/// The states of an invocation.
#[derive(Debug, Default)]
pub struct States {
    /// That of `--state`.
    pub compared: Option<State>,
    /// That of `--defer-state`.
    deferred: Option<State>,
    is_active: bool,
    is_favored: bool,
}

impl States {
    /// Waits for what is being read, which must come before this invocation writes its own artifacts into `target`.
    ///
    /// # Errors
    ///
    /// `Runtime` when `--defer` has nothing to defer to, `Io` or `Parsing` for files that cannot be read.
    pub fn load(reading: Reading, flags: &Flags, target: &Path, reporter: &Reporter) -> Result<States> {
        let states = States {
            compared: joined(reading.compared)?,
            deferred: joined(reading.deferred)?,
            is_active: flags.defer,
            is_favored: flags.favor_state,
        };
        if states.compared.as_ref().is_some_and(|state| is_same(&state.folder, target)) {
            reporter.warn(same_folders(target))?;
        }
        if (flags.defer || flags.which == "clone") && !NEVER_DEFER.contains(&flags.which.as_str()) {
            states.check()?;
        }
        Ok(states)
    }

    /// That with the manifest to defer to: of `--defer-state`, else of `--state`.
    fn to_defer_to(&self) -> Option<&State> {
        self.deferred.as_ref().or(self.compared.as_ref())
    }

    fn check(&self) -> Result<()> {
        let Some(state) = self.to_defer_to() else {
            let message = "`--state` or `--defer-state` is needed for deferral, but neither was given";
            return Err(
                Error::runtime(message).hint("name the folder that holds the other environment's manifest.json")
            );
        };
        if state.manifest.is_none() {
            let option = if self.deferred.is_some() { "--defer-state" } else { "--state" };
            let message =
                format!("there is no manifest.json in the folder of `{option}`: `{}`", state.folder.display());
            return Err(Error::runtime(message));
        }
        Ok(())
    }

    /// The relations of the other environment; none when nothing is to be deferred.
    pub fn deferral(&self, which: &str, manifest: &Manifest, selected: &BTreeSet<UniqueId>) -> Option<Deferral> {
        if !self.is_active && which != "clone" || NEVER_DEFER.contains(&which) {
            return None;
        }
        let previous = self.to_defer_to()?.manifest.as_ref()?;
        let mut deferral = Deferral::new(manifest, previous, selected);
        deferral.is_active = self.is_active;
        deferral.is_favored = self.is_favored;
        Some(deferral)
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    real(one).is_some() && real(one) == real(other)
}

fn same_folders(target: &Path) -> Warning {
    // As the user would write it, where the folder lies below the present one.
    let here = std::env::current_dir().ok();
    let target = here.as_deref().and_then(|here| target.strip_prefix(here).ok()).unwrap_or(target);
    let text = format!(
        "The state and target directories are the same: '{}'. This could lead to missing changes due to overwritten state \
         including non-idempotent retries.",
        target.display()
    );
    Warning::new("WarnStateTargetEqual", text)
}
