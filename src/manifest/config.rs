//! A resolved config: every key with its value, and typed readers of those that kiln itself acts on.

use serde_json::{Map, Value};

/// Config of a node, defaults included, in dbt's order of keys.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Config(pub Map<String, Value>);

impl Config {
    /// The value of `key`; none when absent or null.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    /// The text of `key`; none when it is not a string.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Value::as_str)
    }

    /// The yes or no of `key`; none when it is neither.
    pub fn flag(&self, key: &str) -> Option<bool> {
        self.get(key).and_then(Value::as_bool)
    }

    /// The strings of a list, or the one string.
    pub fn texts(&self, key: &str) -> Vec<&str> {
        match self.get(key) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(text)) => vec![text],
            _ => Vec::new(),
        }
    }

    /// The mapping of `key`; none when it is not one.
    pub fn map(&self, key: &str) -> Option<&Map<String, Value>> {
        self.get(key).and_then(Value::as_object)
    }

    /// Whether the node takes part; yes unless said otherwise.
    pub fn is_enabled(&self) -> bool {
        self.flag("enabled").unwrap_or(true)
    }

    /// Name of the materialization.
    pub fn materialized(&self) -> &str {
        self.text("materialized").unwrap_or("view")
    }

    /// Tags, each once, in order.
    pub fn tags(&self) -> Vec<&str> {
        self.texts("tags")
    }
}
