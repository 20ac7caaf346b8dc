//! Look-ups in the system catalog.

use std::str::FromStr;

use super::session::Session;
use crate::error::Result;
use crate::name::{Parts, Relation, RelationKind, literal};

/// A relation that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its oid.
    pub oid: u32,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: RelationKind,
    /// Role that owns it.
    pub owner: String,
}

/// The schemas of the database, without those of the system.
///
/// # Errors
///
/// `Database`, as all look-ups.
pub fn schemas(session: &mut Session) -> Result<Vec<String>> {
    let sql = "select nspname from pg_catalog.pg_namespace
where nspname !~ '^pg_' and nspname <> 'information_schema'
order by 1";
    Ok(ask(session, sql)?.iter().map(|row| row.text(0)).collect())
}

/// Tables, views, materialized views, foreign tables and functions of `schemas`, by schema and name; one query.
///
/// A function stands there once for all of its signatures, and not at all beside a relation of its name.
pub fn relations(session: &mut Session, schemas: &[String]) -> Result<Vec<Found>> {
    if schemas.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select distinct on (nspname, name) oid, nspname, name, kind, pg_catalog.pg_get_userbyid(owner)
from (
  select c.oid, n.nspname, relname as name, relkind::text as kind, relowner as owner, 0 as rank
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = relnamespace
  where relkind in ('r', 'p', 'v', 'm', 'f') and nspname in ({0})
  union all
  select p.oid, n.nspname, proname, 'function', proowner, 1
  from pg_catalog.pg_proc p
  join pg_catalog.pg_namespace n on n.oid = pronamespace
  where nspname in ({0})
) as found
order by nspname, name, rank, oid",
        literals(schemas)
    );
    let found = |row: &Row| Found {
        oid: row.number(0).unwrap_or_default(),
        schema: row.text(1),
        name: row.text(2),
        kind: kind(&row.text(3)),
        owner: row.text(4),
    };
    Ok(ask(session, &sql)?.iter().map(found).collect())
}

/// An expression for the oid of `relation`, null when it does not exist.
pub(super) fn regclass(relation: &Relation) -> String {
    format!("pg_catalog.to_regclass({})", literal(&local_name(relation)))
}

/// The relation's name without its database.
pub(super) fn local_name(relation: &Relation) -> String {
    let include = Parts { database: false, schema: true, identifier: true };
    Relation { include, ..relation.clone() }.render()
}

/// A row that is read by position, where the query was written beside the reading.
struct Row(Vec<Option<String>>);

impl Row {
    fn maybe(&self, at: usize) -> Option<String> {
        self.0.get(at).cloned().flatten()
    }

    fn text(&self, at: usize) -> String {
        self.maybe(at).unwrap_or_default()
    }

    fn number<T: FromStr>(&self, at: usize) -> Option<T> {
        self.maybe(at).and_then(|text| text.parse().ok())
    }
}

fn ask(session: &mut Session, sql: &str) -> Result<Vec<Row>> {
    Ok(session.rows(sql)?.into_iter().map(Row).collect())
}

fn kind(word: &str) -> RelationKind {
    match word {
        "v" => RelationKind::View,
        "m" => RelationKind::MaterializedView,
        "f" => RelationKind::External,
        "function" => RelationKind::Function,
        _ => RelationKind::Table,
    }
}

fn literals(names: &[String]) -> String {
    names.iter().map(|name| literal(name)).collect::<Vec<_>>().join(", ")
}
