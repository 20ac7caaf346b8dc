//! Statements and what comes back: plain data.

/// A mark of the caller's own that comes back with an error, so that the caller knows which text a position counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Origin(pub u64);

/// SQL text, of one statement or several, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The text as it is sent.
    pub sql: String,
    /// The caller's mark.
    pub origin: Origin,
}

impl Statement {
    /// A statement without a mark.
    pub fn new(sql: impl Into<String>) -> Statement {
        Statement { sql: sql.into(), origin: Origin::default() }
    }

    /// A statement with the mark `origin`.
    pub fn from(sql: impl Into<String>, origin: Origin) -> Statement {
        Statement { sql: sql.into(), origin }
    }
}

/// What a server says of a statement that went well, in the words of dbt's `adapter_response`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Response {
    /// The command tag, dbt's `_message`: `SELECT 99`, `INSERT 0 3`, `CREATE VIEW`; empty for an empty text.
    pub message: String,
    /// The tag without its numbers: `SELECT`, `INSERT`, `CREATE VIEW`.
    pub code: String,
    /// Rows touched or returned; -1 for a statement that counts none.
    pub rows_affected: i64,
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Name, not always unique.
    pub name: String,
    /// Type as `format_type` writes it, without length: `integer`, `timestamp with time zone`, `text[]`.
    pub type_name: String,
    /// The type's oid.
    pub oid: u32,
}

/// Rows in text form; a field is none where it is null.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rows {
    /// The columns, also of a result without rows.
    pub columns: Vec<Column>,
    /// One vector for each row, one field for each column.
    pub rows: Vec<Vec<Option<String>>>,
}
