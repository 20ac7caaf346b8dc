//! Selectors in the form of `manifest.json`.

use serde_json::{Map, Value, json};

use super::named::Selectors;
use super::word::take_apart;

/// Deeper inheritance than any file has; a ring was refused before.
const MAX_DEPTH: usize = 100;

/// `definition` with every word and short form written as a mapping, and every inherited selector in its place.
pub(super) fn definition(selectors: &Selectors, definition: &Value, depth: usize) -> Value {
    if depth > MAX_DEPTH {
        return definition.clone();
    }
    match definition {
        Value::String(word) => Value::Object(word_as_mapping(word)),
        Value::Object(map) => mapping(selectors, map, depth + 1),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => definition.clone(),
    }
}

fn mapping(selectors: &Selectors, map: &Map<String, Value>, depth: usize) -> Value {
    if map.get("method").and_then(Value::as_str) == Some("selector") {
        let inherited = map.get("value").and_then(Value::as_str).and_then(|name| selectors.definition(name));
        return inherited.map_or(Value::Null, |inherited| definition(selectors, inherited, depth));
    }
    if map.contains_key("method") {
        return Value::Object(map.clone());
    }
    let mut entries = map.iter();
    match (entries.next(), entries.next()) {
        (Some((key, Value::Array(parts))), None) if ["union", "intersection", "exclude"].contains(&key.as_str()) => {
            let parts: Vec<Value> = parts.iter().map(|part| definition(selectors, part, depth)).collect();
            json!({ key: parts })
        }
        (Some((method, value)), None) => json!({"method": method, "value": value}),
        _ => Value::Object(map.clone()),
    }
}

fn word_as_mapping(word: &str) -> Map<String, Value> {
    let parts = take_apart(word);
    let mut map = Map::new();
    let put_reach = |map: &mut Map<String, Value>, key: &str, digits: Option<&str>| {
        let Some(digits) = digits else { return };
        map.insert(key.to_owned(), Value::Bool(true));
        if !digits.is_empty() {
            map.insert(format!("{key}_depth"), Value::from(digits));
        }
    };
    if parts.has_childrens_parents {
        map.insert("childrens_parents".to_owned(), Value::Bool(true));
    }
    put_reach(&mut map, "parents", parts.parents);
    map.insert("method".to_owned(), Value::from(parts.method_or_default()));
    map.insert("value".to_owned(), Value::from(parts.value));
    put_reach(&mut map, "children", parts.children);
    map
}
