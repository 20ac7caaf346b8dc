//! Look-ups in the system catalog.

use std::str::FromStr;

use super::session::Session;
use super::statement::Statement;
use crate::error::Result;
use crate::name::{Parts, Relation, RelationKind, literal, quote};

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

/// A column of a relation, as dbt's `get_columns_in_relation` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnType {
    /// Its name.
    pub name: String,
    /// `data_type` of `information_schema.columns`: `character varying`, `ARRAY`, `USER-DEFINED`.
    pub data_type: String,
    /// The whole type as `format_type` writes it: `character varying(10)`, `integer[]`.
    pub full_type: String,
    /// Length of a character type.
    pub character_maximum_length: Option<i32>,
    /// Precision of a number type.
    pub numeric_precision: Option<i32>,
    /// Scale of a number type.
    pub numeric_scale: Option<i32>,
    /// Whether nulls are refused.
    pub is_not_null: bool,
}

/// One relation that stands on another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// Schema and name of the view or materialized view.
    pub dependant: (String, String),
    /// Schema and name of what it reads.
    pub referenced: (String, String),
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// `btree`, `gin`, ….
    pub method: String,
    /// Its key columns; an expression as its text.
    pub columns: Vec<String>,
    /// Whether it is unique.
    pub is_unique: bool,
    /// Whether a constraint made it.
    pub is_constraint: bool,
    /// The statement that would create it.
    pub definition: String,
}

/// A privilege on a relation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// In lower case: `select`.
    pub privilege: String,
    /// Role, or `public`.
    pub grantee: String,
    /// Role that granted it.
    pub grantor: String,
    /// Whether the grantee may grant it on.
    pub is_grantable: bool,
}

/// Comments of a relation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comments {
    /// On the relation itself.
    pub relation: Option<String>,
    /// By column; columns without one are left out.
    pub columns: Vec<(String, String)>,
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

/// Creates schemas that do not exist yet; existing ones are not touched, so no right to create is needed for them.
pub fn create_schemas(session: &mut Session, schemas: &[String]) -> Result<()> {
    let existing = self::schemas(session)?;
    for schema in schemas.iter().filter(|schema| !existing.contains(schema)) {
        // Another run may have been faster.
        session.run(Statement::new(format!("create schema if not exists {}", quote(schema))))?;
    }
    session.flush()
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

/// Who stands on what, directly, among all views that read a relation of `schemas`.
pub fn dependencies(session: &mut Session, schemas: &[String]) -> Result<Vec<Dependency>> {
    if schemas.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select distinct dn.nspname, dc.relname, rn.nspname, rc.relname
from pg_catalog.pg_depend d
join pg_catalog.pg_rewrite w on w.oid = d.objid
join pg_catalog.pg_class dc on dc.oid = w.ev_class
join pg_catalog.pg_namespace dn on dn.oid = dc.relnamespace
join pg_catalog.pg_class rc on rc.oid = d.refobjid
join pg_catalog.pg_namespace rn on rn.oid = rc.relnamespace
where d.classid = 'pg_catalog.pg_rewrite'::regclass and d.refclassid = 'pg_catalog.pg_class'::regclass
  and w.ev_class <> d.refobjid and rn.nspname in ({})
order by 1, 2, 3, 4",
        literals(schemas)
    );
    let found =
        |row: &Row| Dependency { dependant: (row.text(0), row.text(1)), referenced: (row.text(2), row.text(3)) };
    Ok(ask(session, &sql)?.iter().map(found).collect())
}

/// The columns of a relation, in their order; empty when it does not exist. Finds temporary tables by a relation without schema.
pub fn columns(session: &mut Session, relation: &Relation) -> Result<Vec<ColumnType>> {
    let sql = format!(
        "select attname,
  case
    when true_type.typelem <> 0 and true_type.typlen = -1 then 'ARRAY'
    when type_schema.nspname = 'pg_catalog' then pg_catalog.format_type(true_type.oid, null)
    else 'USER-DEFINED'
  end,
  pg_catalog.format_type(atttypid, atttypmod),
  information_schema._pg_char_max_length(true_type.oid, information_schema._pg_truetypmod(a, t)),
  information_schema._pg_numeric_precision(true_type.oid, information_schema._pg_truetypmod(a, t)),
  information_schema._pg_numeric_scale(true_type.oid, information_schema._pg_truetypmod(a, t)),
  attnotnull
from pg_catalog.pg_attribute a
join pg_catalog.pg_type t on t.oid = atttypid
join pg_catalog.pg_type true_type on true_type.oid = case when t.typtype = 'd' then t.typbasetype else t.oid end
join pg_catalog.pg_namespace type_schema on type_schema.oid = true_type.typnamespace
where attrelid = {} and attnum > 0 and not attisdropped
order by attnum",
        regclass(relation)
    );
    let found = |row: &Row| ColumnType {
        name: row.text(0),
        data_type: row.text(1),
        full_type: row.text(2),
        character_maximum_length: row.number(3),
        numeric_precision: row.number(4),
        numeric_scale: row.number(5),
        is_not_null: row.is_true(6),
    };
    Ok(ask(session, &sql)?.iter().map(found).collect())
}

/// The query of a view or materialized view, without its last semicolon; none when there is no such view.
pub fn view_definition(session: &mut Session, relation: &Relation) -> Result<Option<String>> {
    let sql = format!(
        "select rtrim(pg_catalog.pg_get_viewdef(oid), '; ')
from pg_catalog.pg_class
where oid = {} and relkind in ('v', 'm')",
        regclass(relation)
    );
    Ok(ask(session, &sql)?.first().map(|row| row.text(0)))
}

/// The indexes of a relation, by name.
pub fn indexes(session: &mut Session, relation: &Relation) -> Result<Vec<Index>> {
    let sql = format!(
        "select c.relname, amname,
  to_json(array(
    select coalesce(attname, pg_catalog.pg_get_indexdef(indexrelid, at, true))
    from generate_series(1, indnkeyatts) as at
    left join pg_catalog.pg_attribute on attrelid = indrelid and attnum = indkey[at - 1]
    order by at
  )),
  indisunique,
  exists (select from pg_catalog.pg_constraint where conindid = indexrelid and conrelid = indrelid),
  pg_catalog.pg_get_indexdef(indexrelid)
from pg_catalog.pg_index
join pg_catalog.pg_class c on c.oid = indexrelid
join pg_catalog.pg_am m on m.oid = c.relam
where indrelid = {}
order by 1",
        regclass(relation)
    );
    let found = |row: &Row| Index {
        name: row.text(0),
        method: row.text(1),
        columns: serde_json::from_str(&row.text(2)).unwrap_or_default(),
        is_unique: row.is_true(3),
        is_constraint: row.is_true(4),
        definition: row.text(5),
    };
    Ok(ask(session, &sql)?.iter().map(found).collect())
}

/// The privileges on a relation, those of its owner left out, sorted.
pub fn grants(session: &mut Session, relation: &Relation) -> Result<Vec<Grant>> {
    let sql = format!(
        "select lower(privilege_type),
  case when grantee = 0 then 'public' else pg_catalog.pg_get_userbyid(grantee) end,
  pg_catalog.pg_get_userbyid(grantor), is_grantable
from pg_catalog.pg_class, pg_catalog.aclexplode(relacl)
where oid = {} and grantee <> relowner
order by 1, 2, 3",
        regclass(relation)
    );
    let found = |row: &Row| Grant {
        privilege: row.text(0),
        grantee: row.text(1),
        grantor: row.text(2),
        is_grantable: row.is_true(3),
    };
    Ok(ask(session, &sql)?.iter().map(found).collect())
}

/// The comments on a relation and its columns.
pub fn comments(session: &mut Session, relation: &Relation) -> Result<Comments> {
    let sql = format!(
        "select attname, description
from pg_catalog.pg_description
left join pg_catalog.pg_attribute on attrelid = objoid and attnum = objsubid and objsubid > 0
where classoid = 'pg_catalog.pg_class'::regclass and objoid = {}
order by objsubid",
        regclass(relation)
    );
    let mut comments = Comments::default();
    for row in ask(session, &sql)? {
        match row.maybe(0) {
            Some(column) => comments.columns.push((column, row.text(1))),
            None => comments.relation = row.maybe(1),
        }
    }
    Ok(comments)
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

    fn is_true(&self, at: usize) -> bool {
        self.maybe(at).as_deref() == Some("t")
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
