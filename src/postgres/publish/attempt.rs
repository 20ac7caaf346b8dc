//! Locks on live names: waited for in short windows, so that readers behind us do not wait, and nobody runs into a deadlock.

use std::time::Duration;

use super::super::refusal::has_code;
use super::super::session::Session;
use super::super::statement::Statement;
use crate::error::{Error, Result};

/// Shorter than Postgres' default `deadlock_timeout` of a second: we step back before the server has to choose a victim.
const WINDOW: &str = "700ms";
/// Windows before we queue up like everybody else.
const PATIENCE: u32 = 30;

const SAVEPOINT: &str = "kiln_publish";

/// Marks the place to come back to; travels with the next statement.
pub(super) fn mark(session: &mut Session) -> Result<()> {
    session.run(Statement::new(format!("savepoint {SAVEPOINT}")))
}

/// Back to the mark, which stays; locks taken since are given back.
pub(super) fn back_to_mark(session: &mut Session) -> Result<()> {
    session.run(Statement::new(format!("rollback to savepoint {SAVEPOINT}")))
}

/// Forgets the mark and keeps what was done since; travels with the next statement.
pub(super) fn unmark(session: &mut Session) -> Result<()> {
    session.run(Statement::new(format!("release savepoint {SAVEPOINT}")))
}

/// Sends `statements` after the mark, again and again while somebody else holds a lock that they need.
///
/// After an error the session is back at the mark.
pub(super) fn send(session: &mut Session, statements: &[Statement]) -> Result<()> {
    let mut tries = 0;
    loop {
        let error = match send_once(session, statements, tries < PATIENCE) {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        if session.is_broken() {
            return Err(error);
        }
        back_to_mark(session)?;
        if !is_lock_of_another(&error) || tries >= PATIENCE {
            return Err(error);
        }
        session.flush()?;
        tries += 1;
        tracing::debug!("waiting for a lock: {error}");
        std::thread::sleep(Duration::from_millis(u64::from(tries.min(10)) * 50));
    }
}

fn is_lock_of_another(error: &Error) -> bool {
    has_code(error, &["55P03", "40P01"])
}

fn send_once(session: &mut Session, statements: &[Statement], is_short: bool) -> Result<()> {
    if is_short {
        // A setting of our own remembers the user's one without a round trip.
        session.run(Statement::new("select set_config('kiln.lock_timeout', current_setting('lock_timeout'), true)"))?;
        session.run(Statement::new(format!("set local lock_timeout = '{WINDOW}'")))?;
    }
    for statement in statements {
        session.run(statement.clone())?;
    }
    if is_short {
        session.run(Statement::new("select set_config('lock_timeout', current_setting('kiln.lock_timeout'), true)"))?;
    }
    session.flush()
}
