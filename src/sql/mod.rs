//! What must be understood of SQL text: where a leading `with` is, where statements end, what a statement does.
//!
//! Only words, strings and comments are told apart, never whole sentences: a grammar would refuse valid Postgres.

use std::ops::Range;

/// A named query to put before another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cte {
    /// Such as `__dbt__cte__orders`.
    pub name: String,
    /// Its SQL without the parentheses.
    pub body: String,
}

/// A statement with queries put before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Injected {
    /// The whole text.
    pub sql: String,
    sections: Vec<(usize, Origin)>,
}

/// Where a position of an [`Injected`] text comes from; offsets are in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The statement itself, at this offset.
    Statement(usize),
    /// The query of this index, at this offset of its body.
    Cte(usize, usize),
    /// Words that were added.
    Added,
}

impl Injected {
    /// Where the byte at `offset` of [`Injected::sql`] comes from.
    pub fn origin(&self, _offset: usize) -> Origin {
        todo!()
    }
}

/// What a statement does, as far as its first words tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The words of its command tag, in capitals, without a count: `SELECT`, `CREATE VIEW`, `INSERT 0`; empty for an empty text.
    pub tag: String,
    /// Whether the tag is followed by the number of rows.
    pub has_count: bool,
    /// Whether Postgres refuses it inside a transaction block: `vacuum`, `create index concurrently`.
    pub refuses_transaction: bool,
}

/// Puts `ctes` before the query of `sql`, in order: behind its own leading `with` or `with recursive`, else behind one that is added.
pub fn inject_ctes(_sql: &str, _ctes: &[Cte]) -> Injected {
    todo!()
}

/// The statements of `sql` without their semicolons, surrounding space and surrounding comments; empty ones are left out.
pub fn statements(_sql: &str) -> Vec<Range<usize>> {
    todo!()
}

/// What the first statement of `sql` does.
pub fn kind_of_statement(_sql: &str) -> Statement {
    todo!()
}

/// `sql` without the semicolons, space and comments at its end.
pub fn without_end(_sql: &str) -> &str {
    todo!()
}
