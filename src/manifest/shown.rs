//! Nodes and sources as templates see them: the manifest form, and what dbt leaves out of `manifest.json`.

use serde_json::{Map, Value, json};

use super::json::to_json;
use super::node::{Node, NodeKind};
use super::resource::Source;

/// `form`, the manifest form of `node`, with what only templates see of it.
pub fn shown(node: &Node, form: Value) -> Value {
    let Value::Object(mut form) = form else { return form };
    let calls =
        [("config_call_dict", &node.config_call), ("unrendered_config_call_dict", &node.unrendered_config_call)];
    let after = form.keys().position(|key| key == "created_at").map_or(form.len(), |at| at + 1);
    for (at, (key, call)) in calls.into_iter().enumerate() {
        form.shift_insert(after + at, key.to_owned(), json!(call));
    }
    form.extend(unset(node.kind));
    Value::Object(form)
}

/// The fields of a node that are filled while it runs, if at all.
fn unset(kind: NodeKind) -> Map<String, Value> {
    let names: &[&str] = match kind {
        NodeKind::Model => &["defer_relation", "batch"],
        NodeKind::Seed | NodeKind::Snapshot => &["defer_relation"],
        NodeKind::Function => &["defer_function"],
        NodeKind::Test | NodeKind::Analysis | NodeKind::Operation | NodeKind::SqlOperation => &[],
    };
    names.iter().map(|name| ((*name).to_owned(), Value::Null)).collect()
}

/// The manifest form of a source with what only templates see of it.
pub fn shown_source(source: &Source) -> Value {
    let mut form = to_json(source);
    if let Value::Object(fields) = &mut form {
        fields.insert("_event_status".to_owned(), json!({}));
    }
    form
}
