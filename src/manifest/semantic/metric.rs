//! Metrics: as they are written, and those that measures ask for.

use serde_json::{Map, Value, json};

use crate::project::{Package, SemanticProperties};

use super::super::draft::Drafter;
use super::shape::{expression, filters, items, key, key_or, measure, metric, window};
use super::{METRIC, Semantic, bare};

/// A metric of a property file.
pub fn of_properties(drafter: &Drafter<'_>, package: &Package, entry: &SemanticProperties) -> Semantic {
    let (metric, unrendered) = bare(drafter, package, METRIC, entry);
    let written = entry.rest.to_json();
    let params = written.get("type_params").and_then(Value::as_object).cloned().unwrap_or_default();
    let more = json!({
        "description": entry.description.clone().unwrap_or_default(), "label": key(&written, "label"),
        "type": key(&written, "type"), "type_params": type_params(&params, &key(&written, "type")),
        "filter": filters(&key(&written, "filter")), "metadata": null,
        "time_granularity": key(&written, "time_granularity"),
    });
    finish(drafter, metric, more, unrendered)
}

/// The metrics that measures of `model` ask for with `create_metric`.
pub fn of_measures(
    drafter: &Drafter<'_>,
    package: &Package,
    entry: &SemanticProperties,
    model: &Semantic,
) -> Vec<Semantic> {
    let measures = entry.rest.get("measures").map(|node| items(&node.to_json())).unwrap_or_default();
    let wanted = measures.iter().filter_map(Value::as_object);
    let wanted = wanted.filter(|measure| measure.get("create_metric") == Some(&Value::Bool(true)));
    wanted.map(|measure| of_measure(drafter, package, (entry, model), measure)).collect()
}

fn of_measure(
    drafter: &Drafter<'_>,
    package: &Package,
    (entry, model): (&SemanticProperties, &Semantic),
    written: &Map<String, Value>,
) -> Semantic {
    let name = key(written, "name");
    let named = SemanticProperties {
        name: name.as_str().unwrap_or_default().to_owned(),
        config: crate::project::Map::default(),
        rest: crate::project::Map::default(),
        ..entry.clone()
    };
    let (mut created, mut unrendered) = bare(drafter, package, METRIC, &named);
    let meta = model.config.0.get("meta").cloned().unwrap_or_else(|| json!({}));
    let layer = json!({"meta": meta}).as_object().cloned().unwrap_or_default();
    super::lay_over(&mut created.config, &layer);
    unrendered["meta"] = meta;
    unrendered["enabled"] = json!(true);
    let params = json!({"measure": name, "expr": key_or(written, "expr", name.clone())});
    let params = type_params(params.as_object().unwrap_or(&Map::new()), &json!("simple"));
    let more = json!({
        "description": key_or(written, "description", json!(format!("Metric created from measure {}", named.name))),
        "label": key_or(written, "label", name),
        "type": "simple", "type_params": params, "filter": null, "metadata": null, "time_granularity": null,
    });
    finish(drafter, created, more, unrendered)
}

fn finish(drafter: &Drafter<'_>, mut metric: Semantic, more: Value, unrendered: Value) -> Semantic {
    metric.facts.extend(more.as_object().cloned().unwrap_or_default());
    let rest = json!({
        "meta": key(&metric.config.0, "meta"), "tags": metric.tags, "config": metric.config.0,
        "unrendered_config": unrendered, "sources": [], "depends_on": null, "refs": [], "metrics": [],
        "created_at": drafter.now, "group": metric.group,
    });
    metric.facts.extend(rest.as_object().cloned().unwrap_or_default());
    metric
}

fn type_params(written: &Map<String, Value>, kind: &Value) -> Value {
    let of = |name: &str| key(written, name);
    let mut params = json!({
        "measure": measure(&of("measure")), "input_measures": [],
        "numerator": metric(&of("numerator")), "denominator": metric(&of("denominator")),
        "expr": expression(&of("expr")), "window": window(&of("window")), "grain_to_date": of("grain_to_date"),
        "metrics": items(&of("metrics")).iter().map(metric).collect::<Vec<_>>(),
        "conversion_type_params": conversion(&of("conversion_type_params")),
        "cumulative_type_params": if kind == "cumulative" { cumulative(written) } else { Value::Null },
        "metric_aggregation_params": of("metric_aggregation_params"),
    });
    // Of version 1.12; earlier readers know none of them.
    for name in
        ["fill_nulls_with", "join_to_timespine", "is_private"].into_iter().filter(|it| written.contains_key(*it))
    {
        params[name] = of(name);
    }
    params
}

fn conversion(written: &Value) -> Value {
    let Some(written) = written.as_object() else { return Value::Null };
    let of = |name: &str| key(written, name);
    let properties = written.get("constant_properties").filter(|list| !list.is_null()).map(|list| {
        let pair = |it: &Value| {
            json!({"base_property": it["base_property"], "conversion_property": it["conversion_property"]})
        };
        items(list).iter().map(pair).collect::<Vec<_>>()
    });
    if written.contains_key("base_metric") {
        return json!({
            "entity": of("entity"), "base_measure": null, "conversion_measure": null,
            "base_metric": metric(&of("base_metric")), "conversion_metric": metric(&of("conversion_metric")),
            "calculation": key_or(written, "calculation", json!("conversion_rate")),
            "window": window(&of("window")), "constant_properties": properties,
        });
    }
    json!({
        "base_measure": measure(&of("base_measure")), "conversion_measure": measure(&of("conversion_measure")),
        "entity": of("entity"), "calculation": key_or(written, "calculation", json!("conversion_rate")),
        "window": window(&of("window")), "constant_properties": properties,
    })
}

/// Window and grain may stand inside or, as was usual once, beside.
fn cumulative(written: &Map<String, Value>) -> Value {
    let empty = Map::new();
    let inside = written.get("cumulative_type_params").and_then(Value::as_object).unwrap_or(&empty);
    let either = |name: &str| key_or(inside, name, key(written, name));
    json!({
        "window": window(&either("window")), "grain_to_date": either("grain_to_date"),
        "period_agg": key_or(inside, "period_agg", json!("first")), "metric": metric(&key(inside, "metric")),
    })
}
