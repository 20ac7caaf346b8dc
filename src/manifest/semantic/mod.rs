//! Semantic models, metrics and saved queries: what engines of metrics read. kiln checks them and passes them on.

mod check;
mod cumulative;
mod file;
mod filter;
mod flat;
mod link;
mod metric;
mod model;
mod saved_query;
mod shape;

use std::sync::Arc;

use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::error::{Error, Place};
use crate::name::UniqueId;
use crate::project::{Package, SemanticProperties};

use super::collect::{in_resource_folder, split_folders};
use super::column::texts;
use super::config::Config;
use super::draft::{Drafter, fqn};
use super::merge::lay_over;
use super::node::{Manifest, RefCall};
use super::tree;

pub use check::warnings;
pub use cumulative::older_form;
pub use file::write_semantic;
pub use link::link;

/// A semantic model, metric or saved query.
#[derive(Debug, Clone)]
pub struct Semantic {
    /// `metric.shop.revenue`.
    pub unique_id: UniqueId,
    /// Name.
    pub name: String,
    /// Package that declares it.
    pub package: Arc<str>,
    /// Path of the properties file below the package's folder.
    pub original_path: String,
    /// Where it is declared.
    pub place: Place,
    /// Package, folders, name.
    pub fqn: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Group.
    pub group: Option<String>,
    /// Resolved config.
    pub config: Config,
    /// The model that a semantic model stands on.
    pub model: Option<RefCall>,
    /// Nodes, semantic models and metrics that it needs.
    pub depends_on: Vec<UniqueId>,
    /// Its manifest form but for `depends_on`.
    pub facts: Map<String, Value>,
}

impl Semantic {
    /// Its description and those of its parts.
    pub fn descriptions(&mut self) -> Vec<&mut Value> {
        let mut found = Vec::new();
        for (key, value) in &mut self.facts {
            match key.as_str() {
                "description" => found.push(value),
                "entities" | "dimensions" | "measures" => {
                    let parts = value.as_array_mut().into_iter().flatten();
                    found.extend(parts.filter_map(|part| part.get_mut("description")));
                }
                _ => {}
            }
        }
        found
    }
}

impl Serialize for Semantic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let depends_on = json!({"macros": [], "nodes": self.depends_on});
        serializer.collect_map(self.facts.iter().map(|(key, value)| match key.as_str() {
            "depends_on" => (key, &depends_on),
            _ => (key, value),
        }))
    }
}

/// What the three kinds differ in when they are collected.
#[derive(Clone, Copy)]
struct Kind {
    /// dbt's resource type.
    word: &'static str,
    /// Name of the config tree.
    tree: &'static str,
    /// Whether the unrendered config holds what the tree says; dbt looks for some trees under a name that no file uses.
    keeps_tree: bool,
}

const MODEL: Kind = Kind { word: "semantic_model", tree: "semantic-models", keeps_tree: false };
const METRIC: Kind = Kind { word: "metric", tree: "metrics", keeps_tree: true };
const SAVED_QUERY: Kind = Kind { word: "saved_query", tree: "saved-queries", keeps_tree: false };

/// Adds what the property files say of the semantic layer.
pub fn add(drafter: &Drafter<'_>, manifest: &mut Manifest, errors: &mut Vec<Error>) {
    for package in drafter.project.all_packages() {
        let properties = &package.properties;
        let (models, metrics): (Vec<_>, Vec<_>) = properties.models.iter().filter_map(flat::of_model).unzip();
        for entry in metrics.into_iter().flatten().chain(properties.metrics.iter().map(flat::metric)) {
            errors.extend(check::metric(&entry).err());
            let metric = metric::of_properties(drafter, package, &entry);
            put(manifest, metric, errors);
        }
        for entry in models.iter().chain(&properties.semantic_models) {
            match model::of_properties(drafter, package, entry) {
                Ok(model) => {
                    if model.config.is_enabled() {
                        metric::of_measures(drafter, package, entry, &model)
                            .into_iter()
                            .for_each(|metric| put(manifest, metric, errors));
                    }
                    put(manifest, model, errors);
                }
                Err(error) => errors.push(error),
            }
        }
        for entry in &properties.saved_queries {
            let query = saved_query::of_properties(drafter, package, entry);
            put(manifest, query, errors);
        }
    }
}

fn put(manifest: &mut Manifest, entry: Semantic, errors: &mut Vec<Error>) {
    if !entry.config.is_enabled() {
        manifest.disabled.entry(entry.unique_id.clone()).or_default().push(super::json::to_json(&entry));
        return;
    }
    let kind = entry.unique_id.resource_type().to_owned();
    let map = match kind.as_str() {
        "metric" => &mut manifest.metrics,
        "saved_query" => &mut manifest.saved_queries,
        _ => &mut manifest.semantic_models,
    };
    let Some(other) = map.get(&entry.unique_id) else {
        map.insert(entry.unique_id.clone(), entry);
        return;
    };
    let message = format!(
        "dbt found two {}s with the name \"{}\": `{}` and `{}`",
        kind.replace('_', " "),
        entry.name,
        other.original_path,
        entry.original_path
    );
    errors.push(Error::compilation(message).at(entry.place).hint("rename one of them"));
}

/// An entry with its identity and config; `facts` are still empty.
fn bare(drafter: &Drafter<'_>, package: &Package, kind: Kind, entry: &SemanticProperties) -> (Semantic, Value) {
    let in_root = in_resource_folder(&entry.file, &package.settings.model_paths);
    let (folders, _) = split_folders(in_root);
    let fqn = fqn(package, &folders, &entry.name);
    let (config, unrendered) = config(drafter, package, kind, (entry, &fqn));
    let mut tags = entry.rest.get("tags").map(|tags| texts(&tags.to_json())).unwrap_or_default();
    if kind.word == SAVED_QUERY.word {
        tags.extend(config.tags().into_iter().map(str::to_owned));
    }
    let semantic = Semantic {
        unique_id: UniqueId::new(format!("{}.{}.{}", kind.word, package.name, entry.name)),
        name: entry.name.clone(),
        package: package.name.as_str().into(),
        original_path: entry.file.to_string(),
        place: entry.origin.place(),
        fqn,
        tags,
        group: config.text("group").map(str::to_owned),
        config,
        model: None,
        depends_on: Vec::new(),
        facts: Map::new(),
    };
    let identity = json!({
        "name": semantic.name, "resource_type": kind.word, "package_name": &*semantic.package,
        "path": in_root, "original_file_path": semantic.original_path,
        "unique_id": semantic.unique_id, "fqn": semantic.fqn,
    });
    (Semantic { facts: identity.as_object().cloned().unwrap_or_default(), ..semantic }, Value::Object(unrendered))
}

/// The config of an entry, and the same as written.
fn config(
    drafter: &Drafter<'_>,
    package: &Package,
    kind: Kind,
    (entry, fqn): (&SemanticProperties, &[String]),
) -> (Config, Map<String, Value>) {
    let mut config = Config(default_config(kind));
    let mut unrendered = Map::new();
    let lay_tree = |config: &mut Config, package: &Package, unrendered: &mut Map<String, Value>| {
        let Some(tree) = package.settings.tree(kind.tree) else { return };
        tree::layers(tree, fqn).iter().for_each(|layer| lay_over(config, layer));
        if kind.keeps_tree {
            unrendered.extend(tree::unrendered_layers(tree, fqn).into_iter().flatten());
        }
    };
    lay_tree(&mut config, package, &mut unrendered);
    let own = entry.config.to_json();
    lay_over(&mut config, &own);
    if let Some(tags) = own.get("tags") {
        config.0.insert("tags".to_owned(), tags.clone());
    }
    for (key, node) in entry.config.iter() {
        let value = if drafter.keeps_jinja { node.to_unrendered_json() } else { node.to_json() };
        unrendered.insert(key.to_owned(), value);
    }
    if !std::ptr::eq(package, &drafter.project.root) {
        lay_tree(&mut config, &drafter.project.root, &mut unrendered);
    }
    (config, unrendered)
}

fn default_config(kind: Kind) -> Map<String, Value> {
    let mut config = json!({"enabled": true, "group": null, "meta": {}});
    if kind.word == SAVED_QUERY.word {
        config["export_as"] = Value::Null;
        config["schema"] = Value::Null;
        config["cache"] = json!({"enabled": false});
    }
    config.as_object().cloned().unwrap_or_default()
}
