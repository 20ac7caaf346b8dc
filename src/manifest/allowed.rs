//! What values the config keys that dbt declares may have; keys of the user's own are not looked at.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::error::{Error, Place, closest};
use crate::project::{self, Package};

use super::config::Config;
use super::draft::{Drafter, section_of};
use super::merge::canonical_key;
use super::node::{Manifest, Node, NodeKind};

/// What a key may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Flag,
    Text,
    /// One text or a list of them.
    Texts,
    Whole,
    Mapping,
    Hooks,
    /// One of these words, in any case.
    Word(&'static [&'static str]),
}

fn wanted(kind: NodeKind, key: &str) -> Option<Wanted> {
    let own = match kind {
        NodeKind::Seed => match key {
            "delimiter" => Some(Wanted::Text),
            "quote_columns" => Some(Wanted::Flag),
            _ => None,
        },
        NodeKind::Snapshot => match key {
            "strategy" | "target_schema" | "target_database" | "updated_at" | "dbt_valid_to_current" => {
                Some(Wanted::Text)
            }
            "check_cols" => Some(Wanted::Texts),
            "snapshot_meta_column_names" => Some(Wanted::Mapping),
            _ => None,
        },
        NodeKind::Test => match key {
            "severity" => Some(Wanted::Word(&["warn", "error"])),
            "store_failures" => Some(Wanted::Flag),
            "store_failures_as" | "where" | "fail_calc" | "warn_if" | "error_if" => Some(Wanted::Text),
            "limit" => Some(Wanted::Whole),
            _ => None,
        },
        NodeKind::Model if key == "access" => Some(Wanted::Word(&["private", "protected", "public"])),
        NodeKind::Model if key == "on_error" => Some(Wanted::Word(&["skip_children", "continue"])),
        NodeKind::Function => match key {
            "type" => Some(Wanted::Word(&["scalar", "aggregate", "table"])),
            "volatility" => Some(Wanted::Word(&["deterministic", "stable", "non-deterministic"])),
            _ => None,
        },
        NodeKind::Model | NodeKind::Analysis | NodeKind::Operation | NodeKind::SqlOperation => None,
    };
    own.or(match key {
        "enabled" | "full_refresh" => Some(Wanted::Flag),
        "alias" | "schema" | "database" | "group" | "materialized" | "incremental_strategy" | "on_schema_change" => {
            Some(Wanted::Text)
        }
        "tags" | "packages" | "unique_key" => Some(Wanted::Texts),
        "meta" | "persist_docs" | "quoting" | "column_types" | "grants" | "docs" | "contract" => Some(Wanted::Mapping),
        "pre-hook" | "post-hook" => Some(Wanted::Hooks),
        "on_configuration_change" => Some(Wanted::Word(&["apply", "continue", "fail"])),
        _ => None,
    })
}

/// Why `value` is none that `key` may have, as what it must be instead; none when it is one, or when its Jinja is still to be rendered.
fn misfit(wanted: Wanted, value: &Value) -> Option<String> {
    if value.is_null() || value.as_str().is_some_and(|text| text.contains("{{")) {
        return None;
    }
    let is_text_list = |items: &[Value]| items.iter().all(Value::is_string);
    let (fits, must_be) = match wanted {
        Wanted::Flag => (value.is_boolean(), "`true` or `false`".to_owned()),
        Wanted::Text => (value.is_string(), "a text".to_owned()),
        Wanted::Texts => {
            let fits = value.is_string() || value.as_array().is_some_and(|items| is_text_list(items));
            (fits, "a text or a list of texts".to_owned())
        }
        Wanted::Whole => {
            let fits = value.is_i64() || value.as_str().is_some_and(|text| text.trim().parse::<i64>().is_ok());
            (fits, "a whole number".to_owned())
        }
        Wanted::Mapping => (value.is_object(), "a mapping".to_owned()),
        Wanted::Hooks => {
            let fits = value.as_array().is_some_and(|hooks| hooks.iter().all(|hook| hook["sql"].is_string()));
            (fits, "SQL, or a list of SQL texts".to_owned())
        }
        Wanted::Word(words) => {
            let fits = value.as_str().is_some_and(|text| words.iter().any(|word| text.eq_ignore_ascii_case(word)));
            (fits, format!("one of `{}`", words.join("`, `")))
        }
    };
    (!fits).then_some(must_be)
}

/// The value as a message names it.
fn shown(wanted: Wanted, value: &Value) -> String {
    let shown = match (wanted, value) {
        (Wanted::Hooks | Wanted::Texts, Value::Array(items)) => {
            let is_wrong = |item: &&Value| !item.is_string() && !item["sql"].is_string();
            let wrong = items.iter().find(is_wrong).unwrap_or(value);
            if wanted == Wanted::Hooks { &wrong["sql"] } else { wrong }
        }
        (_, value) => value,
    };
    match shown {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

/// The config keys of `kind` with a value that they cannot have: key, message, hint.
fn problems(kind: NodeKind, config: &Config) -> Vec<(&str, String, Option<String>)> {
    let mut found = Vec::new();
    for (key, value) in &config.0 {
        let Some(wanted) = wanted(kind, key) else { continue };
        let Some(must_be) = misfit(wanted, value) else { continue };
        let near = match (wanted, value.as_str()) {
            (Wanted::Word(words), Some(text)) => closest(text, words.iter().copied()),
            _ => None,
        };
        let message = format!("`{key}` must be {must_be}, not {}", shown(wanted, value));
        found.push((key.as_str(), message, near.map(|near| format!("did you mean `{near}`?"))));
    }
    found
}

impl Drafter<'_> {
    /// What is wrong with the config of a node, each placed where it was set.
    pub fn wrong_configs(&self, node: &Node) -> Vec<Error> {
        let mut errors = Vec::new();
        for (key, message, hint) in problems(node.kind, &node.config) {
            let error = Error::parsing(format!("{} `{}`: {message}", node.kind.as_str(), node.name));
            let error = error.at(self.place_of_config(node, key));
            errors.push(match hint {
                Some(hint) => error.hint(hint),
                None => error,
            });
        }
        if !node.config.is_enabled() {
            return errors;
        }
        if node.kind == NodeKind::Snapshot {
            errors.extend(self.missing_of_snapshot(node));
        }
        errors.extend(self.unknown_group(node));
        if self.refuses_spaces && node.name.contains(' ') && node.kind != NodeKind::SqlOperation {
            let message = format!("the name of {} `{}` has a space in it", node.kind.as_str(), node.name);
            let place = node.declared.clone().unwrap_or_else(|| Place::at(&node.file, node.first_line, 1));
            errors.push(Error::parsing(message).at(place).hint(format!("call it `{}`", node.name.replace(' ', "_"))));
        }
        errors
    }

    /// Sources and semantic models with a space in their names, where a flag forbids them.
    pub fn wrong_names(&self, manifest: &Manifest) -> Vec<Error> {
        if !self.refuses_more_spaces {
            return Vec::new();
        }
        let sources = manifest.sources.values().map(|source| (("source", &source.source_name), &source.place));
        let models = manifest.semantic_models.values().map(|model| (("semantic model", &model.name), &model.place));
        // A source has several tables.
        let named: BTreeMap<_, _> = sources.chain(models).filter(|((_, name), _)| name.contains(' ')).collect();
        let error = |((kind, name), place): ((&str, &String), &Place)| {
            let error = Error::parsing(format!("the name of {kind} `{name}` has a space in it"));
            error.at(place.clone()).hint(format!("call it `{}`", name.replace(' ', "_")))
        };
        named.into_iter().map(error).collect()
    }

    fn unknown_group(&self, node: &Node) -> Option<Error> {
        let group = node.group.as_deref()?;
        let names =
            || self.project.all_packages().flat_map(|package| &package.properties.groups).map(|group| &*group.name);
        if names().any(|name| name == group) {
            return None;
        }
        let message = format!("{} `{}`: there is no group `{group}`", node.kind.as_str(), node.name);
        let error = Error::parsing(message).at(self.place_of_config(node, "group"));
        Some(error.meant_or(group, names(), || "list it under `groups:` in a property file".to_owned()))
    }

    /// What a snapshot cannot do without.
    fn missing_of_snapshot(&self, node: &Node) -> Option<Error> {
        let config = &node.config;
        let strategy = config.text("strategy");
        let missing = match strategy {
            None => Some(("strategy", "`timestamp` or `check`")),
            Some(_) if config.get("unique_key").is_none() => Some(("unique_key", "the column that tells rows apart")),
            Some("timestamp") if config.get("updated_at").is_none() => {
                Some(("updated_at", "the column with the time of a row's last change"))
            }
            Some("check") if !names_columns(config.get("check_cols")) => {
                Some(("check_cols", "a list of columns to compare, or `all`"))
            }
            Some(_) => None,
        };
        let of_strategy = strategy.map_or(String::new(), |strategy| format!(" for its strategy `{strategy}`"));
        if let Some((key, what)) = missing {
            let error = Error::parsing(format!("snapshot `{}` needs `{key}`{of_strategy}", node.name));
            let place = self.place_of_config(node, "strategy");
            return Some(error.at(place).hint(format!("set `{key}` in its config: {what}")));
        }
        (config.materialized() != "snapshot").then(|| {
            let materialized = config.materialized();
            let message = format!("snapshot `{}` cannot be materialized as `{materialized}`", node.name);
            Error::parsing(message).at(self.place_of_config(node, "materialized")).hint("take `materialized` out")
        })
    }

    /// Where the value of `key` was set: in the node's own text, in its properties, in a project file, in this order.
    fn place_of_config(&self, node: &Node, key: &str) -> Place {
        let own = || {
            let (line, column) = key_in_text(&node.raw_code, key)?;
            Some(Place::at(&node.file, node.first_line + line - 1, column))
        };
        let described = || {
            let properties = self.properties_of(&node.package, node.kind, &node.name)?;
            properties
                .config
                .iter()
                .find(|(known, _)| canonical_key(known) == key)
                .map(|(_, value)| value.origin.place())
        };
        let fallback = || match &node.declared {
            Some(place) => place.clone(),
            None => Place::at(&node.file, node.first_line, 1),
        };
        // A generic test's text is made by us.
        let own = if node.declared.is_some() { None } else { own() };
        own.or_else(described).or_else(|| self.place_in_trees(node, key)).unwrap_or_else(fallback)
    }

    fn place_in_trees(&self, node: &Node, key: &str) -> Option<Place> {
        let own = self.project.all_packages().find(|package| *package.name == *node.package);
        let packages = [Some(&self.project.root), own];
        let section = section_of(node.kind);
        packages.into_iter().flatten().find_map(|package| in_tree(package, section, &node.fqn, key))
    }
}

/// Where the innermost level of a config tree along `fqn` sets `key`.
fn in_tree(package: &Package, section: &str, fqn: &[String], key: &str) -> Option<Place> {
    let mut level: Option<&project::Map> = package.settings.tree(section);
    let mut found = None;
    let mut path = fqn.iter();
    while let Some(map) = level {
        let set = map
            .iter()
            .find(|(known, value)| canonical_key(known) == key && (known.starts_with('+') || value.as_map().is_none()));
        found = set.map(|(_, value)| value.origin.place()).or(found);
        level = path.next().and_then(|part| map.get(part)?.as_map());
    }
    found
}

/// Line and column, counted from 1, of the argument `key` of a call of `config` in a template.
fn key_in_text(text: &str, key: &str) -> Option<(u32, u32)> {
    let spellings = [key.to_owned(), key.replace('-', "_")];
    for (start, call) in text.match_indices("config(") {
        let inside = start + call.len();
        for spelling in &spellings {
            for (offset, _) in text[inside..].match_indices(spelling.as_str()) {
                let at = inside + offset;
                let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
                let is_bounded = !text[..at].ends_with(is_word);
                let rest = text[at + spelling.len()..].trim_start_matches(['\'', '"']).trim_start();
                if is_bounded && (rest.starts_with('=') && !rest.starts_with("==") || rest.starts_with(':')) {
                    let before = &text[..at];
                    let line = before.matches('\n').count() as u32 + 1;
                    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() as u32 + 1;
                    return Some((line, column));
                }
            }
        }
    }
    None
}

/// Whether `check_cols` says what to compare.
fn names_columns(columns: Option<&Value>) -> bool {
    match columns {
        None | Some(Value::Null) => false,
        Some(Value::String(word)) => word == "all",
        Some(Value::Array(columns)) => !columns.is_empty(),
        // Of another type: told with the types.
        Some(Value::Bool(_) | Value::Number(_) | Value::Object(_)) => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(kind: NodeKind, config: Value) -> Vec<String> {
        let config = Config(config.as_object().cloned().unwrap());
        let line = |(_, message, hint): (&str, String, Option<String>)| match hint {
            Some(hint) => format!("{message} ({hint})"),
            None => message,
        };
        problems(kind, &config).into_iter().map(line).collect()
    }

    #[test]
    fn values_of_the_wrong_kind_are_told() {
        let config = json!({
            "enabled": "maybe", "tags": ["a", {"b": 1}], "materialized": ["view"], "grants": "x", "meta": null,
            "pre-hook": [{"sql": "select 1"}, {"sql": 7}], "access": "publc", "unique_key": ["a", "b"], "mine": 5,
        });
        assert_eq!(
            told(NodeKind::Model, config),
            [
                "`enabled` must be `true` or `false`, not `maybe`",
                "`tags` must be a text or a list of texts, not a mapping",
                "`materialized` must be a text, not a list",
                "`grants` must be a mapping, not `x`",
                "`pre-hook` must be SQL, or a list of SQL texts, not `7`",
                "`access` must be one of `private`, `protected`, `public`, not `publc` (did you mean `public`?)",
            ]
        );
    }

    #[test]
    fn what_a_kind_of_node_declares_is_asked_of_it_alone() {
        let config = json!({"severity": "wran", "limit": "many", "delimiter": 5, "check_cols": 5});
        assert_eq!(told(NodeKind::Model, config.clone()), [""; 0]);
        assert_eq!(
            told(NodeKind::Test, config.clone()),
            [
                "`severity` must be one of `warn`, `error`, not `wran` (did you mean `warn`?)",
                "`limit` must be a whole number, not `many`",
            ]
        );
        assert_eq!(told(NodeKind::Seed, config.clone()), ["`delimiter` must be a text, not `5`"]);
        assert_eq!(told(NodeKind::Snapshot, config), ["`check_cols` must be a text or a list of texts, not `5`"]);
    }

    #[test]
    fn what_is_right_or_not_rendered_yet_passes() {
        let config = json!({"severity": "WARN", "limit": 5, "where": "{{ var('w') }}", "enabled": true, "tags": []});
        assert_eq!(told(NodeKind::Test, config), [""; 0]);
    }

    #[test]
    fn the_argument_of_config_is_found() {
        let text = "-- tags = 1\n{{ config(\n    materialized='table',\n    tags = 5) }}";
        assert_eq!(key_in_text(text, "tags"), Some((4, 5)));
        assert_eq!(key_in_text("{{ config({'pre_hook': 1}) }}", "pre-hook"), Some((1, 13)));
        assert_eq!(key_in_text("{{ config(x=1) }}", "tags"), None);
    }

    #[test]
    fn columns_to_compare_are_all_or_a_list_of_some() {
        let names = |columns: serde_json::Value| names_columns(Some(&columns));
        assert!(names(json!("all")) && names(json!(["a"])));
        assert!(!names(json!("a")) && !names(json!([])) && !names(json!(null)) && !names_columns(None));
    }
}
