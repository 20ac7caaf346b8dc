//! What a command has rendered of nodes: it goes into the manifest that the command leaves.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::name::UniqueId;

use super::json::to_json;
use super::node::{Node, NodeKind};

/// A node's rendered text and where it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CompiledNode {
    /// The text, with ephemeral parents at its top; none for seeds.
    pub code: Option<String>,
    /// Ephemeral parents: id, and text as a common table expression.
    pub ctes: Vec<(UniqueId, String)>,
    /// `target/compiled/…`
    pub compiled_path: Option<String>,
    /// `target/run/…`
    pub build_path: Option<String>,
}

/// What has been rendered so far.
pub type CompiledNodes = HashMap<UniqueId, CompiledNode>;

/// A node in manifest form, with what has been rendered of it.
pub fn with_compiled(node: &Node, compiled: Option<&CompiledNode>) -> Value {
    let plain = to_json(node);
    let (Value::Object(plain), Some(compiled)) = (&plain, compiled) else { return plain };
    let mut map = Map::new();
    for (key, value) in plain {
        match key.as_str() {
            "build_path" => map.insert(key.clone(), json!(compiled.build_path)),
            "compiled_path" => map.insert(key.clone(), json!(compiled.compiled_path)),
            _ => map.insert(key.clone(), value.clone()),
        };
        if key == "compiled_path" && node.kind != NodeKind::Seed {
            let ctes = compiled.ctes.iter().map(|(id, sql)| json!({"id": id, "sql": sql})).collect::<Vec<_>>();
            map.insert("compiled".to_owned(), json!(compiled.code.is_some()));
            map.insert("compiled_code".to_owned(), json!(compiled.code));
            map.insert("extra_ctes_injected".to_owned(), json!(compiled.code.is_some()));
            map.insert("extra_ctes".to_owned(), json!(ctes));
        }
    }
    Value::Object(map)
}
