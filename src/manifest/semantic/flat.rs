//! The semantic layer as dbt 1.12 lets it stand in the properties of models, put into the form of sections of its own.

use serde_json::{Map, Value, json};

use crate::project::{Node, NodeProperties, Origin, SemanticProperties};

use super::shape::{items, key, key_or};

/// The semantic model that the properties of a model hold, then its metrics; none for most models.
pub fn of_model(properties: &NodeProperties) -> Option<(SemanticProperties, Vec<SemanticProperties>)> {
    let written = properties.semantics.to_json();
    let about = match written.get("semantic_model")? {
        Value::Bool(true) => Map::new(),
        Value::Object(map) if map.get("enabled") != Some(&json!(false)) => map.clone(),
        _ => return None,
    };
    let name = key_or(&about, "name", json!(properties.name));
    let name = name.as_str().unwrap_or(&properties.name).to_owned();
    let time = key(&written, "agg_time_dimension");
    let derived = written.get("derived_semantics").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut entities: Vec<Value> = properties.columns.iter().filter_map(entity).collect();
    entities.extend(items(&key(&derived, "entities")));
    let mut dimensions: Vec<Value> = properties.columns.iter().filter_map(dimension).collect();
    dimensions.extend(items(&key(&derived, "dimensions")).into_iter().map(|it| timed(it, &Value::Null)));
    let rest = json!({
        "model": format!("ref('{}')", properties.name), "defaults": {"agg_time_dimension": time},
        "primary_entity": written.get("primary_entity"), "entities": entities, "dimensions": dimensions,
        "label": about.get("label"),
    });
    let mut config = about.get("config").and_then(Value::as_object).cloned().unwrap_or_default();
    config.insert("enabled".to_owned(), json!(true));
    if let Some(group) = about.get("group") {
        config.insert("group".to_owned(), group.clone());
    }
    let make = |name: String, description: Option<String>, config: Value, rest: Value| SemanticProperties {
        name,
        file: properties.file.clone(),
        origin: properties.origin.clone(),
        description,
        config: as_map(&config, &properties.origin),
        rest: as_map(&rest, &properties.origin),
    };
    let metrics = items(&key(&written, "metrics")).into_iter().filter_map(|it| {
        let flat = it.as_object()?;
        let text = |name: &str| flat.get(name).and_then(Value::as_str).map(str::to_owned);
        let rest = nested(flat, Some((&name, &time)));
        Some(make(text("name")?, text("description"), key_or(flat, "config", json!({})), rest))
    });
    let metrics = metrics.collect();
    Some((make(name.clone(), properties.description.clone(), Value::Object(config), rest), metrics))
}

/// A metric of a section `metrics` with its parameters where they always stood.
pub fn metric(entry: &SemanticProperties) -> SemanticProperties {
    let written = entry.rest.to_json();
    if written.contains_key("type_params") {
        return entry.clone();
    }
    SemanticProperties { rest: as_map(&nested(&written, None), &entry.origin), ..entry.clone() }
}

fn as_map(json: &Value, origin: &Origin) -> crate::project::Map {
    Node::from_json(json, origin).as_map().cloned().unwrap_or_default()
}

/// Keys that stand beside the name now, and among the parameters once.
fn nested(flat: &Map<String, Value>, model: Option<(&str, &Value)>) -> Value {
    let of = |name: &str| key(flat, name);
    let kind = of("type");
    let params = json!({
        "expr": of("expr"), "numerator": of("numerator"), "denominator": of("denominator"),
        "metrics": of("input_metrics"),
        "cumulative_type_params": {
            "window": of("window"), "grain_to_date": of("grain_to_date"), "period_agg": of("period_agg"),
            "metric": of("input_metric"),
        },
        "conversion_type_params": (kind == "conversion").then(|| json!({
            "entity": of("entity"), "calculation": of("calculation"), "base_metric": of("base_metric"),
            "conversion_metric": of("conversion_metric"), "window": of("window"),
            "constant_properties": of("constant_properties"),
        })),
        "metric_aggregation_params": (kind == "simple").then(|| aggregation(flat, model)),
        // Whatever counts as nothing in Python is none.
        "fill_nulls_with": of("fill_nulls_with").as_f64().filter(|number| *number != 0.0).map(|_| of("fill_nulls_with")),
        "join_to_timespine": key_or(flat, "join_to_timespine", json!(false)),
        "is_private": key_or(flat, "hidden", json!(false)),
    });
    let mut rest = flat.clone();
    rest.insert("type_params".to_owned(), params);
    Value::Object(rest)
}

fn aggregation(flat: &Map<String, Value>, model: Option<(&str, &Value)>) -> Value {
    let of = |name: &str| key(flat, name);
    let additive = flat.get("non_additive_dimension").and_then(Value::as_object).map(|it| {
        json!({
            "name": key(it, "name"), "window_choice": key_or(it, "window_agg", json!("min")),
            "window_groupings": key_or(it, "group_by", json!([])),
        })
    });
    let time = model.map(|(_, time)| time.clone()).unwrap_or_default();
    json!({
        "semantic_model": model.map(|(name, _)| name), "agg": of("agg"),
        "agg_params": {
            "percentile": of("percentile"), "use_discrete_percentile": of("percentile_type") == "discrete",
            "use_approximate_percentile": of("percentile_type") == "continuous_approximate",
        },
        "agg_time_dimension": key_or(flat, "agg_time_dimension", time), "non_additive_dimension": additive,
    })
}

type Column = crate::project::ColumnProperties;

/// What a column says under `entity` or `dimension`: the type alone, or a mapping.
fn part(column: &Column, name: &str) -> Option<Map<String, Value>> {
    match column.extra.get(name)?.to_json() {
        Value::String(kind) => Some([("type".to_owned(), json!(kind))].into_iter().collect()),
        Value::Object(map) => Some(map),
        _ => None,
    }
}

fn named(column: &Column, mut map: Map<String, Value>) -> Value {
    let name = key_or(&map, "name", json!(column.name));
    let is_renamed = name != json!(column.name);
    let described = json!(column.description.clone().unwrap_or_default());
    let description = key_or(&map, "description", described);
    map.insert("expr".to_owned(), if is_renamed { json!(column.name) } else { Value::Null });
    map.insert("name".to_owned(), name);
    map.insert("description".to_owned(), description);
    Value::Object(map)
}

fn entity(column: &Column) -> Option<Value> {
    part(column, "entity").map(|map| named(column, map))
}

fn dimension(column: &Column) -> Option<Value> {
    let grain = column.granularity.as_ref().map(Node::to_json).unwrap_or_default();
    part(column, "dimension").map(|map| timed(named(column, map), &grain))
}

/// A dimension of time with its grain among its parameters.
fn timed(mut it: Value, grain: &Value) -> Value {
    if it["type"] == "time" {
        let grain = if it["granularity"].is_null() { grain.clone() } else { it["granularity"].clone() };
        it["type_params"] = json!({"time_granularity": grain, "validity_params": it["validity_params"]});
    }
    it
}
