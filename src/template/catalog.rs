//! What the database has, asked through the catalog macros of the project.

use std::sync::Arc;

use serde_json::Value as Json;

use super::node::Node;
use super::objects::RelationValue;
use super::run;
use crate::error::{Error, Result};
use crate::jinja::{self, Arguments, List, Table, Value};
use crate::name::Relation;

/// What is asked of the catalog.
#[derive(Debug, Clone, PartialEq)]
pub enum CatalogQuestion {
    /// These relations: the macro `get_catalog_relations`.
    Relations(Vec<Relation>),
    /// Everything in these schemas: the macro `get_catalog`.
    Schemas(Vec<String>),
}

/// Rows of the catalog, one for each column of a relation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CatalogRows {
    /// Names of the columns, which a project's own macro may add to.
    pub columns: Vec<String>,
    /// One value for each column.
    pub rows: Vec<Vec<Json>>,
}

/// Calls the macro that answers `question` about a database.
pub(super) fn catalog(node: &Arc<Node>, database: &str, question: &CatalogQuestion) -> Result<CatalogRows> {
    let (name, asked) = match question {
        CatalogQuestion::Relations(relations) => {
            ("get_catalog_relations", relations.iter().cloned().map(RelationValue::value).collect::<Vec<_>>())
        }
        CatalogQuestion::Schemas(schemas) => ("get_catalog", schemas.iter().map(Value::from).collect()),
    };
    let id = node.shared.library.bare(node.shared.library.root(), name);
    let id = id.ok_or_else(|| Error::internal(format!("there is no macro `{name}`")))?;
    let information_schema = RelationValue::information_schema(&Relation::new(database, "", ""));
    let arguments = Arguments { positional: vec![information_schema, List::value(asked)], named: Vec::new() };
    rows(&run::call(node, id, arguments)?)
        .ok_or_else(|| Error::compilation(format!("the macro `{name}` did not return a table")))
}

fn rows(given: &Value) -> Option<CatalogRows> {
    let table = Table::of(given)?;
    let row = |row: &Vec<Value>| row.iter().map(|value| jinja::to_json(value).unwrap_or_default()).collect();
    Some(CatalogRows { columns: table.names().to_vec(), rows: table.rows().iter().map(row).collect() })
}
