//! What must hold in the semantic layer, in the words of dbt.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::error::{Error, Place, Result};
use crate::flag::Flags;
use crate::project::{SemanticProperties, Warning};

use super::super::node::{Manifest, Node};
use super::{Semantic, cumulative, filter};

const METRIC_TYPES: [&str; 5] = ["simple", "ratio", "cumulative", "derived", "conversion"];
const AGGREGATIONS: [&str; 10] =
    ["sum", "min", "max", "count_distinct", "sum_boolean", "average", "percentile", "median", "count", "none"];

static NAME: LazyLock<Regex> = LazyLock::new(|| Regex::new("^[a-z][a-z0-9_]*[a-z0-9]$").expect("a constant pattern"));

/// Refuses a metric without a label or with an unknown type.
pub fn metric(entry: &SemanticProperties) -> Result<()> {
    let place = || entry.origin.place();
    let text = |key: &str| entry.rest.get(key).and_then(|node| node.as_text());
    if text("label").is_none() {
        let message = format!("metric `{}` has no `label`, which must be a text", entry.name);
        return Err(Error::parsing(message).at(place()).hint("write `label: Revenue`"));
    }
    match text("type") {
        Some("simple" | "cumulative") if !has_measure(entry) => {
            let message = format!("metric `{}` has no measure", entry.name);
            Err(Error::parsing(message).at(place()).hint("write `type_params: {measure: ..}`"))
        }
        Some(kind) if METRIC_TYPES.contains(&kind) => Ok(()),
        Some(kind) => {
            let error = Error::parsing(format!("`{kind}` is no type of a metric")).at(place());
            Err(error.meant_or(kind, METRIC_TYPES, || format!("the types are: {}", METRIC_TYPES.join(", "))))
        }
        None => Err(Error::parsing(format!("metric `{}` has no `type`", entry.name)).at(place())),
    }
}

/// Whether a metric names a measure, or is written in the newer form, which has none.
fn has_measure(entry: &SemanticProperties) -> bool {
    let params = entry.rest.get("type_params").and_then(|node| node.as_map());
    let has = |key: &str| params.and_then(|map| map.get(key)).is_some_and(|node| !node.is_null());
    has("measure") || has("is_private")
}

/// What an engine of metrics would refuse; without metrics nobody asks.
pub fn all(manifest: &Manifest) -> Vec<Error> {
    let mut errors = Vec::new();
    if manifest.metrics.is_empty() {
        return errors;
    }
    let mut labels: HashMap<&str, &str> = HashMap::new();
    for metric in manifest.metrics.values() {
        if let Some(label) = metric.facts["label"].as_str()
            && let Some(other) = labels.insert(label, &metric.name)
        {
            let name = &metric.name;
            let message =
                format!("Can't use label `{label}` for  metric `{name}` as it's already used for metric `{other}`");
            errors.push(Error::parsing(message).at(metric.place.clone()));
        }
        if metric.facts["type"] == "derived" && !metric.facts["type_params"]["expr"].is_string() {
            let message = format!(
                "No `expr` set for derived metric {}. Please add an `expr` that references all input metrics.",
                metric.name
            );
            errors.push(Error::parsing(message).at(metric.place.clone()));
        }
    }
    errors.extend(manifest.metrics.values().flat_map(filter::of_metric));
    errors.extend(manifest.saved_queries.values().flat_map(filter::of_saved_query));
    errors.extend(cumulative::errors(manifest));
    let parts = manifest.semantic_models.values();
    let entries = parts.clone().chain(manifest.metrics.values()).chain(manifest.saved_queries.values());
    for entry in entries {
        errors.extend(bad_name(&entry.name, entry));
    }
    let mut measures = HashSet::new();
    for model in parts {
        for measure in listed(model, "measures") {
            let name = measure["name"].as_str().unwrap_or_default();
            if !measures.insert(name.to_owned()) {
                let message = format!("two measures are called `{name}`; a metric could not tell them apart");
                errors.push(Error::parsing(message).at(model.place.clone()).hint("rename one of them"));
            }
            errors.extend(measure_errors(measure, model));
        }
        for kind in ["measures", "dimensions", "entities"] {
            let names = listed(model, kind).iter().filter_map(|part| part["name"].as_str());
            errors.extend(names.filter_map(|name| bad_name(name, model)));
        }
        errors.extend(no_key(model));
    }
    errors.extend(no_time_spine(manifest));
    errors
}

fn listed<'a>(entry: &'a Semantic, key: &str) -> &'a [Value] {
    entry.facts.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn bad_name(name: &str, entry: &Semantic) -> Option<Error> {
    if NAME.is_match(name) && !name.contains("__") {
        return None;
    }
    let message = format!(
        "Invalid name `{name}` - names may only contain lower case letters, numbers, and underscores. Additionally, \
         names must start with a lower case letter, cannot end with an underscore, cannot contain dunders (double \
         underscores, or __), and must be at least 2 characters long."
    );
    Some(Error::parsing(message).at(entry.place.clone()))
}

fn measure_errors(measure: &Value, model: &Semantic) -> Option<Error> {
    let name = measure["name"].as_str().unwrap_or_default();
    let agg = measure["agg"].as_str().unwrap_or_default();
    if !AGGREGATIONS.contains(&agg) {
        let message = format!("`{agg}` of measure `{name}` is no aggregation");
        let known = format!("the aggregations are: {}", AGGREGATIONS.join(", "));
        return Some(Error::parsing(message).at(model.place.clone()).hint(known));
    }
    let wanted = measure["agg_time_dimension"].as_str();
    let wanted = wanted.or_else(|| model.facts.get("defaults").and_then(|it| it["agg_time_dimension"].as_str()));
    let Some(wanted) = wanted else {
        let message = format!(
            "measure `{name}` of semantic model `{}` has no `agg_time_dimension`, and the model no default",
            model.name
        );
        let hint = "write `defaults: {agg_time_dimension: ..}` in the semantic model";
        return Some(Error::parsing(message).at(model.place.clone()).hint(hint));
    };
    let is_there = |it: &Value| it["name"].as_str() == Some(wanted) && it["type"].as_str() == Some("time");
    if listed(model, "dimensions").iter().any(is_there) {
        return None;
    }
    let message = format!(
        "measure `{name}` of semantic model `{}` is aggregated over `{wanted}`, which is no time dimension of it",
        model.name
    );
    Some(Error::parsing(message).at(model.place.clone()))
}

/// Dimensions need a key to be asked for by.
fn no_key(model: &Semantic) -> Option<Error> {
    let has_key = model.facts.get("primary_entity").is_some_and(Value::is_string)
        || listed(model, "entities").iter().any(|entity| entity["type"] == "primary");
    if has_key || listed(model, "dimensions").is_empty() {
        return None;
    }
    let message = format!(
        "The semantic model {} contains dimensions, but it does not define a primary entity. Either add an entity of \
         type primary or set a primary_entity",
        model.name
    );
    Some(Error::parsing(message).at(model.place.clone()))
}

/// What is deprecated in the semantic layer.
pub fn warnings(manifest: &Manifest, flags: &Flags) -> Vec<Warning> {
    let is_bare = |node: &&Node| node.name == LEGACY_SPINE && !node.time_spine.as_ref().is_some_and(Value::is_object);
    let has_spine = manifest.nodes.values().any(|node| node.time_spine.as_ref().is_some_and(Value::is_object));
    let is_quiet =
        has_spine || manifest.metrics.is_empty() || flags.switch("require_yaml_configuration_for_mf_time_spines");
    let bare = manifest.nodes.values().find(is_bare).filter(|_| !is_quiet).map(|node| {
        let message = format!("the time spine `{LEGACY_SPINE}` should say so in YAML: give the model a `time_spine`");
        let place = Some(Place::file(&node.file));
        Warning { name: "MFTimespineWithoutYamlConfigurationDeprecation", message, place }
    });
    bare.into_iter().chain(cumulative::warning(manifest, flags)).collect()
}

/// The name by which a model was the table of times before YAML could say so.
const LEGACY_SPINE: &str = "metricflow_time_spine";

/// Metrics are asked for by time, so some model must be the table of times.
fn no_time_spine(manifest: &Manifest) -> Option<Error> {
    let has_spine = manifest
        .nodes
        .values()
        .any(|node| node.name == LEGACY_SPINE || node.time_spine.as_ref().is_some_and(|spine| spine.is_object()));
    let first = manifest.semantic_models.values().next().or_else(|| manifest.metrics.values().next())?;
    if has_spine {
        return None;
    }
    let message = "The semantic layer requires a time spine model with granularity DAY or smaller in the project, but \
                   none was found.";
    Some(Error::parsing(message).at(first.place.clone()).hint("add `time_spine:` to a model with a row for each day"))
}
