//! What `on-run-end` sees of a run: `results`, `schemas`, `database_schemas`.

use std::sync::Arc;

use serde_json::Value as Json;

use super::record::Record;
use crate::jinja::{List, Value, from_json};
use crate::template::node::Node;
use crate::template::typed::tuple;

/// The value of `name`; none outside of `on-run-end`.
pub(crate) fn run_end(node: &Arc<Node>, name: &str) -> Option<Value> {
    let value = node.runtime.as_ref()?.run_end.as_ref()?.get(name)?;
    let listed = value.as_array()?;
    Some(List::value(match name {
        "results" => listed.iter().map(Record::result).collect(),
        "database_schemas" => listed.iter().map(pair).collect(),
        _ => listed.iter().map(from_json).collect(),
    }))
}

fn pair(pair: &Json) -> Value {
    let parts: Vec<Value> = pair.as_array().into_iter().flatten().map(from_json).collect();
    tuple(parts)
}
