//! What lines and logs say about a node.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::manifest::{Exposure, Manifest, Node, NodeKind, Semantic, Source, UnitTest};
use crate::name::UniqueId;
use crate::report::Facts;

/// Facts of any entry of the manifest.
pub fn facts(manifest: &Manifest, id: &UniqueId) -> Option<Arc<Facts>> {
    if let Some(node) = manifest.nodes.get(id) {
        return Some(Arc::new(of_node(node, manifest)));
    }
    if let Some(source) = manifest.sources.get(id) {
        return Some(Arc::new(of_source(source)));
    }
    if let Some(test) = manifest.unit_tests.get(id) {
        return Some(Arc::new(of_unit_test(test)));
    }
    if let Some(exposure) = manifest.exposures.get(id) {
        return Some(Arc::new(of_exposure(exposure)));
    }
    let semantic = [&manifest.saved_queries, &manifest.metrics, &manifest.semantic_models];
    semantic.into_iter().find_map(|entries| entries.get(id)).map(|entry| Arc::new(of_semantic(entry)))
}

fn of_unit_test(test: &UnitTest) -> Facts {
    Facts {
        unique_id: test.unique_id.clone(),
        name: test.name.clone(),
        label: format!("{}::{}", test.model, test.full_name()),
        materialized: "unit".to_owned(),
        path: test.path.clone(),
        original_path: test.original_path.clone(),
        database: String::new(),
        schema: test.schema.clone(),
        alias: test.full_name().to_owned(),
        relation_name: None,
        checksum: String::new(),
        meta: test.config.0.get("meta").cloned().unwrap_or_else(|| json!({})),
        group: Value::Null,
    }
}

fn of_node(node: &Node, manifest: &Manifest) -> Facts {
    let is_batched = manifest.is_batched(node);
    Facts {
        unique_id: node.unique_id.clone(),
        name: node.name.clone(),
        label: label(node),
        materialized: if is_batched { "microbatch" } else { node.config.materialized() }.to_owned(),
        path: node.path.clone(),
        original_path: node.original_path.clone(),
        database: node.database.clone(),
        schema: node.schema.clone(),
        alias: node.alias.clone(),
        relation_name: node
            .relation
            .as_ref()
            .filter(|_| node.kind != NodeKind::Function)
            .map(|relation| relation.render()),
        checksum: node.checksum.checksum.clone(),
        meta: node.config.0.get("meta").cloned().unwrap_or_else(|| json!({})),
        group: group(node, manifest),
    }
}

/// Name, package and owner of the node's group.
fn group(node: &Node, manifest: &Manifest) -> Value {
    let Some(name) = &node.group else { return Value::Null };
    let of = |package: &str| manifest.groups.get(format!("group.{package}.{name}").as_str());
    of(&node.package).or_else(|| of(&manifest.project_name)).map_or(
        Value::Null,
        |group| json!({"name": name, "package_name": &*group.package, "owner": group.json["owner"]}),
    )
}

fn label(node: &Node) -> String {
    match node.kind {
        NodeKind::Model | NodeKind::Seed | NodeKind::Snapshot | NodeKind::Function => {
            format!("{}.{}", node.schema, node.alias)
        }
        NodeKind::Operation => match node.name.rsplit_once('-') {
            Some((head, index)) => {
                let when = head.strip_prefix(&format!("{}-", node.package)).unwrap_or(head);
                format!("{}.{when}.{index}", node.package)
            }
            None => node.name.clone(),
        },
        NodeKind::Test | NodeKind::Analysis | NodeKind::SqlOperation => node.name.clone(),
    }
}

/// What lines call a source: `raw.orders`.
pub fn label_of_source(source: &Source) -> String {
    format!("{}.{}", source.source_name, source.name)
}

fn of_source(source: &Source) -> Facts {
    Facts {
        unique_id: source.unique_id.clone(),
        name: source.name.clone(),
        label: label_of_source(source),
        materialized: String::new(),
        path: source.path.clone(),
        original_path: source.path.clone(),
        database: source.relation.database.clone().unwrap_or_default(),
        schema: source.relation.schema.clone().unwrap_or_default(),
        alias: source.relation.identifier.clone().unwrap_or_default(),
        relation_name: Some(source.relation_name.clone()),
        checksum: String::new(),
        meta: json!(source.meta),
        group: Value::Null,
    }
}

fn of_semantic(entry: &Semantic) -> Facts {
    Facts {
        unique_id: entry.unique_id.clone(),
        name: entry.name.clone(),
        label: entry.name.clone(),
        materialized: String::new(),
        path: entry.facts["path"].as_str().unwrap_or_default().to_owned(),
        original_path: entry.original_path.clone(),
        database: String::new(),
        schema: String::new(),
        alias: String::new(),
        relation_name: None,
        checksum: String::new(),
        meta: entry.config.0.get("meta").cloned().unwrap_or_else(|| json!({})),
        group: Value::Null,
    }
}

fn of_exposure(exposure: &Exposure) -> Facts {
    Facts {
        unique_id: exposure.unique_id.clone(),
        name: exposure.name.clone(),
        label: exposure.name.clone(),
        materialized: String::new(),
        path: exposure.path.clone(),
        original_path: exposure.original_path.clone(),
        database: String::new(),
        schema: String::new(),
        alias: String::new(),
        relation_name: None,
        checksum: String::new(),
        meta: json!({}),
        group: Value::Null,
    }
}
