//! What must be understood of SQL text: where a leading `with` is, where statements end, what a statement does.
//!
//! Only words, strings and comments are told apart, never whole sentences: a grammar would refuse valid Postgres.

mod inject;
mod scan;
mod statement;

pub use inject::inject_ctes;
pub use statement::{kind_of_statement, statements, without_end};

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
