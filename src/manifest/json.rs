//! The manifest form of nodes, sources and exposures: one description that serves `manifest.json` and Jinja's `model`.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::{Map, Value, json};

use crate::name::UniqueId;

use super::node::{Checksum, Column, Node, NodeKind, RefCall};
use super::resource::{Exposure, Source};

/// A value in manifest form.
pub fn to_json(entry: &impl Serialize) -> Value {
    serde_json::to_value(entry).unwrap_or_default()
}

impl Serialize for RefCall {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("package", &self.package)?;
        map.serialize_entry("version", &self.version)?;
        map.end()
    }
}

impl Serialize for Checksum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("name", self.name)?;
        map.serialize_entry("checksum", &self.checksum)?;
        map.end()
    }
}

#[derive(Serialize)]
struct ColumnConfig<'a> {
    meta: &'a Map<String, Value>,
    tags: &'a [String],
}

#[derive(Serialize)]
struct DependsOn<'a> {
    macros: &'a [UniqueId],
    #[serde(skip_serializing_if = "Option::is_none")]
    nodes: Option<&'a [UniqueId]>,
}

#[derive(Serialize)]
struct TestMetadata<'a> {
    name: &'a str,
    kwargs: &'a Map<String, Value>,
    namespace: Option<&'a str>,
}

#[derive(Serialize)]
struct Contract<'n> {
    enforced: bool,
    alias_types: bool,
    checksum: Option<&'n str>,
}

impl Serialize for Column {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("description", &self.description)?;
        map.serialize_entry("meta", &self.meta)?;
        map.serialize_entry("data_type", &self.data_type)?;
        map.serialize_entry("constraints", &self.constraints)?;
        map.serialize_entry("quote", &self.quote)?;
        map.serialize_entry("config", &ColumnConfig { meta: &self.meta, tags: &self.tags })?;
        map.serialize_entry("tags", &self.tags)?;
        map.serialize_entry("granularity", &self.granularity)?;
        map.serialize_entry("doc_blocks", &self.doc_blocks)?;
        for (key, value) in &self.extra {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(function) = &self.function {
            map.serialize_entry("returns", &function.returns)?;
        }
        identity(self, &mut map)?;
        description(self, &mut map)?;
        if self.kind == NodeKind::Seed {
            map.serialize_entry("root_path", &self.root_path.to_string_lossy())?;
            map.serialize_entry("depends_on", &DependsOn { macros: &self.depends_on_macros, nodes: None })?;
            return map.end();
        }
        code(self, &mut map)?;
        match self.kind {
            NodeKind::Model => model_facts(self, &mut map)?,
            NodeKind::Test => test_facts(self, &mut map)?,
            NodeKind::Operation => map.serialize_entry("index", &self.index)?,
            NodeKind::Function => {
                map.serialize_entry("arguments", &self.function.as_ref().map(|function| &function.arguments))?;
                let overloads = self.function.iter().flat_map(|function| &function.overloads);
                let overloads: Vec<Value> = overloads.map(super::overload::to_json).collect();
                // dbt before 1.12 knows no such key, so it is there only where it says something.
                if !overloads.is_empty() {
                    map.serialize_entry("overloads", &overloads)?;
                }
            }
            NodeKind::Seed | NodeKind::Snapshot | NodeKind::Analysis | NodeKind::SqlOperation => {}
        }
        map.end()
    }
}

fn identity<M: SerializeMap>(node: &Node, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("database", &node.database)?;
    map.serialize_entry("schema", &node.schema)?;
    map.serialize_entry("name", &node.name)?;
    map.serialize_entry("resource_type", node.kind.as_str())?;
    map.serialize_entry("package_name", &node.package)?;
    map.serialize_entry("path", &node.path)?;
    map.serialize_entry("original_file_path", &node.original_path)?;
    map.serialize_entry("unique_id", &node.unique_id)?;
    map.serialize_entry("fqn", &node.fqn)?;
    map.serialize_entry("alias", &node.alias)?;
    map.serialize_entry("checksum", &node.checksum)?;
    map.serialize_entry("config", &node.config.0)?;
    map.serialize_entry("tags", &node.tags)
}

fn description<M: SerializeMap>(node: &Node, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("description", &node.description)?;
    map.serialize_entry("columns", &node.columns)?;
    map.serialize_entry("meta", node.config.0.get("meta").unwrap_or(&Value::Null))?;
    map.serialize_entry("group", &node.group)?;
    match node.config.0.get("docs") {
        Some(docs) => map.serialize_entry("docs", docs)?,
        None => map.serialize_entry("docs", &json!({"show": true, "node_color": null}))?,
    }
    map.serialize_entry("patch_path", &node.patch_path)?;
    map.serialize_entry("build_path", &Value::Null)?;
    map.serialize_entry("unrendered_config", &node.unrendered_config)?;
    map.serialize_entry("created_at", &node.created_at)?;
    map.serialize_entry("relation_name", &relation_name(node))?;
    map.serialize_entry("raw_code", &*node.raw_code)?;
    map.serialize_entry("doc_blocks", &node.doc_blocks)
}

/// The rendered relation; dbt states none for functions.
fn relation_name(node: &Node) -> Option<String> {
    node.relation.as_ref().filter(|_| node.kind != NodeKind::Function).map(|relation| relation.render())
}

fn code<M: SerializeMap>(node: &Node, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("language", node.language())?;
    map.serialize_entry("refs", &node.refs)?;
    map.serialize_entry("sources", &node.sources)?;
    map.serialize_entry("metrics", &node.metrics)?;
    map.serialize_entry("functions", &node.functions)?;
    map.serialize_entry("depends_on", &DependsOn { macros: &node.depends_on_macros, nodes: Some(&node.depends_on) })?;
    map.serialize_entry("compiled_path", &Value::Null)?;
    map.serialize_entry("contract", &contract(node))
}

fn contract(node: &Node) -> Contract<'_> {
    let configured = node.config.map("contract");
    let flag = |key: &str, default: bool| configured.and_then(|map| map.get(key)?.as_bool()).unwrap_or(default);
    Contract {
        enforced: flag("enforced", false),
        alias_types: flag("alias_types", true),
        checksum: node.contract_checksum.as_deref(),
    }
}

fn model_facts<M: SerializeMap>(node: &Node, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("access", node.config.text("access").unwrap_or("protected"))?;
    map.serialize_entry("constraints", &node.constraints)?;
    map.serialize_entry("version", &node.version)?;
    map.serialize_entry("latest_version", &node.latest_version)?;
    map.serialize_entry("deprecation_date", &node.deprecation_date)?;
    map.serialize_entry("primary_key", &node.primary_key)?;
    map.serialize_entry("time_spine", &node.time_spine)
}

fn test_facts<M: SerializeMap>(node: &Node, map: &mut M) -> Result<(), M::Error> {
    let Some(test) = &node.test else { return Ok(()) };
    map.serialize_entry("column_name", &test.column_name)?;
    map.serialize_entry("file_key_name", &test.file_key_name)?;
    map.serialize_entry("attached_node", &test.attached_node)?;
    let metadata = TestMetadata { name: &test.name, kwargs: &test.kwargs, namespace: test.namespace.as_deref() };
    map.serialize_entry("test_metadata", &metadata)
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("database", &self.relation.database)?;
        map.serialize_entry("schema", &self.relation.schema)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("resource_type", "source")?;
        map.serialize_entry("package_name", &self.package)?;
        map.serialize_entry("path", &self.path)?;
        map.serialize_entry("original_file_path", &self.path)?;
        map.serialize_entry("unique_id", &self.unique_id)?;
        map.serialize_entry("fqn", &self.fqn)?;
        map.serialize_entry("source_name", &self.source_name)?;
        map.serialize_entry("source_description", &self.source_description)?;
        map.serialize_entry("loader", &self.loader)?;
        map.serialize_entry("identifier", &self.relation.identifier)?;
        map.serialize_entry("quoting", &self.quoting)?;
        map.serialize_entry("loaded_at_field", &self.loaded_at_field)?;
        map.serialize_entry("loaded_at_query", &self.loaded_at_query)?;
        map.serialize_entry("freshness", &self.freshness)?;
        map.serialize_entry("external", &self.external)?;
        map.serialize_entry("description", &self.description)?;
        map.serialize_entry("columns", &self.columns)?;
        map.serialize_entry("meta", &self.meta)?;
        map.serialize_entry("source_meta", &self.source_meta)?;
        map.serialize_entry("tags", &self.tags)?;
        map.serialize_entry("config", &self.config.0)?;
        map.serialize_entry("patch_path", &Value::Null)?;
        map.serialize_entry("unrendered_config", &self.unrendered_config)?;
        map.serialize_entry("relation_name", &self.relation_name)?;
        map.serialize_entry("created_at", &self.created_at)?;
        map.serialize_entry("unrendered_database", &self.unrendered_database)?;
        map.serialize_entry("unrendered_schema", &self.unrendered_schema)?;
        map.serialize_entry("doc_blocks", &self.doc_blocks)?;
        map.end()
    }
}

impl Serialize for Exposure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fact = |key: &str| self.facts.get(key).unwrap_or(&Value::Null);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("resource_type", "exposure")?;
        map.serialize_entry("package_name", &self.package)?;
        map.serialize_entry("path", &self.path)?;
        map.serialize_entry("original_file_path", &self.original_path)?;
        map.serialize_entry("unique_id", &self.unique_id)?;
        map.serialize_entry("fqn", &self.fqn)?;
        for key in ["type", "owner", "description", "label", "maturity"] {
            map.serialize_entry(key, fact(key))?;
        }
        map.serialize_entry("meta", self.config.0.get("meta").unwrap_or(&Value::Null))?;
        map.serialize_entry("tags", &self.tags)?;
        map.serialize_entry("config", &self.config.0)?;
        map.serialize_entry("unrendered_config", &fact("unrendered_config"))?;
        map.serialize_entry("url", fact("url"))?;
        map.serialize_entry("depends_on", &DependsOn { macros: &[], nodes: Some(&self.depends_on) })?;
        map.serialize_entry("refs", &self.refs)?;
        map.serialize_entry("sources", &self.sources)?;
        let metrics: Vec<[&str; 1]> = self.metrics.iter().map(|name| [name.as_str()]).collect();
        map.serialize_entry("metrics", &metrics)?;
        map.serialize_entry("created_at", fact("created_at"))?;
        map.end()
    }
}
