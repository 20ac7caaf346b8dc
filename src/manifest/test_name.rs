//! Names and ids of generic tests, by dbt's exact recipe: selectors, stored failures and histories depend on them.

use md5::{Digest, Md5};
use regex::Regex;
use serde_json::{Map, Value};
use std::sync::LazyLock;

static NOT_IN_NAMES: LazyLock<Regex> = LazyLock::new(|| Regex::new("[^0-9a-zA-Z_]+").expect("a constant pattern"));

/// Characters from which on a test's file name and alias are cut.
const FULL_LENGTH: usize = 64;

/// A generic test's two names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestName {
    /// Name of the node.
    pub full: String,
    /// Name of its file and relation: the full one unless that is too long.
    pub short: String,
}

/// The name of a test of `kind` (`unique`, `source_unique`, `dbt_utils_equality`) on `target`, with `arguments` but for `model`.
pub fn name(kind: &str, target: &str, arguments: &Map<String, Value>) -> TestName {
    let mut keys: Vec<&String> = arguments.keys().filter(|key| *key != "model").collect();
    keys.sort();
    let flat: Vec<String> = keys
        .into_iter()
        .flat_map(|key| match &arguments[key] {
            Value::Array(items) => items.iter().map(python_text).collect(),
            Value::Object(map) => map.values().map(python_text).collect(),
            other => vec![python_text(other)],
        })
        .map(|text| NOT_IN_NAMES.replace_all(&text, "_").into_owned())
        .collect();
    let head = format!("{kind}_{target}");
    let full = format!("{head}_{}", flat.join("__"));
    let short = if full.chars().count() < FULL_LENGTH {
        full.clone()
    } else {
        format!("{}_{}", head.chars().take(30).collect::<String>(), hex(&full))
    };
    TestName { full, short }
}

/// The last part of a test's unique id: ten digits that depend on its name and on everything that it was given.
pub fn hash(full_name: &str, test: &str, namespace: Option<&str>, kwargs: &Map<String, Value>) -> String {
    let metadata = serde_json::json!({"kwargs": kwargs, "name": test, "namespace": namespace});
    let digits = hex(&format!("{full_name}{}", python_repr(&hashable(&metadata))));
    digits[digits.len() - 10..].to_owned()
}

fn hex(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Keys sorted at each level, scalars as texts.
fn hashable(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            Value::Object(keys.into_iter().map(|key| (key.clone(), hashable(&map[key]))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(hashable).collect()),
        scalar => Value::String(python_text(scalar)),
    }
}

fn python_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => python_repr(other),
    }
}

fn python_repr(value: &Value) -> String {
    crate::jinja::repr(&crate::jinja::from_json(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    // Names and ids in these tests were taken from manifests that dbt 1.11 wrote.
    #[test]
    fn the_id_of_a_column_test_is_dbts() {
        let kwargs = map(json!({"column_name": "id", "model": "{{ get_where_subquery(ref('seed_sales_0000')) }}"}));
        let name = name("unique", "seed_sales_0000", &kwargs);
        assert_eq!(name.full, "unique_seed_sales_0000_id");
        assert_eq!(hash(&name.full, "unique", None, &kwargs), "0f5b4535df");
    }

    #[test]
    fn arguments_are_sorted_and_written_as_python_does() {
        let kwargs = map(json!({"a": 1, "b": "x y", "model": "{{ get_where_subquery(ref('m')) }}"}));
        let name = name("small_two_args", "m", &kwargs);
        assert_eq!(name.full, "small_two_args_m_1__x_y");
        assert_eq!(hash(&name.full, "two_args", Some("small"), &kwargs), "156b65acff");
    }

    #[test]
    fn a_given_name_still_hashes_its_arguments() {
        let kwargs = map(json!({
            "column_name": "\"id\"", "values": [1, 2, 3.5, true], "model": "{{ get_where_subquery(ref('m')) }}",
        }));
        assert_eq!(hash("my_name", "accepted_values", None, &kwargs), "2f8f8ed6e5");
    }

    #[test]
    fn a_test_without_arguments_ends_in_an_underscore() {
        assert_eq!(name("bare", "m", &Map::new()).full, "bare_m_");
    }
}
