//! Stopping what the sessions of this process are doing, from another thread.

use super::server::Server;
use crate::error::Result;

/// The sessions that are open.
#[derive(Default)]
pub(super) struct Live {}

/// Stops statements from any thread; cheap to clone.
#[derive(Clone)]
pub struct Canceller {
    server: Server,
}

impl Canceller {
    pub(super) fn new(server: Server) -> Canceller {
        Canceller { server }
    }

    /// Asks the server to cancel the running statement of every session of this process, and gives back how many it asked for.
    ///
    /// Does nothing on a server that takes one session only.
    ///
    /// # Errors
    ///
    /// `Connection` when no connection could be opened for it.
    pub fn cancel_all(&self) -> Result<usize> {
        todo!()
    }
}
