//! Names: unique ids of nodes, relations, quoting, literals, and Postgres' limit on the length of a name.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

// Longer names are cut at 63 bytes: postgresql.org/docs, chapter 4.1.1.
/// Bytes that Postgres keeps of a name.
pub const MAX_NAME_BYTES: usize = 63;

/// Identifies a node, source, macro or other entry of the manifest: `model.shop.orders`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct UniqueId(Arc<str>);

impl UniqueId {
    /// The id written as `text`.
    pub fn new(text: impl Into<Arc<str>>) -> UniqueId {
        UniqueId(text.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the first dot: `model`, `source`, `test`.
    pub fn resource_type(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }
}

impl fmt::Display for UniqueId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for UniqueId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for UniqueId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// What a relation is in Postgres, or in dbt's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RelationKind {
    /// An ordinary or partitioned table.
    Table,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// A common table expression, the form that an ephemeral model takes.
    Cte,
    /// A foreign table.
    External,
    /// A function.
    Function,
}

impl RelationKind {
    /// dbt's word for it, as macros compare it: `table`, `materialized_view`.
    pub fn as_str(self) -> &'static str {
        match self {
            RelationKind::Table => "table",
            RelationKind::View => "view",
            RelationKind::MaterializedView => "materialized_view",
            RelationKind::Cte => "cte",
            RelationKind::External => "external",
            RelationKind::Function => "function",
        }
    }

    /// The kind that dbt's `word` names.
    pub fn from_word(word: &str) -> Option<RelationKind> {
        Some(match word {
            "table" => RelationKind::Table,
            "view" => RelationKind::View,
            "materialized_view" => RelationKind::MaterializedView,
            "cte" => RelationKind::Cte,
            "external" => RelationKind::External,
            "function" => RelationKind::Function,
            _ => return None,
        })
    }

    /// The words that Postgres' DDL uses for it: `materialized view`.
    pub fn ddl(self) -> &'static str {
        match self {
            RelationKind::MaterializedView => "materialized view",
            RelationKind::External => "foreign table",
            other => other.as_str(),
        }
    }
}

/// One value for each part of a relation's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Parts<T> {
    /// For the database.
    pub database: T,
    /// For the schema.
    pub schema: T,
    /// For the name within the schema.
    pub identifier: T,
}

impl Parts<bool> {
    /// True for every part.
    pub const ALL: Parts<bool> = Parts { database: true, schema: true, identifier: true };
}

/// The full name of a table, view or the like, and how it is written.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Relation {
    /// Database; none for a name that leaves it out.
    pub database: Option<String>,
    /// Schema; none for temporary tables.
    pub schema: Option<String>,
    /// Name within the schema; none for a relation that stands for its schema.
    pub identifier: Option<String>,
    /// What it is, when known.
    pub kind: Option<RelationKind>,
    /// Which parts are written in double quotes.
    pub quote: Parts<bool>,
    /// Which parts are written at all.
    pub include: Parts<bool>,
}

impl Relation {
    /// A fully quoted name of unknown kind.
    pub fn new(database: &str, schema: &str, identifier: &str) -> Relation {
        Relation {
            database: Some(database.to_owned()),
            schema: Some(schema.to_owned()),
            identifier: Some(identifier.to_owned()),
            kind: None,
            quote: Parts::ALL,
            include: Parts::ALL,
        }
    }

    /// The same name with its kind.
    #[must_use]
    pub fn of_kind(mut self, kind: RelationKind) -> Relation {
        self.kind = Some(kind);
        self
    }

    /// The name as SQL text, with the parts and quotes that were asked for.
    pub fn render(&self) -> String {
        let parts = [
            (&self.database, self.quote.database, self.include.database),
            (&self.schema, self.quote.schema, self.include.schema),
            (&self.identifier, self.quote.identifier, self.include.identifier),
        ];
        let mut out = String::new();
        for (part, is_quoted, is_included) in parts {
            let Some(part) = part.as_deref().filter(|_| is_included) else { continue };
            if !out.is_empty() {
                out.push('.');
            }
            if is_quoted {
                out.push_str(&quote(part));
            } else {
                out.push_str(part);
            }
        }
        out
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.render())
    }
}

/// `name` as a quoted SQL identifier.
pub fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `text` as an SQL string literal that means the same under every `standard_conforming_strings`.
///
/// NUL bytes, which Postgres cannot hold, are left for the server to refuse.
pub fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

/// The longest beginning of `base` that leaves room for `suffix` within Postgres' limit, followed by `suffix`.
pub fn with_suffix(base: &str, suffix: &str) -> String {
    let room = MAX_NAME_BYTES.saturating_sub(suffix.len());
    format!("{}{suffix}", &base[..base.floor_char_boundary(room)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_in_a_name_is_doubled() {
        assert_eq!(Relation::new("d", "s", "a\"b").render(), r#""d"."s"."a""b""#);
    }

    #[test]
    fn a_backslash_makes_an_escape_string() {
        assert_eq!(literal(r"it's \d"), r"E'it''s \\d'");
    }

    #[test]
    fn a_long_base_is_cut_at_a_character_and_keeps_the_suffix() {
        let name = with_suffix(&"ü".repeat(40), "__dbt_tmp");
        assert_eq!(name.len(), 63);
        assert!(name.ends_with("ü__dbt_tmp"));
    }
}
