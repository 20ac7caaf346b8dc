//! Models in Python: what their text asks for, as far as it says so in words; Postgres runs none of them.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value, json};

use crate::template::{Recorded, RefCall};

static REF: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"\bdbt\.ref\(\s*["']([^"']+)["']\s*(?:,\s*["']([^"']+)["']\s*)?\)"#));
static SOURCE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"\bdbt\.source\(\s*["']([^"']+)["']\s*,\s*["']([^"']+)["']\s*\)"#));
static CONFIG: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?s)\bdbt\.config\((.*?)\)"));
static SETTING: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(\w+)\s*=\s*(?:["']([^"']*)["']|(True|False))"#));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

/// The calls of `dbt.ref`, `dbt.source` and `dbt.config` with plain arguments in `code`; a table, unless it says otherwise.
pub fn recorded(code: &str) -> Recorded {
    let mut recorded = Recorded { config: settings(code), ..Recorded::default() };
    for call in REF.captures_iter(code) {
        let (package, name) = match call.get(2) {
            Some(name) => (Some(call[1].to_owned()), name.as_str()),
            None => (None, &call[1]),
        };
        recorded.refs.push(RefCall { package, name: name.to_owned(), version: None });
    }
    recorded.sources = SOURCE.captures_iter(code).map(|call| (call[1].to_owned(), call[2].to_owned())).collect();
    recorded
}

fn settings(code: &str) -> Map<String, Value> {
    let mut config = Map::from_iter([("materialized".to_owned(), json!("table"))]);
    for call in CONFIG.captures_iter(code) {
        for setting in SETTING.captures_iter(&call[1]) {
            let value = match setting.get(2) {
                Some(text) => json!(text.as_str()),
                None => json!(&setting[3] == "True"),
            };
            config.insert(setting[1].to_owned(), value);
        }
    }
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_with_plain_arguments_are_seen() {
        let code = "def model(dbt, session):\n    dbt.config(materialized='incremental', enabled=False)\n    \
                    a = dbt.ref(\"orders\")\n    b = dbt.ref('shop', 'items')\n    return dbt.source('raw', \"x\")\n";
        let recorded = recorded(code);
        let refs: Vec<_> = recorded.refs.iter().map(|call| (call.package.as_deref(), call.name.as_str())).collect();
        assert_eq!(refs, [(None, "orders"), (Some("shop"), "items")]);
        assert_eq!(recorded.sources, [("raw".to_owned(), "x".to_owned())]);
        assert_eq!(Value::Object(recorded.config), json!({"materialized": "incremental", "enabled": false}));
    }
}
