//! One run at a time for each project, target and schema: an advisory lock on a connection of its own.
//!
//! The schema is part of it since people share a database and the name of a target, `dev`, and have schemas of their own.

use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::server::Server;
use super::session::Session;
use super::statement::Statement;
use crate::error::{Error, Result};
use crate::name::{literal, with_suffix};

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
pub struct ProjectLock {
    /// The session that holds it; none where one session is all that the server takes.
    _session: Option<Session>,
}

/// Time between two attempts to take a lock that another run holds.
const PAUSE: Duration = Duration::from_millis(300);

impl ProjectLock {
    /// Takes the lock of `project` and `target` in the server's schema; `on_wait` is told once who holds it, before waiting.
    ///
    /// On a server that takes one session only there is nothing to lock: the first session is the lock.
    ///
    /// # Errors
    ///
    /// `Runtime` when another run holds it for too long.
    pub fn acquire(
        server: &Server,
        project: &str,
        target: &str,
        wait: Wait,
        on_wait: &mut dyn FnMut(&Holder),
    ) -> Result<ProjectLock> {
        if server.max_sessions() == Some(1) {
            return Ok(ProjectLock { _session: None });
        }
        let mut session = server.session()?;
        // Not in a transaction: one that stays open for the whole run would hold vacuum back.
        session.execute(Statement::new("commit"))?;
        session.execute(Statement::new(format!("set application_name = {}", literal(&own_words()))))?;
        let key = key(project, target, &server.settings().schema);
        let start = Instant::now();
        let mut is_told = false;
        loop {
            if is_taken(&mut session, key)? {
                return Ok(ProjectLock { _session: Some(session) });
            }
            let holder = holder(&mut session, key)?;
            let patience = match wait {
                Wait::No => Duration::ZERO,
                Wait::UpTo(patience) => patience,
            };
            if start.elapsed() >= patience {
                return Err(refused(project, target, holder.as_ref()));
            }
            if let Some(holder) = holder.filter(|_| !std::mem::replace(&mut is_told, true)) {
                on_wait(&holder);
            }
            std::thread::sleep(PAUSE);
        }
    }
}

/// The first eight bytes of a hash, so that projects do not get into each other's way.
fn key(project: &str, target: &str, schema: &str) -> i64 {
    let hash = Sha256::digest(format!("kiln\0{project}\0{target}\0{schema}"));
    hash.iter().take(8).fold(0, |key: i64, byte| (key << 8) | i64::from(*byte))
}

fn is_taken(session: &mut Session, key: i64) -> Result<bool> {
    let rows = session.rows(&format!("select pg_try_advisory_lock({key})"))?;
    Ok(rows.first().and_then(|row| row.first()) == Some(&Some("t".to_owned())))
}

fn holder(session: &mut Session, key: i64) -> Result<Option<Holder>> {
    let high = key >> 32;
    let low = key & 0xffff_ffff;
    let sql = format!(
        "select l.pid, coalesce(a.usename, ''), coalesce(a.application_name, '')
from pg_catalog.pg_locks l
left join pg_catalog.pg_stat_activity a on a.pid = l.pid
where locktype = 'advisory' and granted and objsubid = 1
  and classid = ({high}::bigint & 4294967295)::oid and objid = {low}::bigint::oid
  and database = (select oid from pg_catalog.pg_database where datname = current_database())"
    );
    let rows = session.rows(&sql)?;
    let field = |row: &Vec<Option<String>>, at: usize| row.get(at).cloned().flatten().unwrap_or_default();
    Ok(rows.first().map(|row| Holder {
        pid: field(row, 0).parse().unwrap_or_default(),
        user: field(row, 1),
        words: field(row, 2),
    }))
}

/// Person, host, process and start, in the 63 bytes that Postgres keeps of it.
pub(super) fn own_words() -> String {
    let person = std::env::var("USER").unwrap_or_else(|_| "someone".to_owned());
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let now = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ");
    let process = std::process::id();
    let host = host.trim();
    // Cut the host rather than what tells the process.
    let end = format!(" process {process} since {now}");
    with_suffix(&format!("kiln {person}@{host}"), &end)
}

fn refused(project: &str, target: &str, holder: Option<&Holder>) -> Error {
    let error = Error::runtime(format!("another run of project `{project}` on target `{target}` is going on"))
        .hint("wait for it to end, or let kiln wait longer with `--wait 1h`");
    match holder {
        Some(holder) => {
            error.detail("HOLDER", format!("{}, database user `{}`, session {}", holder.words, holder.user, holder.pid))
        }
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projects_targets_and_schemas_have_keys_of_their_own() {
        assert_ne!(key("shop", "dev", "ann"), key("shop", "prod", "ann"));
        assert_ne!(key("shopd", "ev", "ann"), key("shop", "dev", "ann"));
        assert_ne!(key("shop", "dev", "ann"), key("shop", "dev", "bob"));
    }

    #[test]
    fn the_words_fit_into_an_application_name() {
        assert!(own_words().len() <= 63 && own_words().contains(&std::process::id().to_string()));
    }
}
