//! Stopping what the sessions of this process are doing, from another thread.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::server::Server;
use super::statement::Statement;
use crate::error::Result;

/// The sessions that are open, by a number of our own, with the process id of the server's side.
#[derive(Default)]
pub(super) struct Live {
    pids: Mutex<BTreeMap<u64, i32>>,
    next: AtomicU64,
    is_cancelled: AtomicBool,
}

impl Live {
    /// Adds a session and gives back its number.
    pub(super) fn add(&self, pid: i32) -> u64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.pids().insert(number, pid);
        number
    }

    /// Removes a session by its number.
    pub(super) fn remove(&self, number: u64) {
        self.pids().remove(&number);
    }

    /// Whether the user asked to stop.
    pub(super) fn is_cancelled(&self) -> bool {
        self.is_cancelled.load(Ordering::Relaxed)
    }

    fn pids(&self) -> MutexGuard<'_, BTreeMap<u64, i32>> {
        self.pids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

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
    /// From then on a statement that the server cancelled is an error of the kind `Cancelled`. Does nothing more on a server that
    /// takes one session only.
    ///
    /// # Errors
    ///
    /// `Connection` when no connection could be opened for it.
    pub fn cancel_all(&self) -> Result<usize> {
        let live = self.server.live();
        live.is_cancelled.store(true, Ordering::Relaxed);
        let pids: Vec<String> = live.pids().values().map(i32::to_string).collect();
        if pids.is_empty() || self.server.max_sessions() == Some(1) {
            return Ok(0);
        }
        let sql = format!("select pg_cancel_backend(pid) from unnest(array[{}]) as pid", pids.join(", "));
        self.server.session()?.execute(Statement::new(sql))?;
        Ok(pids.len())
    }
}
