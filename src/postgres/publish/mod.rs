//! Publishing: a relation built aside takes a name, and whatever stands on the old relation is put on the new one.
//!
//! Everything happens in the open transaction; after an error the caller rolls back, and nothing has changed.

use super::session::Session;
use super::statement::Statement;
use crate::error::Result;
use crate::name::Relation;

/// What is to be published.
#[derive(Debug, Clone, Copy)]
pub struct Swap<'a> {
    /// The relation built aside, with its kind; in the same schema as `target`.
    pub new: &'a Relation,
    /// The name it is to have.
    pub target: &'a Relation,
    /// Letters and digits that no other run uses, for the name that the old relation bears until it is dropped.
    pub run: &'a str,
    /// Relations that this run makes anew after this one: they may be dropped where they cannot be put on the new one.
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

/// Puts `swap.new` at the name `swap.target` and carries dependants, owner, privileges, triggers and policies over.
///
/// # Errors
///
/// `Database` when something stands on the old relation that cannot be put on the new one; it names what and whose it is.
pub fn publish(_session: &mut Session, _swap: &Swap<'_>) -> Result<Published> {
    todo!()
}

/// Tries `create or replace view` with the given whole statement; false when what stands at the name does not allow it.
///
/// After false the transaction is as before the call, and the view has to be built aside and published.
///
/// # Errors
///
/// `Database` when the view's own query is refused.
pub fn replace_view(_session: &mut Session, _statement: Statement) -> Result<bool> {
    todo!()
}

/// Gives the indexes of `target`, if it exists, other names until it is dropped, so that a relation built aside can use theirs.
///
/// # Errors
///
/// `Database` when the indexes belong to a role that this session may not act for.
pub fn free_index_names(_session: &mut Session, _target: &Relation, _run: &str) -> Result<()> {
    todo!()
}

/// Drops a relation, if it exists, never what stands on it, except relations in `made_later`.
///
/// # Errors
///
/// `Database` when something else stands on it; it names what and whose it is.
pub fn drop_relation(_session: &mut Session, _relation: &Relation, _made_later: &[Relation]) -> Result<()> {
    todo!()
}
