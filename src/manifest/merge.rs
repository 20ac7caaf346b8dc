//! How one layer of config is laid over the layers below it: most keys replace, some append, some update.

use serde_json::{Map, Value, json};

use crate::project::Node as Yaml;

use super::config::Config;

/// What laying a new value over an old one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    Replace,
    Append,
    AppendHooks,
    Update,
    UpdateEach,
    Grants,
}

fn rule_of(key: &str) -> Rule {
    match key {
        "tags" | "packages" => Rule::Append,
        "pre-hook" | "post-hook" => Rule::AppendHooks,
        "meta" | "docs" | "quoting" | "column_types" | "contract" | "latest_version_pointer" => Rule::Update,
        "snapshot_meta_column_names" => Rule::UpdateEach,
        "grants" => Rule::Grants,
        _ => Rule::Replace,
    }
}

/// The name of a config key in the unrendered config, where hooks are spelled as they are written.
pub fn written_key(key: &str) -> &str {
    match key.trim_start_matches('+').trim() {
        hook @ ("pre_hook" | "post_hook") => hook,
        other => canonical_key(other),
    }
}

/// The name under which a config key is kept: without `+`, hooks with a dash, aliases resolved.
pub fn canonical_key(key: &str) -> &str {
    match key.trim_start_matches('+').trim() {
        "pre_hook" => "pre-hook",
        "post_hook" => "post-hook",
        "dbname" => "database",
        other => other,
    }
}

/// The entries of all mappings, later ones over earlier ones.
pub fn meta_of(nodes: &[Option<&Yaml>]) -> Map<String, Value> {
    let mut meta = Map::new();
    for node in nodes.iter().flatten() {
        if let Value::Object(map) = node.to_json() {
            meta.extend(map);
        }
    }
    meta
}

/// Lays `layer` over `config`, key by key.
pub fn lay_over(config: &mut Config, layer: &Map<String, Value>) {
    for (key, value) in layer {
        let key = canonical_key(key);
        let merged = match config.0.get(key) {
            Some(old) => merged(rule_of(key), old, value),
            None => merged(rule_of(key), &Value::Null, value),
        };
        config.0.insert(key.to_owned(), merged);
    }
}

fn merged(rule: Rule, old: &Value, new: &Value) -> Value {
    match rule {
        Rule::Replace => new.clone(),
        Rule::Append => Value::Array(listed(old).into_iter().chain(listed(new)).collect()),
        Rule::AppendHooks => Value::Array(listed(old).into_iter().chain(listed(new).into_iter().map(hook)).collect()),
        Rule::Update => updated(old, new, |_, _, value| value.clone()),
        Rule::UpdateEach => {
            updated(
                old,
                new,
                |_, old, value| {
                    if value.is_null() { old.cloned().unwrap_or(Value::Null) } else { value.clone() }
                },
            )
        }
        Rule::Grants => grants(old, new),
    }
}

fn listed(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.clone(),
        other => vec![other.clone()],
    }
}

fn updated(old: &Value, new: &Value, choose: impl Fn(&str, Option<&Value>, &Value) -> Value) -> Value {
    let Value::Object(new) = new else { return if new.is_null() { old.clone() } else { new.clone() } };
    let mut out = old.as_object().cloned().unwrap_or_default();
    for (key, value) in new {
        let chosen = choose(key, out.get(key), value);
        out.insert(key.clone(), chosen);
    }
    Value::Object(out)
}

/// Privileges replace those of the layers below, unless the privilege is written with a `+`.
fn grants(old: &Value, new: &Value) -> Value {
    let Value::Object(new) = new else { return if new.is_null() { old.clone() } else { new.clone() } };
    let mut out = old.as_object().cloned().unwrap_or_default();
    for (key, value) in new {
        let privilege = key.trim_start_matches('+').to_owned();
        let mut roles = Vec::new();
        if key.starts_with('+') {
            roles.extend(out.get(&privilege).map(listed).unwrap_or_default());
        }
        roles.extend(listed(value));
        out.insert(privilege, Value::Array(roles));
    }
    Value::Object(out)
}

/// A hook as `{sql, transaction, index}`; a JSON string, as the macro `after_commit` gives it, is read.
fn hook(value: Value) -> Value {
    let parsed = match &value {
        Value::String(text) if text.trim_start().starts_with('{') => serde_json::from_str::<Value>(text).ok(),
        Value::Object(_) => Some(value.clone()),
        _ => None,
    };
    match parsed {
        Some(Value::Object(map)) if map.contains_key("sql") => json!({
            "sql": map["sql"],
            "transaction": map.get("transaction").and_then(Value::as_bool).unwrap_or(true),
            "index": map.get("index").cloned().unwrap_or(Value::Null),
        }),
        _ => json!({"sql": value, "transaction": true, "index": null}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(layers: &[Value]) -> Value {
        let mut config = Config::default();
        for layer in layers {
            lay_over(&mut config, layer.as_object().expect("a layer is a mapping"));
        }
        Value::Object(config.0)
    }

    #[test]
    fn tags_append_and_schema_replaces() {
        let layers = [json!({"tags": "a", "schema": "x"}), json!({"+tags": ["b"], "+schema": "y"})];
        assert_eq!(after(&layers), json!({"tags": ["a", "b"], "schema": "y"}));
    }

    #[test]
    fn a_plus_extends_the_roles_of_a_privilege() {
        let layers =
            [json!({"grants": {"select": ["a"], "insert": "a"}}), json!({"grants": {"+select": "b", "insert": ["c"]}})];
        assert_eq!(after(&layers), json!({"grants": {"select": ["a", "b"], "insert": ["c"]}}));
    }

    #[test]
    fn a_hook_given_as_json_keeps_its_place_outside_the_transaction() {
        let layers = [json!({"pre_hook": ["select 1", "{\"sql\": \"vacuum\", \"transaction\": false}"]})];
        let expected = json!({"pre-hook": [
            {"sql": "select 1", "transaction": true, "index": null},
            {"sql": "vacuum", "transaction": false, "index": null},
        ]});
        assert_eq!(after(&layers), expected);
    }
}
