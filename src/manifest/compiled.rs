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
    /// Macros that the text called while it was rendered for this.
    pub macros: Vec<UniqueId>,
    /// Texts of a function's overloads.
    pub overloads: Vec<String>,
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
            "overloads" => map.insert(key.clone(), with_bodies(value, &compiled.overloads)),
            "depends_on" => map.insert(key.clone(), with_macros(value, node.kind, compiled)),
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

/// The overloads of a function with what their bodies were rendered to.
fn with_bodies(overloads: &Value, bodies: &[String]) -> Value {
    let mut all = overloads.clone();
    for (overload, body) in all.as_array_mut().into_iter().flatten().zip(bodies) {
        overload["compiled_body"] = json!(body);
    }
    all
}

/// What the materialization of tests calls: dbt counts it among the macros of each test that it runs.
const OF_TESTS: [&str; 3] =
    ["macro.dbt.get_limit_subquery_sql", "macro.dbt.should_store_failures", "macro.dbt.statement"];

/// What a node depends on, with the macros that it called only when it was rendered to be run.
fn with_macros(depends_on: &Value, kind: NodeKind, compiled: &CompiledNode) -> Value {
    let mut all = depends_on.clone();
    let Some(Value::Array(macros)) = all.get_mut("macros") else { return all };
    let of_test = (kind == NodeKind::Test && compiled.build_path.is_some()).then_some(OF_TESTS);
    let called = compiled.macros.iter().map(UniqueId::as_str).chain(of_test.into_iter().flatten());
    for id in called {
        if !macros.iter().any(|known| known == id) {
            macros.push(json!(id));
        }
    }
    all
}
