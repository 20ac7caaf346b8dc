//! Locks on live names: waited for in short windows, so that readers behind us do not wait, and nobody runs into a deadlock.

use std::time::Duration;

use super::super::refusal::has_code;
use super::super::session::Session;
use crate::error::{Error, Result};

/// Shorter than Postgres' default `deadlock_timeout` of a second: we step back before the server has to choose a victim.
const WINDOW: &str = "700ms";
/// Windows before we queue up like everybody else.
const PATIENCE: u32 = 30;

/// Marks a place to come back to; travels with the next statement.
pub(super) fn mark(session: &mut Session, name: &str) -> Result<()> {
    session.run_own(format!("savepoint {name}"))
}

/// Back to the mark, which stays; locks taken since are given back.
pub(super) fn back_to(session: &mut Session, name: &str) -> Result<()> {
    session.run_own(format!("rollback to savepoint {name}"))
}

/// Forgets the mark and keeps what was done since; travels with the next statement.
pub(super) fn unmark(session: &mut Session, name: &str) -> Result<()> {
    session.run_own(format!("release savepoint {name}"))
}

/// What `act` gives, which is called again and again while somebody else holds a lock that it needs, or while it gives none because
/// what it looked at has changed under its hands.
///
/// `act` flushes whatever may wait for a lock. After an error the transaction is as before the call.
pub(super) fn patiently<T>(session: &mut Session, mut act: impl FnMut(&mut Session) -> Result<Option<T>>) -> Result<T> {
    const MARK: &str = "kiln_publish";
    if !session.is_in_transaction() {
        session.begin()?;
    }
    mark(session, MARK)?;
    let mut tries = 0;
    loop {
        let is_short = tries < PATIENCE;
        let outcome = open_window(session, is_short).and_then(|()| act(session));
        match outcome {
            Ok(Some(done)) => {
                close_window(session, is_short)?;
                unmark(session, MARK)?;
                return Ok(done);
            }
            Ok(None) => tracing::debug!("looking again: somebody else changed what stands there"),
            Err(error) if session.is_broken() => return Err(error),
            Err(error) if is_short && is_work_of_another(&error) => tracing::debug!("waiting for a lock: {error}"),
            Err(error) => {
                back_to(session, MARK)?;
                unmark(session, MARK)?;
                return Err(error);
            }
        }
        back_to(session, MARK)?;
        session.flush()?;
        tries += 1;
        std::thread::sleep(Duration::from_millis(u64::from(tries.min(10)) * 30));
    }
}

/// Whether the error comes from somebody else's locks, or from changes that they made while we looked.
pub(super) fn is_work_of_another(error: &Error) -> bool {
    let moved = ["could not open relation with OID", "cache lookup failed", "tuple concurrently"];
    has_code(error, &["55P03", "40P01"])
        || has_code(error, &["XX000"]) && moved.iter().any(|start| error.message().starts_with(start))
}

fn open_window(session: &mut Session, is_short: bool) -> Result<()> {
    if is_short {
        // A setting of our own remembers the user's one without a round trip.
        session.run_own("select set_config('kiln.lock_timeout', current_setting('lock_timeout'), true)")?;
        session.run_own(format!("set local lock_timeout = '{WINDOW}'"))?;
    }
    Ok(())
}

fn close_window(session: &mut Session, is_short: bool) -> Result<()> {
    if is_short {
        session.run_own("select set_config('lock_timeout', current_setting('kiln.lock_timeout'), true)")?;
    }
    Ok(())
}
