//! Publishing: a relation built aside takes a name, and whatever stands on the old relation is put on the new one.
//!
//! Where something stands on the old one that this role may not touch, the old one takes the rows of the new one instead (`refill`).
//!
//! Everything happens in the open transaction; after an error the caller rolls back, and nothing has changed.

mod attempt;
mod plan;
mod refill;
mod removal;
mod scene;
mod swap;

use super::refusal::has_code;
use super::session::Session;
use super::statement::Statement;
use crate::error::Result;
use crate::name::Relation;

pub use removal::{drop_made_later, drop_own, free_index_names};
pub use swap::publish;

/// What is to be published.
#[derive(Debug, Clone, Copy)]
pub struct Swap<'a> {
    /// The relation built aside, with its kind; in the same schema as `target`.
    pub new: &'a Relation,
    /// The name it is to have.
    pub target: &'a Relation,
    /// Letters and digits that no other run uses, for the name that the old relation bears until it is dropped.
    pub run: &'a str,
    /// Relations that are made anew after this one, as a rule by this run: they may be dropped where they cannot be put on the
    /// new one.
    pub made_later: &'a [Relation],
}

/// What publishing did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Published {
    /// Whether a relation stood at the name.
    pub replaced: bool,
    /// Whether the privileges of the old relation were carried over, so that those no longer wanted must be revoked.
    pub kept_grants: bool,
    /// Views that were put on the new relation.
    pub carried: Vec<Relation>,
    /// Relations that were dropped because they could not be carried over and are made later.
    pub dropped: Vec<Relation>,
    /// What the user should know, one line each.
    pub warnings: Vec<String>,
}

/// Tries a statement that retypes a column or drops a relation; false when something that stands on it forbids it.
///
/// After false the transaction is as before the call, and another relation has to be published in its place.
///
/// # Errors
///
/// `Database` when the statement is refused for another reason.
pub fn run_unless_read(session: &mut Session, statement: Statement) -> Result<bool> {
    try_statement(session, &statement, &["0A000", "2BP01"])
}

/// Whether the server took the statement; false when it refused with one of `codes`.
fn try_statement(session: &mut Session, statement: &Statement, codes: &[&str]) -> Result<bool> {
    let tried = attempt::patiently(session, |session| {
        session.run(statement.clone())?;
        session.flush().map(Some)
    });
    match tried {
        Ok(()) => Ok(true),
        Err(error) if has_code(&error, codes) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
