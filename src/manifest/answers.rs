//! What templates ask of the graph while they run: the manifest answers.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::name::{Relation, RelationKind, UniqueId};
use crate::template::{Resolver, Target};

use super::json::to_json;
use super::node::{Manifest, RefCall};
use super::reference::Found;
use super::shown::{shown, shown_source};
use super::state::Deferral;

/// The manifest with what was selected from it.
#[derive(Debug)]
pub struct Answers {
    /// All nodes.
    pub manifest: Arc<Manifest>,
    /// Unique ids of what was selected.
    pub selected: Vec<String>,
    /// Relations of another environment, when there is a state.
    pub deferral: Option<Deferral>,
}

impl Answers {
    fn package_of(&self, from: &UniqueId) -> String {
        let of_node = self.manifest.nodes.get(from).map(|node| node.package.to_string());
        of_node.or_else(|| from.as_str().split('.').nth(1).map(str::to_owned)).unwrap_or_default()
    }

    /// Only what was known when the node was parsed has been built before it.
    fn check_known(&self, from: &UniqueId, to: &UniqueId, call: &str) -> Result<()> {
        let Some(node) = self.manifest.nodes.get(from) else { return Ok(()) };
        if node.depends_on.contains(to) || node.unique_id == *to || node.kind == super::NodeKind::Operation {
            return Ok(());
        }
        let message = format!(
            "dbt was unable to infer all dependencies for the model \"{}\": `{call}` was not seen while parsing",
            node.name
        );
        let hint = format!("put `-- depends_on: {{{{ {call} }}}}` at the top of `{}`", node.file.display());
        Err(Error::compilation(message).hint(hint))
    }

    /// What a call leads to, whoever makes it.
    ///
    /// # Errors
    ///
    /// `Internal` for an id that is no node or source.
    pub fn target(&self, id: UniqueId) -> Result<Target> {
        if let Some(source) = self.manifest.sources.get(&id) {
            let event_time = source.config.text("event_time").map(str::to_owned);
            return Ok(Target {
                unique_id: id,
                relation: source.relation.clone(),
                deferred: None,
                is_ephemeral: false,
                event_time,
            });
        }
        let node = self
            .manifest
            .nodes
            .get(&id)
            .ok_or_else(|| Error::internal(format!("`{id}` is in the index but not in the manifest")))?;
        let relation = node
            .relation
            .clone()
            .unwrap_or_else(|| Relation::new(&node.database, &node.schema, &node.alias).of_kind(RelationKind::Cte));
        let event_time = node.config.text("event_time").map(str::to_owned);
        let deferred = self.deferral.as_ref().and_then(|deferral| deferral.instead_of(&id));
        Ok(Target { unique_id: id, relation, deferred, is_ephemeral: node.is_ephemeral(), event_time })
    }
}

impl Resolver for Answers {
    fn resolve_ref(&self, from: &UniqueId, package: Option<&str>, name: &str, version: Option<&str>) -> Result<Target> {
        let call = RefCall {
            package: package.map(str::to_owned),
            name: name.to_owned(),
            version: version.map(|version| json!(version)),
        };
        match self.manifest.index.node(&self.package_of(from), &self.manifest.project_name, &call) {
            Found::Enabled(id) => {
                let text = match package {
                    Some(package) => format!("ref('{package}', '{name}')"),
                    None => format!("ref('{name}')"),
                };
                self.check_known(from, &id, &text)?;
                self.target(id)
            }
            missing => Err(missing_error(from, &format!("node named '{name}'"), &missing)),
        }
    }

    fn resolve_source(&self, from: &UniqueId, source: &str, table: &str) -> Result<Target> {
        match self.manifest.index.source(&self.package_of(from), &self.manifest.project_name, source, table) {
            Found::Enabled(id) => {
                self.check_known(from, &id, &format!("source('{source}', '{table}')"))?;
                self.target(id)
            }
            missing => Err(missing_error(from, &format!("source named '{source}.{table}'"), &missing)),
        }
    }

    fn resolve_function(&self, from: &UniqueId, package: Option<&str>, name: &str) -> Result<Target> {
        let index = &self.manifest.index;
        match index.function(&self.package_of(from), &self.manifest.project_name, package, name) {
            Found::Enabled(id) => {
                let text = match package {
                    Some(package) => format!("function('{package}', '{name}')"),
                    None => format!("function('{name}')"),
                };
                self.check_known(from, &id, &text)?;
                let target = self.target(id)?;
                Ok(Target { relation: target.relation.of_kind(RelationKind::Function), ..target })
            }
            missing => Err(missing_error(from, &format!("function named '{name}'"), &missing)),
        }
    }

    fn graph(&self) -> Value {
        let manifest = &self.manifest;
        let entries = |list: &indexmap::IndexMap<UniqueId, super::Entry>| -> Map<String, Value> {
            list.iter().map(|(id, entry)| (id.to_string(), entry.json.clone())).collect()
        };
        let semantic = |list: &indexmap::IndexMap<UniqueId, super::Semantic>| -> Map<String, Value> {
            list.iter().map(|(id, entry)| (id.to_string(), to_json(entry))).collect()
        };
        let (functions, nodes): (Vec<_>, Vec<_>) =
            manifest.nodes.iter().partition(|(_, node)| node.kind == super::NodeKind::Function);
        let by_id = |nodes: Vec<(&UniqueId, &super::Node)>| -> Map<String, Value> {
            nodes.into_iter().map(|(id, node)| (id.to_string(), shown(node, to_json(node)))).collect()
        };
        let (functions, nodes) = (by_id(functions), by_id(nodes));
        let sources: Map<String, Value> =
            manifest.sources.iter().map(|(id, source)| (id.to_string(), shown_source(source))).collect();
        let exposures: Map<String, Value> =
            manifest.exposures.iter().map(|(id, exposure)| (id.to_string(), to_json(exposure))).collect();
        json!({
            "exposures": exposures, "functions": functions, "groups": entries(&manifest.groups), "metrics": semantic(&manifest.metrics), "nodes": nodes,
            "sources": sources, "semantic_models": semantic(&manifest.semantic_models),
            "saved_queries": semantic(&manifest.saved_queries),
        })
    }

    // dbt counts a unit test as part of its model here.
    fn selected_resources(&self) -> Vec<String> {
        self.selected.iter().filter(|id| !id.starts_with("unit_test.")).cloned().collect()
    }

    fn doc(&self, package: &str, wanted_package: Option<&str>, name: &str) -> Option<String> {
        self.manifest.doc(package, wanted_package, name).map(|(_, text)| text)
    }
}

fn missing_error(from: &UniqueId, what: &str, found: &Found) -> Error {
    let reason = if *found == Found::Disabled { "is disabled" } else { "was not found" };
    Error::compilation(format!("'{from}' depends on a {what} which {reason}"))
}
