//! Schemas: the macros of these names, and the cache.

use std::sync::Arc;

use crate::jinja::{CallError, List, State, Value, bind, items, raise};
use crate::template::function::{Answer, text_of};
use crate::template::node::Node;
use crate::template::objects::RelationValue;

use super::execute::session;
use super::place;
use super::relations::{cache, call_macro};

/// The first field of each row of a table.
fn first_fields(table: &Value) -> Result<Vec<Value>, CallError> {
    let rows = table.get_attr("rows").ok().filter(|rows| !rows.is_undefined()).unwrap_or_else(|| table.clone());
    items(&rows)?.iter().map(|row| row.get_item(&Value::from(0))).collect()
}

/// `list_schemas(database)`.
pub(super) fn list_schemas(node: &Arc<Node>, state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [database] = bind("list_schemas", arguments, ["database"], 1)?;
    let table = call_macro(node, state, "list_schemas", &[database.unwrap_or_default()])?;
    Ok(List::value(first_fields(&table)?))
}

/// `check_schema_exists(database, schema)`.
pub(super) fn check_schema_exists(node: &Arc<Node>, state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [database, schema] = bind("check_schema_exists", arguments, ["database", "schema"], 2)?;
    let arguments = [database.unwrap_or_default(), schema.unwrap_or_default()];
    let table = call_macro(node, state, "check_schema_exists", &arguments)?;
    let count = first_fields(&table)?.first().map(text_of).unwrap_or_default();
    Ok(Value::from(count.parse::<i64>().is_ok_and(|count| count > 0)))
}

/// Schemas are kept whatever becomes of the node, as dbt does.
fn commit(node: &Arc<Node>) -> Result<(), CallError> {
    session(node)?.commit().map_err(|err| raise(place::placed(node, err)))
}

/// `create_schema(relation)`: what stands in the relation's schema is not touched.
pub(super) fn create_schema(node: &Arc<Node>, state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [relation] = bind("create_schema", arguments, ["relation"], 1)?;
    call_macro(node, state, "create_schema", &[relation.unwrap_or_default()])?;
    commit(node)?;
    Ok(Value::from(()))
}

/// `drop_schema(relation)`.
pub(super) fn drop_schema(node: &Arc<Node>, state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [relation] = bind("drop_schema", arguments, ["relation"], 1)?;
    let found = RelationValue::of(relation.as_ref(), "drop_schema")?;
    call_macro(node, state, "drop_schema", &[relation.unwrap_or_default()])?;
    commit(node)?;
    if let Some(schema) = &found.schema {
        cache(node)?.remove_schema(schema);
    }
    Ok(Value::from(()))
}
