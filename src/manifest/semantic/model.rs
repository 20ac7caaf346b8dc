//! Semantic models: what the columns of a model mean.

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::project::{Package, SemanticProperties};

use super::super::draft::Drafter;
use super::super::entry;
use super::shape::{expression, items, key, key_or};
use super::{MODEL, Semantic, bare};

/// A semantic model of a property file.
///
/// # Errors
///
/// `Parsing` when `model` is no call of `ref`.
pub fn of_properties(drafter: &Drafter<'_>, package: &Package, entry: &SemanticProperties) -> Result<Semantic> {
    let (mut model, unrendered) = bare(drafter, package, MODEL, entry);
    let written = entry.rest.to_json();
    let text = key(&written, "model");
    let call = entry::ref_call(text.as_str().unwrap_or_default()).ok_or_else(|| {
        let message = format!("semantic model `{}` has no `model` that is a `ref`", entry.name);
        Error::parsing(message).at(entry.origin.place()).hint("write `model: ref('orders')`")
    })?;
    let meta = key(&model.config.0, "meta");
    let of = |name: &str| key(&written, name);
    let each = |name: &str, shape: fn(&Map<String, Value>) -> Value| -> Vec<Value> {
        let list = items(&of(name));
        let listed = list.iter().filter_map(Value::as_object);
        listed.map(|it| with_config(shape(it), it.get("config"), &meta)).collect()
    };
    let facts = json!({
        "model": text, "node_relation": null, "description": entry.description, "label": of("label"),
        "defaults": defaults(&of("defaults")), "entities": each("entities", entity),
        "measures": each("measures", measure), "dimensions": each("dimensions", dimension),
        "metadata": null, "depends_on": null, "refs": [call], "created_at": drafter.now,
        "config": model.config.0, "unrendered_config": unrendered, "primary_entity": of("primary_entity"),
        "group": model.group,
    });
    model.facts.extend(facts.as_object().cloned().unwrap_or_default());
    model.model = Some(call);
    Ok(model)
}

fn defaults(written: &Value) -> Value {
    match written {
        Value::Object(map) => json!({"agg_time_dimension": key(map, "agg_time_dimension")}),
        _ => Value::Null,
    }
}

/// The part with the meta of the whole model below its own.
fn with_config(mut part: Value, own: Option<&Value>, meta: &Value) -> Value {
    let mut merged = meta.as_object().cloned().unwrap_or_default();
    let own = own.and_then(|config| config.get("meta")).and_then(Value::as_object);
    merged.extend(own.cloned().unwrap_or_default());
    part["config"] = json!({"meta": merged});
    part
}

fn entity(it: &Map<String, Value>) -> Value {
    json!({
        "name": key(it, "name"), "type": key(it, "type"), "description": key(it, "description"),
        "label": key(it, "label"), "role": key(it, "role"), "expr": expression(&key(it, "expr")),
    })
}

fn measure(it: &Map<String, Value>) -> Value {
    let params = it.get("agg_params").and_then(Value::as_object).map(|params| {
        json!({
            "percentile": key(params, "percentile"),
            "use_discrete_percentile": key_or(params, "use_discrete_percentile", json!(false)),
            "use_approximate_percentile": key_or(params, "use_approximate_percentile", json!(false)),
        })
    });
    let additive = it.get("non_additive_dimension").and_then(Value::as_object).map(|it| {
        json!({
            "name": key(it, "name"), "window_choice": key_or(it, "window_choice", json!("min")),
            "window_groupings": key_or(it, "window_groupings", json!([])),
        })
    });
    json!({
        "name": key(it, "name"), "agg": key(it, "agg"), "description": key(it, "description"),
        "label": key(it, "label"), "create_metric": false, "expr": expression(&key(it, "expr")),
        "agg_params": params, "non_additive_dimension": additive, "agg_time_dimension": key(it, "agg_time_dimension"),
    })
}

fn dimension(it: &Map<String, Value>) -> Value {
    let params = it.get("type_params").and_then(Value::as_object).map(|params| {
        let validity = params.get("validity_params").and_then(Value::as_object).map(|validity| {
            json!({
                "is_start": key_or(validity, "is_start", json!(false)),
                "is_end": key_or(validity, "is_end", json!(false)),
            })
        });
        json!({"time_granularity": key(params, "time_granularity"), "validity_params": validity})
    });
    json!({
        "name": key(it, "name"), "type": key(it, "type"), "description": key(it, "description"),
        "label": key(it, "label"), "is_partition": key_or(it, "is_partition", json!(false)), "type_params": params,
        "expr": expression(&key(it, "expr")), "metadata": null,
    })
}
