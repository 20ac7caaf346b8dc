//! Semantic models, metrics and saved queries: for engines of metrics, so read without knowing most of their keys.

use std::sync::Arc;

use super::read::{Item, Reader};
use crate::error::Result;
use crate::project::yaml::{Map, Node, Origin, Value};

/// A semantic model, metric or saved query.
#[derive(Debug, Clone)]
pub struct SemanticProperties {
    /// Its `name`.
    pub name: String,
    /// Path of the property file relative to its package, with `/`.
    pub file: Arc<str>,
    /// Where the entry starts.
    pub origin: Origin,
    /// `description`, not rendered.
    pub description: Option<String>,
    /// `config`
    pub config: Map,
    /// All other keys, rendered but for filters and descriptions.
    pub rest: Map,
}

/// What the properties of a model say of the semantic layer; empty without `semantic_model`.
pub fn of_model(reader: &mut Reader<'_>, item: &mut Item) -> Map {
    if item.map.get("semantic_model").is_none_or(Node::is_null) {
        return Map::default();
    }
    let keys = ["semantic_model", "agg_time_dimension", "primary_entity", "derived_semantics", "metrics"];
    let (taken, left) =
        std::mem::take(&mut item.map.entries).into_iter().partition(|entry| keys.contains(&entry.name().as_str()));
    item.map.entries = left;
    let node = Node::new(Value::Map(Map { entries: taken }), item.origin.clone());
    render(reader, node)
}

/// The templates of filters are the engine's: `{{ Dimension('order__status') }} = 'done'`.
fn render(reader: &mut Reader<'_>, node: Node) -> Map {
    let is_kept = |key: &str| matches!(key, "filter" | "where" | "description");
    let node = reader.scope.render_but(node, &is_kept, &mut reader.findings.errors);
    node.as_map().cloned().unwrap_or_default()
}

/// One entry of `semantic_models`, `metrics` or `saved_queries`.
pub fn read(reader: &mut Reader<'_>, mut item: Item) -> Result<SemanticProperties> {
    let config = item.take("config");
    let config = reader.config(config)?;
    let description = item.text("description")?;
    let node = Node::new(Value::Map(item.map), item.origin.clone());
    let rest = render(reader, node);
    Ok(SemanticProperties {
        name: item.name,
        file: reader.file.clone(),
        origin: item.origin,
        description,
        config,
        rest,
    })
}
