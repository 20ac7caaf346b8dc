//! Columns of relations and of queries.

use std::sync::Arc;

use crate::jinja::{CallError, List, State, Value, bind, fail, items, raise};
use crate::postgres::Statement;
use crate::template::comment;
use crate::template::function::{Answer, text_of};
use crate::template::node::Node;
use crate::template::objects::{ColumnValue, translate};

use super::execute::session;
use super::place;
use super::relations::call_macro;

/// `get_columns_in_relation(relation)`: the macro of that name.
pub(super) fn get_columns_in_relation(node: &Arc<Node>, state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [relation] = bind("get_columns_in_relation", arguments, ["relation"], 1)?;
    call_macro(node, state, "get_columns_in_relation", &[relation.unwrap_or_default()])
}

/// The columns of a relation, as the macro gives them.
pub(super) fn columns_of(node: &Node, state: &mut State<'_, '_>, relation: &Value) -> Result<Vec<Value>, CallError> {
    items(&call_macro(node, state, "get_columns_in_relation", std::slice::from_ref(relation))?)
}

/// `get_missing_columns(from_relation, to_relation)`: the columns that only the first has.
pub(super) fn get_missing_columns(node: &Arc<Node>, state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [from, to] =
        bind("get_missing_columns", arguments, ["from_relation", "to_relation"], 2)?.map(Option::unwrap_or_default);
    let name = |column: &Value| column.get_attr("name").map(|name| text_of(&name)).unwrap_or_default();
    let there: Vec<String> = columns_of(node, state, &to)?.iter().map(name).collect();
    let missing = columns_of(node, state, &from)?.into_iter().filter(|column| !there.contains(&name(column)));
    Ok(List::value(missing.collect()))
}

/// `expand_target_column_types(from_relation, to_relation)`: text columns grow where the new rows are longer.
pub(super) fn expand_target_column_types(node: &Arc<Node>, state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [from, to] = bind("expand_target_column_types", arguments, ["from_relation", "to_relation"], 2)?
        .map(Option::unwrap_or_default);
    let wanted = columns_of(node, state, &from)?;
    let present = columns_of(node, state, &to)?;
    let wanted: Vec<&ColumnValue> = wanted.iter().filter_map(ColumnValue::of).collect();
    for column in present.iter().filter_map(ColumnValue::of) {
        let Some(reference) = wanted.iter().find(|wanted| wanted.name == column.name) else { continue };
        if column.can_expand_to(reference)? {
            let new_type = Value::from(reference.sized_string_type()?);
            call_macro(node, state, "alter_column_type", &[to.clone(), Value::from(column.name.as_str()), new_type])?;
        }
    }
    Ok(Value::from(()))
}

/// `get_column_schema_from_query(sql)`: the columns of a query that is not run.
pub(super) fn get_column_schema_from_query(
    node: &Arc<Node>,
    _state: &mut State<'_, '_>,
    arguments: &[Value],
) -> Answer {
    let [sql] = bind("get_column_schema_from_query", arguments, ["sql"], 1)?;
    let Some(sql) = sql else { return Err(fail("get_column_schema_from_query() takes a query")) };
    let text = comment::with(node, &text_of(&sql)).map_err(raise)?;
    let columns = session(node)?.describe(Statement::new(text)).map_err(|err| raise(place::placed(node, err)))?;
    let column = |column: crate::postgres::Column| {
        Value::from_object(ColumnValue::new(column.name, translate(&type_class(&column.type_name))))
    };
    Ok(List::value(columns.into_iter().map(column).collect()))
}

/// The driver's name for a type, by which contracts compare: those that the driver cannot tell apart are one.
fn type_class(name: &str) -> String {
    if let Some(element) = name.strip_suffix("[]") {
        return format!("{}ARRAY", type_class(element));
    }
    let class = match name {
        "smallint" | "integer" => "INTEGER",
        "bigint" => "LONGINTEGER",
        "text" | "character varying" | "character" | "\"char\"" | "name" => "STRING",
        "numeric" => "DECIMAL",
        "real" | "double precision" => "FLOAT",
        "boolean" => "BOOLEAN",
        "date" => "DATE",
        "timestamp without time zone" => "DATETIME",
        "timestamp with time zone" => "DATETIMETZ",
        "time without time zone" => "TIME",
        "interval" => "INTERVAL",
        "json" => "JSON",
        "jsonb" => "JSONB",
        "bytea" => "BINARY",
        other => return other.to_owned(),
    };
    class.to_owned()
}
