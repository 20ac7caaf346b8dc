//! The handle through which everyone tells events.

use std::path::Path;
use std::sync::Arc;

use super::event::{Event, Warning};
use crate::error::{Error, Result};
use crate::flag::Flags;

/// A cheap handle to the sinks of this invocation; clones tell to the same ones, from any thread.
#[derive(Clone)]
pub struct Reporter {
    shared: Arc<Shared>,
}

struct Shared {}

impl Reporter {
    /// Tells to the terminal as `flags` say; the log file is opened later by `log_to`.
    pub fn new(_flags: &Flags) -> Reporter {
        todo!()
    }

    /// Tells nobody; for tests and for rendering outside a run.
    pub fn silent() -> Reporter {
        todo!()
    }

    /// The id of this invocation, as logs, artifacts and `invocation_id` in templates have it.
    pub fn invocation_id(&self) -> &str {
        todo!()
    }

    /// When this invocation began.
    pub fn started_at(&self) -> chrono::DateTime<chrono::Utc> {
        todo!()
    }

    /// From here on writes `dbt.log` in `directory`, with what was told before.
    ///
    /// # Errors
    ///
    /// `Io` when the file cannot be opened.
    pub fn log_to(&self, _directory: &Path) -> Result<()> {
        todo!()
    }

    /// Tells `event` to every sink whose level it has.
    pub fn tell(&self, _event: Event) {
        todo!()
    }

    /// Tells a warning, unless it is silenced.
    ///
    /// # Errors
    ///
    /// The warning itself, when `--warn-error` or `--warn-error-options` makes it one.
    pub fn warn(&self, _warning: Warning) -> Result<()> {
        todo!()
    }

    /// Whether a warning called `name` is an error in this invocation, as for tests that warn.
    pub fn is_promoted(&self, _name: &str) -> bool {
        todo!()
    }

    /// `text` without the values of secret variables.
    pub fn scrub(&self, _text: &str) -> String {
        todo!()
    }

    /// Makes every sink drop `secret` from what it tells: passwords of profiles, values of `DBT_ENV_SECRET_*`.
    pub fn hide(&self, _secret: &str) {
        todo!()
    }

    /// Tells the error that ended the command.
    pub fn fail(&self, error: Error) {
        self.tell(Event::Error(Arc::new(error)));
    }
}
