//! Nodes and sources as templates see them: the manifest form, and what dbt leaves out of `manifest.json`.

use serde_json::{Map, Value, json};

use super::defaults;
use super::json::to_json;
use super::node::{Manifest, Node, NodeKind};
use super::resource::{Source, UnitTest};

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

/// A unit test that has run, as dbt shows it: a node of its own with the text and the parents of the tested model.
pub fn shown_unit_test(test: &UnitTest, manifest: &Manifest) -> Value {
    let form = to_json(test);
    let Some(model) = test.depends_on.first().and_then(|id| manifest.nodes.get(id)) else { return form };
    let folder = test.original_path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut config = defaults::of(NodeKind::Operation).0;
    config.insert("materialized".to_owned(), json!("unit"));
    config.insert("expected_rows".to_owned(), form["expect"]["rows"].clone());
    config.insert("expected_sql".to_owned(), Value::Null);
    let own = json!({
        "name": test.name, "resource_type": "unit_test", "path": format!("{folder}/{}.sql", test.name),
        "original_file_path": test.original_path, "unique_id": test.unique_id,
        "fqn": test.unique_id.as_str().split('.').collect::<Vec<_>>(), "alias": test.name,
        "checksum": {"name": "none", "checksum": ""}, "config": config, "tags": [], "description": "",
        "columns": {}, "meta": {}, "group": null, "docs": {"show": true, "node_color": null}, "patch_path": null,
        "unrendered_config": {}, "created_at": test.created_at, "relation_name": null, "doc_blocks": [],
        "depends_on": {"macros": [], "nodes": model.depends_on},
        "contract": {"enforced": false, "alias_types": true, "checksum": null},
        "config_call_dict": {}, "unrendered_config_call_dict": {},
    });
    let borrowed = shown(model, to_json(model));
    let fields = borrowed.as_object().into_iter().flatten();
    let kept = fields.filter(|(key, _)| !OF_MODELS.contains(&key.as_str()));
    let mut node: Map<String, Value> =
        kept.map(|(key, value)| (key.clone(), own.get(key).unwrap_or(value).clone())).collect();
    node.insert("package_name".to_owned(), json!(test.package));
    node.insert("tested_node_unique_id".to_owned(), json!(model.unique_id));
    node.insert("this_input_node_unique_id".to_owned(), Value::Null);
    node.insert("overrides".to_owned(), json!(test.overrides));
    Value::Object(node)
}

/// Fields that only models have.
const OF_MODELS: [&str; 9] = [
    "access",
    "constraints",
    "version",
    "latest_version",
    "deprecation_date",
    "primary_key",
    "time_spine",
    "defer_relation",
    "batch",
];
