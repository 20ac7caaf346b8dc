//! One run at a time for each project and target: an advisory lock on a connection of its own.

use std::time::Duration;

use super::server::Server;
use crate::error::Result;

/// What to do while another run holds the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// Fail at once.
    No,
    /// Fail after this long.
    UpTo(Duration),
}

/// Who holds the lock, as far as the server tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Process id of the session on the server.
    pub pid: i32,
    /// Login role.
    pub user: String,
    /// What the holder said of itself: person, host, process, start.
    pub words: String,
}

/// The lock, held until it is dropped.
pub struct ProjectLock {}

impl ProjectLock {
    /// Takes the lock of `project` and `target`; `on_wait` is told once who holds it, before waiting.
    ///
    /// On a server that takes one session only there is nothing to lock: the first session is the lock.
    ///
    /// # Errors
    ///
    /// `Runtime` when another run holds it for too long.
    pub fn acquire(
        _server: &Server,
        _project: &str,
        _target: &str,
        _wait: Wait,
        _on_wait: &mut dyn FnMut(&Holder),
    ) -> Result<ProjectLock> {
        todo!()
    }
}
