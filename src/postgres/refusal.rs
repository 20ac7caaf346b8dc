//! What the server said when it refused a statement, beside the message; and how sqlx's errors become ours.

use std::error::Error as StdError;
use std::fmt;

use sqlx::postgres::{PgDatabaseError, PgErrorPosition};

use super::queue::Queue;
use super::statement::Origin;
use crate::error::{Error, Kind};

/// The cause of every `Database` error that a statement met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// SQLSTATE: `42P01`.
    pub code: String,
    /// Mark of the statement that failed, when it is known which one did.
    pub origin: Option<Origin>,
    /// Text of the statement that failed; of all that were sent together when it is not known which one did.
    pub sql: String,
    /// Position of the error in `sql`, in bytes from its start.
    pub offset: Option<usize>,
    /// Constraint that was broken.
    pub constraint: Option<String>,
}

impl Refusal {
    /// The refusal that led to `error`, if one did.
    pub fn of(error: &Error) -> Option<&Refusal> {
        error.source().and_then(|cause| cause.downcast_ref())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SQLSTATE {}", self.code)
    }
}

impl StdError for Refusal {}

/// Whether the server refused with one of the SQLSTATEs `codes`.
pub(super) fn has_code(error: &Error, codes: &[&str]) -> bool {
    Refusal::of(error).is_some_and(|refusal| codes.contains(&refusal.code.as_str()))
}

/// Whether another transaction was in the way, so that the same may go well now.
pub(super) fn passes(error: &Error) -> bool {
    // `pg_get_viewdef` read a view before what it stands on was swapped, and opened that after: Postgres has no code of its own for it.
    let was_swapped = has_code(error, &["XX000"]) && error.message().starts_with("could not open relation with OID");
    was_swapped || has_code(error, &["40P01", "40001"])
}

/// Whether nothing can be sent after this.
pub(super) fn breaks_session(cause: &sqlx::Error) -> bool {
    match cause {
        // Class 57P: the server ends the session.
        sqlx::Error::Database(refused) => refused.code().is_some_and(|code| code.starts_with("57P")),
        _ => true,
    }
}

/// Our error for what happened to the statements of `queue`, of which `completed` commands went well.
pub(super) fn from_sqlx(cause: sqlx::Error, queue: &Queue, completed: usize) -> Error {
    let refused = match &cause {
        sqlx::Error::Database(refused) => refused.try_downcast_ref::<PgDatabaseError>(),
        _ => None,
    };
    let Some(refused) = refused else {
        return Error::new(Kind::Connection, format!("the connection was lost: {cause}")).because(cause);
    };
    let position = match refused.position() {
        Some(PgErrorPosition::Original(position)) => Some(position),
        Some(PgErrorPosition::Internal { .. }) | None => None,
    };
    let culprit = queue.culprit(completed, position);
    let refusal = Refusal {
        code: refused.code().to_owned(),
        origin: culprit.as_ref().and_then(|culprit| culprit.origin),
        sql: culprit.as_ref().map_or(queue.text(), |culprit| culprit.sql).to_owned(),
        offset: culprit.as_ref().and_then(|culprit| culprit.offset),
        constraint: refused.constraint().map(str::to_owned),
    };
    worded(refused).because(refusal)
}

/// The server's message and the lines beside it.
fn worded(refused: &PgDatabaseError) -> Error {
    let mut error = Error::database(refused.message());
    let lines = [("DETAIL", refused.detail()), ("HINT", refused.hint()), ("CONTEXT", refused.r#where())];
    for (name, text) in lines {
        if let Some(text) = text {
            error = error.detail(name, text);
        }
    }
    error
}

/// Our error for an attempt to connect to `place` that failed.
pub(super) fn from_connecting(cause: sqlx::Error, place: &str) -> Error {
    let refused = match &cause {
        sqlx::Error::Database(refused) => refused.try_downcast_ref::<PgDatabaseError>(),
        _ => None,
    };
    match refused {
        Some(refused) => {
            let error = Error::new(Kind::Connection, format!("{place} refused: {}", refused.message()));
            let error = match refused.hint() {
                Some(hint) => error.detail("HINT", hint),
                None => error,
            };
            match way_out(refused.code()) {
                Some(hint) => error.hint(hint),
                None => error,
            }
        }
        None => unreached(cause, place),
    }
}

/// What to do about a refused connection, by its code.
fn way_out(code: &str) -> Option<&'static str> {
    match code {
        "28P01" | "28000" => Some("check `user` and `password` of the output in profiles.yml"),
        "3D000" => Some("make the database with `createdb`, or name another one in profiles.yml"),
        _ => None,
    }
}

/// Our error where no server answered.
fn unreached(cause: sqlx::Error, place: &str) -> Error {
    let words = match &cause {
        sqlx::Error::Io(cause) => cause.to_string(),
        other => other.to_string(),
    };
    const HINTS: [(&str, &str); 4] = [
        (
            "UnsupportedCertVersion",
            "the server's certificate is an old one, of X.509 version 1: give the server one of version 3",
        ),
        (
            "not valid for any names",
            "the server's certificate has no subjectAltName: give the server one that has, or use `sslmode: verify-ca`",
        ),
        ("keys found", "`sslkey` must be a PEM file that is not encrypted"),
        ("certificate", "check `sslmode`, `sslrootcert` and `host` of the output in profiles.yml"),
    ];
    let known = HINTS.iter().find(|(part, _)| words.contains(part));
    let hint = known
        .map_or("check `host` and `port` of the output in profiles.yml, and that the server runs", |(_, hint)| hint);
    Error::new(Kind::Connection, format!("could not connect to {place}: {words}")).because(cause).hint(hint)
}
