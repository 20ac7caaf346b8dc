//! What the server said when it refused a statement, beside the message.

use std::error::Error as StdError;
use std::fmt;

use super::statement::Origin;
use crate::error::Error;

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

    /// Line and column of the error in `sql`, counted from 1 and in characters.
    pub fn line_and_column(&self) -> Option<(u32, u32)> {
        todo!()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SQLSTATE {}", self.code)
    }
}

impl StdError for Refusal {}

/// Whether the same transaction may well succeed when tried again: a deadlock or a failed serialization.
pub fn is_transient(error: &Error) -> bool {
    Refusal::of(error).is_some_and(|refusal| matches!(refusal.code.as_str(), "40001" | "40P01"))
}
