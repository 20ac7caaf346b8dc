//! What metrics, semantic models and saved queries need: measures and metrics by name, and the model below.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::error::Error;
use crate::name::UniqueId;

use super::super::node::Manifest;
use super::super::reference::{Found, Index, caller, missing_node};
use super::{Semantic, check};

/// Metrics and semantic models by the names that calls use.
struct Names {
    /// Metrics with their packages.
    metrics: HashMap<String, Vec<(String, UniqueId)>>,
    /// The semantic model of each measure.
    measures: HashMap<String, UniqueId>,
    /// Semantic models by their own names.
    models: HashMap<String, UniqueId>,
}

impl Names {
    fn of(manifest: &Manifest) -> Names {
        let mut names = Names { metrics: HashMap::new(), measures: HashMap::new(), models: HashMap::new() };
        for metric in manifest.metrics.values() {
            let entry = (metric.package.to_string(), metric.unique_id.clone());
            names.metrics.entry(metric.name.clone()).or_default().push(entry);
        }
        for model in manifest.semantic_models.values() {
            names.models.insert(model.name.clone(), model.unique_id.clone());
            for measure in model.facts["measures"].as_array().into_iter().flatten() {
                let name = measure["name"].as_str().unwrap_or_default().to_owned();
                names.measures.entry(name).or_insert_with(|| model.unique_id.clone());
            }
        }
        names
    }

    fn metric(&self, from: &str, root: &str, name: &str) -> Option<UniqueId> {
        let list = self.metrics.get(name)?;
        let of = |package: &str| list.iter().find(|(owner, _)| owner == package);
        of(from).or_else(|| of(root)).or_else(|| list.first()).map(|(_, id)| id.clone())
    }
}

/// Resolves what the entries of the semantic layer need, and what exposures ask of metrics.
pub fn link(manifest: &mut Manifest, index: &Index) -> Vec<Error> {
    if manifest.semantic_models.is_empty() && manifest.metrics.is_empty() && manifest.saved_queries.is_empty() {
        return exposures(manifest, &Names::of(manifest));
    }
    let mut errors = models(manifest, index);
    let names = Names::of(manifest);
    let mut needed: Vec<(UniqueId, Vec<UniqueId>)> = Vec::new();
    for metric in manifest.metrics.values() {
        needed.push((metric.unique_id.clone(), needs_of_metric(metric, manifest, &names, &mut errors)));
    }
    for (id, needs) in needed {
        if let Some(metric) = manifest.metrics.get_mut(&id) {
            metric.depends_on = needs;
        }
    }
    input_measures(manifest);
    let root = manifest.project_name.clone();
    for query in manifest.saved_queries.values_mut() {
        let wanted = query.facts["query_params"]["metrics"].clone();
        for name in wanted.as_array().into_iter().flatten().filter_map(Value::as_str) {
            match names.metric(&query.package, &root, name) {
                Some(id) => push_new(&mut query.depends_on, id),
                None => errors.push(missing_metric(query, name)),
            }
        }
    }
    errors.extend(exposures(manifest, &names));
    if errors.is_empty() {
        errors.extend(check::all(manifest));
    }
    errors
}

/// The nodes below semantic models.
fn models(manifest: &mut Manifest, index: &Index) -> Vec<Error> {
    let mut errors = Vec::new();
    let mut found = Vec::new();
    for model in manifest.semantic_models.values() {
        let Some(call) = &model.model else { continue };
        match index.node(&model.package, &manifest.project_name, call) {
            Found::Enabled(id) => found.push((model.unique_id.clone(), id)),
            Found::Disabled | Found::Missing if index.is_unparsed(&call.name) => {}
            missing => {
                let who = caller(&model.unique_id, &model.original_path);
                let is_disabled = missing == Found::Disabled;
                errors.push(missing_node(&who, model.place.clone(), call, is_disabled, manifest));
            }
        }
    }
    for (model, id) in found {
        let Some(node) = manifest.nodes.get(&id) else { continue };
        let relation = json!({
            "alias": node.alias, "schema_name": node.schema, "database": node.database,
            "relation_name": node.relation.as_ref().map(|relation| relation.render()),
        });
        if let Some(model) = manifest.semantic_models.get_mut(&model) {
            model.facts["node_relation"] = relation;
            model.depends_on = vec![id];
        }
    }
    errors
}

/// The semantic models of the measures that a metric names, or the metrics that it is made from.
fn needs_of_metric(metric: &Semantic, manifest: &Manifest, names: &Names, errors: &mut Vec<Error>) -> Vec<UniqueId> {
    let mut needs = Vec::new();
    for name in measures_of(metric).iter().filter_map(|measure| measure["name"].as_str()) {
        match names.measures.get(name) {
            Some(id) => push_new(&mut needs, id.clone()),
            None if is_off(manifest, name) => {
                let message = format!("The measure `{name}` is referenced on a semantic model that is disabled.");
                errors.push(Error::parsing(message).at(metric.place.clone()));
            }
            None => {
                let message = format!("A semantic model having a measure `{name}` does not exist but was referenced.");
                errors.push(Error::parsing(message).at(metric.place.clone()));
            }
        }
    }
    let below = metric.facts["type_params"]["metric_aggregation_params"]["semantic_model"].as_str();
    needs.extend(below.and_then(|name| names.models.get(name)).cloned());
    for name in metrics_of(metric) {
        match names.metric(&metric.package, &manifest.project_name, name) {
            Some(id) => push_new(&mut needs, id),
            None => errors.push(missing_metric(metric, name)),
        }
    }
    needs
}

/// Whether a semantic model that is switched off has the measure.
fn is_off(manifest: &Manifest, measure: &str) -> bool {
    let measures = manifest.disabled.values().flatten().filter_map(|entry| entry["measures"].as_array());
    measures.flatten().any(|it| it["name"] == measure)
}

fn missing_metric(from: &Semantic, name: &str) -> Error {
    if from.unique_id.resource_type() == "saved_query" {
        let who = caller(&from.unique_id, &from.original_path);
        let message = format!("{who} depends on a metric named '{name}' which was not found");
        return Error::compilation(message).at(from.place.clone());
    }
    let message = format!("The metric `{name}` does not exist but was referenced by metric `{}`.", from.name);
    Error::parsing(message).at(from.place.clone())
}

/// The measures that a metric itself names, in manifest form.
fn measures_of(metric: &Semantic) -> Vec<&Value> {
    let params = &metric.facts["type_params"];
    let conversion = &params["conversion_type_params"];
    let all = [&params["measure"], &conversion["base_measure"], &conversion["conversion_measure"]];
    all.into_iter().filter(|measure| measure.is_object()).collect()
}

/// The names of the metrics that a metric is made from.
fn metrics_of(metric: &Semantic) -> Vec<&str> {
    let params = &metric.facts["type_params"];
    let (cumulative, conversion) = (&params["cumulative_type_params"], &params["conversion_type_params"]);
    let all = [&params["numerator"], &params["denominator"], &cumulative["metric"]].into_iter();
    let all = all.chain([&conversion["base_metric"], &conversion["conversion_metric"]]);
    let all = all.chain(params["metrics"].as_array().into_iter().flatten());
    all.filter_map(|input| input["name"].as_str()).collect()
}

/// Writes down for each metric the measures that it comes to, through all metrics between.
fn input_measures(manifest: &mut Manifest) {
    let ids: Vec<UniqueId> = manifest.metrics.keys().cloned().collect();
    let all: Vec<Vec<Value>> = ids
        .iter()
        .map(|id| {
            let mut found = Vec::new();
            collect_measures(manifest, id, &mut Vec::new(), &mut found);
            found
        })
        .collect();
    for (id, found) in ids.iter().zip(all) {
        if let Some(metric) = manifest.metrics.get_mut(id) {
            metric.facts["type_params"]["input_measures"] = Value::Array(found);
        }
    }
}

fn collect_measures(manifest: &Manifest, id: &UniqueId, seen: &mut Vec<UniqueId>, found: &mut Vec<Value>) {
    let Some(metric) = manifest.metrics.get(id).filter(|_| !seen.contains(id)) else { return };
    seen.push(id.clone());
    for measure in measures_of(metric) {
        if !found.contains(measure) {
            found.push(measure.clone());
        }
    }
    for parent in &metric.depends_on {
        collect_measures(manifest, parent, seen, found);
    }
}

/// Ties exposures to the metrics that they name.
fn exposures(manifest: &mut Manifest, names: &Names) -> Vec<Error> {
    let mut errors = Vec::new();
    let root = manifest.project_name.clone();
    for exposure in manifest.exposures.values_mut() {
        for name in &exposure.metrics {
            match names.metric(&exposure.package, &root, name) {
                Some(id) => push_new(&mut exposure.depends_on, id),
                None => {
                    let who = caller(&exposure.unique_id, &exposure.original_path);
                    let message = format!("{who} depends on a metric named '{name}' which was not found");
                    errors.push(Error::compilation(message).at(exposure.place.clone()));
                }
            }
        }
    }
    errors
}

fn push_new(found: &mut Vec<UniqueId>, id: UniqueId) {
    if !found.contains(&id) {
        found.push(id);
    }
}
