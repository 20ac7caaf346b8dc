//! `semantic_manifest.json`, which engines of metrics read: much of what `manifest.json` has, in an order of its own.

use std::path::Path;

use serde_json::{Value, json};

use crate::error::{Error, Result};

use super::super::node::{Manifest, Node};
use super::Semantic;

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
        "semantic_models": manifest.semantic_models.values().map(model).collect::<Vec<_>>(),
        "metrics": manifest.metrics.values().map(metric).collect::<Vec<_>>(),
        "project_configuration": {
            "time_spine_table_configurations": [],
            "metadata": null,
            "dsi_package_version": {"major_version": "0", "minor_version": "9", "patch_version": "0"},
            "time_spines": time_spines,
        },
        "saved_queries": manifest.saved_queries.values().map(saved_query).collect::<Vec<_>>(),
    })
}

/// The values of `keys`, separated by blanks, in their order; null where there is none.
fn only(from: &Value, keys: &str) -> Value {
    let pairs = keys.split_whitespace().map(|key| (key.to_owned(), from.get(key).cloned().unwrap_or_default()));
    Value::Object(pairs.collect())
}

fn each(list: &Value, shape: impl Fn(&Value) -> Value) -> Value {
    list.as_array().into_iter().flatten().map(shape).collect()
}

fn model(entry: &Semantic) -> Value {
    let whole = Value::Object(entry.facts.clone());
    let keys = "name defaults description node_relation primary_entity entities measures dimensions label metadata";
    let mut model = only(&whole, keys);
    let part = |keys: &'static str| move |it: &Value| only(it, keys);
    let entity = part("name description type role expr metadata label config");
    let measure = part(
        "name agg description create_metric expr agg_params metadata non_additive_dimension agg_time_dimension label \
         config",
    );
    let dimension = part("name description type is_partition type_params expr metadata label config");
    model["entities"] = each(&whole["entities"], entity);
    model["measures"] = each(&whole["measures"], measure);
    model["dimensions"] = each(&whole["dimensions"], dimension);
    model["config"] = only(&whole["config"], "meta");
    model
}

fn metric(entry: &Semantic) -> Value {
    let whole = Value::Object(entry.facts.clone());
    let mut metric = only(&whole, "name description type type_params filter metadata label config time_granularity");
    let params = &whole["type_params"];
    let keys = "measure numerator denominator expr window grain_to_date metrics conversion_type_params \
                cumulative_type_params input_measures";
    metric["type_params"] = only(params, keys);
    if params.get("is_private").is_some() {
        let more = "metric_aggregation_params join_to_timespine fill_nulls_with is_private";
        metric["type_params"] = only(params, &format!("{keys} {more}"));
    } else if params["cumulative_type_params"].is_object() {
        let cumulative = only(&params["cumulative_type_params"], "window grain_to_date period_agg");
        metric["type_params"]["cumulative_type_params"] = cumulative;
    }
    metric["config"] = only(&whole["config"], "meta");
    metric
}

fn saved_query(entry: &Semantic) -> Value {
    let whole = Value::Object(entry.facts.clone());
    let mut query = only(&whole, "name query_params description metadata label exports tags");
    query["query_params"] = only(&whole["query_params"], "metrics group_by order_by limit where");
    query["exports"] = each(
        &whole["exports"],
        |export| json!({"name": export["name"], "config": only(&export["config"], "export_as schema_name alias")}),
    );
    query
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
