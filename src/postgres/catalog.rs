//! Look-ups in the system catalog.

use super::session::Session;
use crate::error::Result;
use crate::name::{Relation, RelationKind};

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
pub fn schemas(_session: &mut Session) -> Result<Vec<String>> {
    todo!()
}

/// Creates schemas that do not exist yet; existing ones are not touched, so no right to create is needed for them.
pub fn create_schemas(_session: &mut Session, _schemas: &[String]) -> Result<()> {
    todo!()
}

/// Tables, views, materialized views, foreign tables and functions of `schemas`, by schema and name; one query.
pub fn relations(_session: &mut Session, _schemas: &[String]) -> Result<Vec<Found>> {
    todo!()
}

/// Who stands on what, directly, among all views that read a relation of `schemas`.
pub fn dependencies(_session: &mut Session, _schemas: &[String]) -> Result<Vec<Dependency>> {
    todo!()
}

/// The columns of a relation, in their order; empty when it does not exist. Finds temporary tables by a relation without schema.
pub fn columns(_session: &mut Session, _relation: &Relation) -> Result<Vec<ColumnType>> {
    todo!()
}

/// The query of a view or materialized view, without its last semicolon; none when there is no such view.
pub fn view_definition(_session: &mut Session, _relation: &Relation) -> Result<Option<String>> {
    todo!()
}

/// The indexes of a relation, by name.
pub fn indexes(_session: &mut Session, _relation: &Relation) -> Result<Vec<Index>> {
    todo!()
}

/// The privileges on a relation, those of its owner left out, sorted.
pub fn grants(_session: &mut Session, _relation: &Relation) -> Result<Vec<Grant>> {
    todo!()
}

/// The comments on a relation and its columns.
pub fn comments(_session: &mut Session, _relation: &Relation) -> Result<Comments> {
    todo!()
}
