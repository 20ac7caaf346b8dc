//! Described columns and constraints in the form that the manifest keeps.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use crate::project::{ColumnProperties, Node as Yaml};

use super::node::Column;

/// The columns by name, in order; descriptions not rendered yet.
pub fn columns(properties: &[ColumnProperties]) -> IndexMap<String, Column> {
    properties.iter().map(|column| (column.name.clone(), one(column))).collect()
}

fn one(properties: &ColumnProperties) -> Column {
    let of_config = |key: &str| properties.config.get(key);
    let mut meta = Map::new();
    for node in [properties.meta.as_ref(), of_config("meta")].into_iter().flatten() {
        if let Value::Object(map) = node.to_json() {
            meta.extend(map);
        }
    }
    let mut tags = Vec::new();
    for node in [properties.tags.as_ref(), of_config("tags")].into_iter().flatten() {
        for tag in texts(&node.to_json()) {
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
    }
    Column {
        name: properties.name.clone(),
        description: properties.description.clone().unwrap_or_default(),
        data_type: properties.data_type.clone(),
        quote: properties.quote,
        meta,
        tags,
        constraints: properties.constraints.iter().map(column_constraint).collect(),
        granularity: properties.granularity.as_ref().and_then(|node| node.to_json().as_str().map(str::to_owned)),
        doc_blocks: Vec::new(),
        extra: properties.extra.iter().map(|(key, node)| (key.to_owned(), node.to_json())).collect(),
    }
}

/// The strings of a list, or the one string.
pub fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

/// A constraint of a column with all of dbt's keys.
fn column_constraint(node: &Yaml) -> Value {
    let written = node.to_json();
    let key = |name: &str, default: Value| written.get(name).cloned().unwrap_or(default);
    json!({
        "type": key("type", Value::Null), "name": key("name", Value::Null),
        "expression": key("expression", Value::Null), "warn_unenforced": key("warn_unenforced", json!(true)),
        "warn_unsupported": key("warn_unsupported", json!(true)), "to": key("to", Value::Null),
        "to_columns": key("to_columns", json!([])),
    })
}

/// A constraint of a model with all of dbt's keys.
pub fn constraint(node: &Yaml) -> Value {
    let mut constraint = column_constraint(node);
    let columns = node.to_json().get("columns").cloned().unwrap_or_else(|| json!([]));
    if let Value::Object(map) = &mut constraint {
        map.insert("columns".to_owned(), columns);
    }
    constraint
}
