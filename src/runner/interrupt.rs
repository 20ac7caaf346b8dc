//! Ctrl-C: the first one cancels the running statements on the server and lets the command report; the second ends the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

use crate::error::{Error, Result};
use crate::postgres::Server;

/// Exit code of a process that a second Ctrl-C ends, as shells count it.
const INTERRUPTED: i32 = 130;

/// Watches for signals until it is dropped.
pub struct Interrupt {
    handle: Handle,
    watcher: Option<JoinHandle<()>>,
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.handle.close();
        // It holds the server, and whatever ends with the server should do so before the process.
        if let Some(watcher) = self.watcher.take() {
            let _ = watcher.join();
        }
    }
}

/// Sets `cancelled` at the first signal, and cancels what the sessions of `server` are doing.
///
/// A server that takes one session only cannot be cancelled from outside: there the process ends, which its database survives.
///
/// # Errors
///
/// `Internal` when the handler cannot be installed.
pub fn watch(server: &Server, cancelled: &Arc<AtomicBool>) -> Result<Interrupt> {
    let mut signals = Signals::new([SIGINT, SIGTERM])
        .map_err(|cause| Error::internal("could not listen for Ctrl-C").because(cause))?;
    let handle = signals.handle();
    let (server, cancelled) = (server.clone(), Arc::clone(cancelled));
    let watcher = std::thread::spawn(move || {
        for _ in signals.forever() {
            if cancelled.swap(true, Ordering::SeqCst) || server.max_sessions() == Some(1) {
                std::process::exit(INTERRUPTED);
            }
            // A server that cannot be reached now has nothing left to cancel.
            let _ = server.canceller().cancel_all();
        }
    });
    Ok(Interrupt { handle, watcher: Some(watcher) })
}
