//! What must be understood of SQL text: its words, where statements end, where a leading `with` is.
//!
//! Only words, strings and comments are told apart, never whole sentences: a grammar would refuse valid Postgres.

mod inject;
pub mod scan;

pub use inject::inject_ctes;

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
