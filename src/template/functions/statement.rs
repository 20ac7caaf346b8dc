//! Results of statements, kept by name until a macro reads them; and a seed's rows.

use std::sync::Arc;

use crate::error::Error;
use crate::jinja::{State, Table, Value, bind, fail, raise};
use crate::template::function::{Answer, text_of};
use crate::template::node::{Node, lock};
use crate::template::objects::{ResponseValue, SeedTable, Statement};

/// `store_result(name, response, agate_table)`.
pub(super) fn store_result(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [name, response, table] = bind("store_result", arguments, ["name", "response", "agate_table"], 2)?;
    let statement = Statement { response: response.unwrap_or_default(), table: or_empty(table) };
    Ok(store(node, name, statement))
}

/// `store_raw_result(name, message, code, rows_affected, agate_table)`.
pub(super) fn store_raw_result(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let names = ["name", "message", "code", "rows_affected", "agate_table"];
    let [name, message, code, rows, table] = bind("store_raw_result", arguments, names, 1)?;
    let text = |value: Option<Value>| value.filter(|value| !value.is_none()).as_ref().map(text_of).unwrap_or_default();
    let rows_affected = rows.and_then(|rows| text_of(&rows).trim().parse().ok()).unwrap_or(-1);
    let response = crate::postgres::Response { message: text(message), code: text(code), rows_affected };
    Ok(store(node, name, Statement { response: ResponseValue::value(response), table: or_empty(table) }))
}

fn or_empty(table: Option<Value>) -> Value {
    table.filter(|table| !table.is_none()).unwrap_or_else(Table::empty)
}

fn store(node: &Arc<Node>, name: Option<Value>, statement: Statement) -> Value {
    let name = name.as_ref().map(text_of).unwrap_or_default();
    lock(&node.statements).insert(name, Some(Arc::new(statement)));
    Value::from("")
}

/// `load_result(name)`: every result but that of `main` can be read once.
pub(super) fn load_result(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [name] = bind("load_result", arguments, ["name"], 1)?;
    let name = name.as_ref().map(text_of).unwrap_or_default();
    let mut statements = lock(&node.statements);
    match statements.get_mut(&name) {
        None => Ok(Value::from(())),
        Some(Some(statement)) if name == "main" => Ok(Value::from_dyn_object(statement.clone())),
        Some(stored) => match stored.take() {
            Some(statement) => Ok(Value::from_dyn_object(statement)),
            None => Err(raise(Error::compilation(format!(
                "the result of the statement `{name}` has already been loaded into a variable"
            )))),
        },
    }
}

/// `load_agate_table()`: the rows of a seed's file.
pub(super) fn load_agate_table(node: &Arc<Node>, _state: &mut State<'_, '_>, _arguments: &[Value]) -> Answer {
    let seed = node.runtime.as_ref().and_then(|runtime| runtime.seed.clone());
    match seed {
        Some(seed) => SeedTable::open(seed, &node.shared.globals.reporter).map_err(raise),
        None => Err(fail("load_agate_table() can be called for a seed only")),
    }
}
