//! What `on-run-end` sees of a run: `results`, `schemas`, `database_schemas`.

use std::fmt;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::jinja::{Dict, Enumerator, List, Object, ObjectRepr, State, Value, from_json};
use crate::template::function::Answer;
use crate::template::node::Node;
use crate::template::typed::tuple;

/// The value of `name`; none outside of `on-run-end`.
pub(crate) fn run_end(node: &Arc<Node>, name: &str) -> Option<Value> {
    let value = node.runtime.as_ref()?.run_end.as_ref()?.get(name)?;
    let listed = value.as_array()?;
    Some(List::value(match name {
        "results" => listed.iter().map(Record::value).collect(),
        "database_schemas" => listed.iter().map(pair).collect(),
        _ => listed.iter().map(from_json).collect(),
    }))
}

fn pair(pair: &Json) -> Value {
    let parts: Vec<Value> = pair.as_array().into_iter().flatten().map(from_json).collect();
    tuple(parts)
}

/// A result, or the node of one: a dict whose keys are attributes, and which has `to_dict()`.
pub(super) struct Record(Arc<Dict>);

impl Record {
    fn value(json: &Json) -> Value {
        Record::value_of(json, &["node"])
    }

    /// A record of `json`, whose parts named in `records` are records too.
    pub(super) fn value_of(json: &Json, records: &[&str]) -> Value {
        let value = from_json(json);
        if let Some(dict) = Dict::of(&value) {
            for part in records {
                if let Some(inner) = json.get(*part).filter(|inner| inner.is_object()) {
                    dict.insert(*part, Record::value_of(inner, &[]));
                }
            }
        }
        match value.downcast_object::<Dict>() {
            Some(dict) => Value::from_object(Record(dict)),
            None => value,
        }
    }

    fn to_dict(&self) -> Value {
        Dict::value(self.0.snapshot().into_iter().map(|(key, value)| {
            let plain = value.downcast_object_ref::<Record>().map(Record::to_dict);
            (key, plain.unwrap_or(value))
        }))
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, out)
    }
}

impl Object for Record {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.get(key)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.keys())
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Answer {
        match method {
            "to_dict" => Ok(self.to_dict()),
            other => self.0.call_method(state, other, arguments),
        }
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, out)
    }
}
