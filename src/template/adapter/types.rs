//! Names and types as SQL writes them.

use std::sync::Arc;

use crate::error::Error;
use crate::jinja::{CallError, ColumnType, Decimal, State, Table, Value, bind, fail, raise};
use crate::name;
use crate::template::function::{Answer, optional_text, text_of};
use crate::template::node::Node;
use crate::template::objects::SeedTable;

use super::relations::check_database;

/// `quote(name)`.
pub(super) fn quote(_node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [name] = bind("quote", arguments, ["identifier"], 1)?;
    Ok(Value::from(name::quote(&text_of(&name.unwrap_or_default()))))
}

/// `quote_as_configured(name, key)`: quoted where the project quotes that part of names.
pub(super) fn quote_as_configured(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [name, key] = bind("quote_as_configured", arguments, ["identifier", "quote_key"], 2)?
        .map(|it| text_of(&it.unwrap_or_default()));
    let quoting = node.shared.globals.quoting;
    let is_quoted = match key.as_str() {
        "database" => quoting.database,
        "schema" => quoting.schema,
        "identifier" => quoting.identifier,
        other => return Err(fail(format!("`{other}` is no part of a relation's name"))),
    };
    Ok(Value::from(if is_quoted { name::quote(&name) } else { name }))
}

/// `quote_seed_column(column, quote_config)`: quoted unless the config says no.
pub(super) fn quote_seed_column(_node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [column, quoted] = bind("quote_seed_column", arguments, ["column", "quote_config"], 1)?;
    let column = text_of(&column.unwrap_or_default());
    let quoted = quoted.filter(|quoted| !quoted.is_none());
    match quoted.map(bool::try_from) {
        None | Some(Ok(true)) => Ok(Value::from(name::quote(&column))),
        Some(Ok(false)) => Ok(Value::from(column)),
        Some(Err(_)) => Err(raise(Error::compilation("the config `quote_columns` must be true or false"))),
    }
}

/// `verify_database(database)`.
pub(super) fn verify_database(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [database] = bind("verify_database", arguments, ["database"], 1)?;
    check_database(node, optional_text(database.as_ref()).map(|text| text.trim_matches('"').to_owned()).as_deref())?;
    Ok(Value::from(""))
}

/// `type()`.
pub(super) fn adapter_type(_node: &Arc<Node>, _state: &mut State<'_, '_>, _arguments: &[Value]) -> Answer {
    Ok(Value::from("postgres"))
}

/// `date_function()`.
pub(super) fn date_function(_node: &Arc<Node>, _state: &mut State<'_, '_>, _arguments: &[Value]) -> Answer {
    Ok(Value::from("now()"))
}

/// `timestamp_add_sql(add_to, number, interval)`.
pub(super) fn timestamp_add_sql(_node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [add_to, number, interval] = bind("timestamp_add_sql", arguments, ["add_to", "number", "interval"], 1)?;
    let number = number.as_ref().map_or_else(|| "1".to_owned(), text_of);
    let interval = interval.as_ref().map_or_else(|| "hour".to_owned(), text_of);
    Ok(Value::from(format!("{} + interval '{number} {interval}'", text_of(&add_to.unwrap_or_default()))))
}

/// `string_add_sql(add_to, value, location)`.
pub(super) fn string_add_sql(_node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [add_to, value, location] = bind("string_add_sql", arguments, ["add_to", "value", "location"], 2)?
        .map(|it| it.as_ref().map(text_of).unwrap_or_default());
    Ok(Value::from(if location == "prepend" {
        format!("'{value}' || {add_to}")
    } else {
        format!("{add_to} || '{value}'")
    }))
}

/// `convert_text_type(table, index)`.
pub(super) fn convert_text_type(_node: &Arc<Node>, _state: &mut State<'_, '_>, _arguments: &[Value]) -> Answer {
    Ok(Value::from("text"))
}

/// `convert_type(table, index)`: the Postgres type that a column of a table gets.
pub(super) fn convert_type(_node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [table, index] = bind("convert_type", arguments, ["agate_table", "col_idx"], 2)?;
    let table = table.unwrap_or_default();
    let Some(index) = index.and_then(|index| index.as_usize()) else {
        return Err(fail("convert_type() takes an index"));
    };
    if let Some(seed) = table.downcast_object_ref::<SeedTable>() {
        return match seed.shape.columns.get(index) {
            Some(column) => Ok(Value::from(column.kind.ddl())),
            None => Err(fail(format!("the table has no column {index}"))),
        };
    }
    let Some(found) = Table::of(&table) else { return Err(fail("convert_type() takes a table")) };
    let kind = found.types().get(index).ok_or_else(|| fail(format!("the table has no column {index}")))?;
    Ok(Value::from(ddl(*kind, found, index)?))
}

fn ddl(kind: ColumnType, table: &Table, index: usize) -> Result<&'static str, CallError> {
    Ok(match kind {
        ColumnType::Integer => "integer",
        ColumnType::Number if has_fraction(table, index) => "float8",
        ColumnType::Number => "integer",
        ColumnType::Boolean => "boolean",
        ColumnType::Date => "date",
        ColumnType::DateTime => "timestamp without time zone",
        ColumnType::Text => "text",
    })
}

fn has_fraction(table: &Table, index: usize) -> bool {
    table
        .rows()
        .iter()
        .filter_map(|row| row.get(index))
        .any(|value| value.downcast_object_ref::<Decimal>().is_some_and(|number| number.has_fraction()))
}
