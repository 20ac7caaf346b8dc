//! What a statement gave: its response, and the response and rows that `load_result` gives back.

use std::fmt;
use std::sync::Arc;

use crate::jinja::{Dict, Enumerator, List, Object, ObjectRepr, State, Table, Value, fail};
use crate::postgres::Response;
use crate::template::function::{Answer, text_of};
use crate::template::typed::tuple;

/// A response in a template; prints its message.
#[derive(Debug)]
pub(crate) struct ResponseValue(pub(crate) Response);

impl ResponseValue {
    /// The value of a response.
    pub(crate) fn value(response: Response) -> Value {
        Value::from_object(ResponseValue(response))
    }

    /// The response inside `value`; text is its message.
    pub(crate) fn of(value: &Value) -> Response {
        match value.downcast_object_ref::<ResponseValue>() {
            Some(found) => found.0.clone(),
            None if value.is_none() || value.is_undefined() => Response::default(),
            None => Response { message: text_of(value), code: String::new(), rows_affected: -1 },
        }
    }

    fn written(&self) -> String {
        let text = |text: &str| crate::jinja::repr(&Value::from(text));
        format!(
            "AdapterResponse(_message={}, code={}, rows_affected={}, query_id=None)",
            text(&self.0.message),
            text(&self.0.code),
            self.0.rows_affected
        )
    }

    fn dict(&self) -> Value {
        Dict::value([
            ("_message", Value::from(self.0.message.as_str())),
            ("code", Value::from(self.0.code.as_str())),
            ("rows_affected", Value::from(self.0.rows_affected)),
            ("query_id", Value::from(())),
        ])
    }
}

impl Object for ResponseValue {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "__repr__" => Some(Value::from(self.written())),
            _ => Dict::of(&self.dict())?.get(key),
        }
    }

    fn call_method(self: &Arc<Self>, _state: &mut State<'_, '_>, method: &str, _arguments: &[Value]) -> Answer {
        match method {
            "to_dict" => Ok(self.dict()),
            other => Err(fail(format!("a response has no method `{other}`"))),
        }
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.message)
    }
}

/// A stored result: `response`, `data`, `table`.
#[derive(Debug)]
pub(crate) struct Statement {
    /// What the server said.
    pub(crate) response: Value,
    /// The rows.
    pub(crate) table: Value,
}

impl Object for Statement {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&["response", "data", "table"])
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "response" => Some(self.response.clone()),
            "table" => Some(self.table.clone()),
            "data" => {
                let rows = Table::of(&self.table).map(Table::rows).unwrap_or_default();
                Some(List::value(rows.iter().map(|row| tuple(row.clone())).collect()))
            }
            _ => None,
        }
    }
}
