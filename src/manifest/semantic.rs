//! `semantic_manifest.json`, which engines for metrics read: so far the tables of time that models declare.

use std::path::Path;

use serde_json::{Value, json};

use crate::error::{Error, Result};

use super::node::{Manifest, Node};

/// Writes the file to `path`, at once: a reader sees the old file or the new one.
///
/// # Errors
///
/// `Io` when the folder does not accept it.
pub fn write_semantic(manifest: &Manifest, path: &Path) -> Result<()> {
    let aside = path.with_extension("json.tmp");
    std::fs::write(&aside, document(manifest).to_string()).map_err(|cause| Error::io("write", &aside, cause))?;
    std::fs::rename(&aside, path).map_err(|cause| Error::io("write", path, cause))
}

fn document(manifest: &Manifest) -> Value {
    let time_spines: Vec<Value> = manifest.nodes.values().filter_map(time_spine).collect();
    json!({
        "semantic_models": [],
        "metrics": [],
        "project_configuration": {
            "time_spine_table_configurations": [],
            "metadata": null,
            "dsi_package_version": {"major_version": "0", "minor_version": "9", "patch_version": "0"},
            "time_spines": time_spines,
        },
        "saved_queries": [],
    })
}

/// The model as a table of time, when its properties say that it is one.
fn time_spine(node: &Node) -> Option<Value> {
    let spine = node.time_spine.as_ref().filter(|spine| spine.is_object())?;
    let name = spine["standard_granularity_column"].as_str()?;
    let granularity = node.columns.get(name).and_then(|column| column.granularity.clone());
    let custom: Vec<Value> = spine["custom_granularities"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|custom| json!({"name": custom["name"], "column_name": custom["column_name"]}))
        .collect();
    Some(json!({
        "node_relation": {
            "alias": node.alias, "schema_name": node.schema, "database": node.database,
            "relation_name": node.relation.as_ref().map(|relation| relation.render()),
        },
        "primary_column": {"name": name, "time_granularity": granularity},
        "custom_granularities": custom,
    }))
}
