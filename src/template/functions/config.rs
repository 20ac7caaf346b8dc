//! `config`: recorded while parsing, read while running.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::jinja::{CallError, Dict, List, State, Value, bind, fail, items, pairs, raise, split, to_json, type_name};
use crate::report::Warning;
use crate::template::function::{Answer, Call, Methods, text_of};
use crate::template::node::{Node, lock};

/// Configs that every node has: unset, they are none, and a default given to `config.get` does not count (reference 4.4).
const DECLARED: [&str; 29] = [
    "enabled",
    "alias",
    "schema",
    "database",
    "tags",
    "meta",
    "group",
    "materialized",
    "incremental_strategy",
    "batch_size",
    "lookback",
    "begin",
    "persist_docs",
    "post-hook",
    "pre-hook",
    "quoting",
    "column_types",
    "full_refresh",
    "unique_key",
    "on_schema_change",
    "on_configuration_change",
    "grants",
    "packages",
    "docs",
    "contract",
    "event_time",
    "concurrent_batches",
    "access",
    "freshness",
];

/// Those that only a snapshot has.
const OF_SNAPSHOTS: [&str; 8] = [
    "strategy",
    "target_schema",
    "target_database",
    "updated_at",
    "check_cols",
    "dbt_valid_to_current",
    "snapshot_meta_column_names",
    "hard_deletes",
];

/// Those that only a test has.
const OF_TESTS: [&str; 5] = ["severity", "store_failures", "store_failures_as", "where", "limit"];

/// Those that only a seed has.
const OF_SEEDS: [&str; 2] = ["delimiter", "quote_columns"];

const METHODS: &[(&str, Call)] = &[
    ("get", get),
    ("require", require),
    ("set", set),
    ("meta_get", meta_get),
    ("meta_require", meta_require),
    ("persist_relation_docs", persist_relation_docs),
    ("persist_column_docs", persist_column_docs),
];

/// The object `config`.
pub(super) fn object() -> Value {
    Methods::callable("config", call, METHODS, Vec::new())
}

/// `config(key=value, ...)` or `config({...})`.
fn call(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    if !node.is_parsing() {
        return Ok(Value::from(""));
    }
    let given = given(arguments)?;
    for (dashed, plain) in [("pre-hook", "pre_hook"), ("post-hook", "post_hook")] {
        if given.contains_key(dashed) && given.contains_key(plain) {
            return Err(fail(format!("invalid config, has conflicting keys `{plain}` and `{dashed}`")));
        }
    }
    let mut recorded = node.record();
    // Hooks come last in dbt, however they are called.
    let (hooks, others): (Vec<_>, Vec<_>) = given.into_iter().partition(|(key, _)| key.ends_with("_hook"));
    for (key, value) in others.into_iter().chain(hooks) {
        merge(&mut recorded.config, key, value);
    }
    Ok(Value::from(""))
}

fn given(arguments: &[Value]) -> Result<Map<String, Json>, CallError> {
    let (positional, named) = split(arguments);
    match positional {
        [] => named.iter().map(|(key, value)| Ok((key.clone(), written(value)?))).collect(),
        [one] if named.is_empty() => match written(one)? {
            Json::Object(map) => Ok(map),
            _ => Err(fail("config() takes a dict or keyword arguments")),
        },
        _ => Err(fail("config() takes one dict or keyword arguments, not both")),
    }
}

/// A config's value as JSON; dates and decimals, which JSON does not know, as their text.
fn written(value: &Value) -> Result<Json, CallError> {
    match to_json(value) {
        Ok(json) => Ok(json),
        Err(_) if List::of(value).is_some() || value.is_tuple() => {
            Ok(Json::Array(items(value)?.iter().map(written).collect::<Result<_, _>>()?))
        }
        Err(_) if Dict::of(value).is_some() => {
            let pairs = pairs(value)?.into_iter().map(|(key, value)| Ok((text_of(&key), written(&value)?)));
            Ok(Json::Object(pairs.collect::<Result<_, CallError>>()?))
        }
        Err(_) if is_time(value) => Ok(Json::String(text_of(value).replacen(' ', "T", 1))),
        Err(_) if type_name(value) == "Decimal" => Ok(Json::String(text_of(value))),
        Err(error) => Err(error),
    }
}

fn is_time(value: &Value) -> bool {
    type_name(value).trim_start_matches("datetime.").starts_with("date")
}

/// One config of a later `config` call on top of those of earlier ones, by dbt's rules for its key.
fn merge(so_far: &mut Map<String, Json>, key: String, value: Json) {
    let key = match key.as_str() {
        "pre_hook" => "pre-hook".to_owned(),
        "post_hook" => "post-hook".to_owned(),
        _ => key,
    };
    match (key.as_str(), so_far.get_mut(&key)) {
        ("tags" | "pre-hook" | "post-hook" | "packages", Some(before)) => {
            let mut all = listed(before.take());
            all.extend(listed(value));
            *before = Json::Array(all);
        }
        (
            "meta"
            | "docs"
            | "quoting"
            | "column_types"
            | "contract"
            | "latest_version_pointer"
            | "snapshot_meta_column_names"
            | "grants",
            Some(Json::Object(before)),
        ) if value.is_object() => {
            if let Json::Object(value) = value {
                before.extend(value);
            }
        }
        (_, _) => {
            so_far.insert(key, value);
        }
    }
}

fn listed(value: Json) -> Vec<Json> {
    match value {
        Json::Array(items) => items,
        Json::Null => Vec::new(),
        one => vec![one],
    }
}

/// A config that is set, or declared and thereby none.
pub(super) fn find(node: &Arc<Node>, name: &str) -> Option<Value> {
    let key = match name {
        "pre_hook" => "pre-hook",
        "post_hook" => "post-hook",
        other => other,
    };
    let dict = Dict::of(node.config())?;
    let is_set = dict.get_str(key).or_else(|| dict.get_str(name));
    is_set.or_else(|| is_declared(node.subject.resource_type, key).then(|| Value::from(())))
}

fn is_declared(resource_type: &str, key: &str) -> bool {
    let of_kind: &[&str] = match resource_type {
        "snapshot" => &OF_SNAPSHOTS,
        "test" => &OF_TESTS,
        "seed" => &OF_SEEDS,
        _ => &[],
    };
    DECLARED.contains(&key) || of_kind.contains(&key)
}

/// `config.get(name, default)`.
fn get(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [name, default, _validator] = bind("get", arguments, ["name", "default", "validator"], 1)?;
    if node.is_parsing() {
        return Ok(Value::from(""));
    }
    let key = name.as_ref().map(text_of).unwrap_or_default();
    if let Some(found) = find(node, &key) {
        return Ok(found);
    }
    if in_meta(node, name.as_ref()).is_some() {
        let text = format!(
            "config.get('{key}') finds nothing, though `meta` has the key '{key}'. To read that, write config.meta_get('{key}') \
             or config.meta_require('{key}')."
        );
        node.shared.globals.reporter.warn(Warning::new("GetMetaKeyWarning", text)).map_err(raise)?;
    }
    Ok(default.or_none())
}

/// `config.require(name)`.
fn require(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [name, _validator] = bind("require", arguments, ["name", "validator"], 1)?;
    if node.is_parsing() {
        return Ok(Value::from(""));
    }
    let name = name.as_ref().map(text_of).unwrap_or_default();
    find(node, &name).ok_or_else(|| missing(node, &name))
}

fn missing(node: &Arc<Node>, name: &str) -> CallError {
    fail(format!("`{}` does not define the required config `{name}`", node.subject.unique_id))
}

/// `config.set(name, value)`.
fn set(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [name, value] = bind("set", arguments, ["name", "value"], 2)?;
    if let (Some(runtime), Some(name), Some(value)) = (&node.runtime, name, value) {
        // The materialization is another render than the text, and sees it too.
        if let Ok(json) = written(&value) {
            lock(&runtime.trace).set.push((node.subject.unique_id.clone(), text_of(&name), json));
        }
        if let Some(dict) = Dict::of(node.config()) {
            dict.insert(name, value);
        }
    }
    Ok(Value::from(""))
}

/// `config.meta_get(name, default)`.
fn meta_get(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [name, default, _validator] = bind("meta_get", arguments, ["name", "default", "validator"], 1)?;
    if node.is_parsing() {
        return Ok(Value::from(""));
    }
    Ok(in_meta(node, name.as_ref()).or(default).or_none())
}

/// `config.meta_require(name)`.
fn meta_require(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [name, _validator] = bind("meta_require", arguments, ["name", "validator"], 1)?;
    if node.is_parsing() {
        return Ok(Value::from(""));
    }
    in_meta(node, name.as_ref()).ok_or_else(|| missing(node, &name.as_ref().map(text_of).unwrap_or_default()))
}

fn in_meta(node: &Arc<Node>, name: Option<&Value>) -> Option<Value> {
    let meta = Dict::of(node.config())?.get_str("meta")?;
    Dict::of(&meta)?.get(name?)
}

fn persist_relation_docs(node: &Arc<Node>, _state: &mut State<'_, '_>, _arguments: &[Value]) -> Answer {
    persists(node, "relation")
}

fn persist_column_docs(node: &Arc<Node>, _state: &mut State<'_, '_>, _arguments: &[Value]) -> Answer {
    persists(node, "columns")
}

fn persists(node: &Arc<Node>, what: &str) -> Answer {
    if node.is_parsing() {
        return Ok(Value::from(false));
    }
    match find(node, "persist_docs").filter(|value| !value.is_none()) {
        None => Ok(Value::from(false)),
        Some(value) => match Dict::of(&value) {
            Some(dict) => Ok(dict.get_str(what).unwrap_or_else(|| Value::from(false))),
            None => Err(fail(format!(
                "invalid value for `persist_docs`, it must be a dict, got {}",
                crate::jinja::repr(&value)
            ))),
        },
    }
}

/// None where Python would have none.
trait OrNone {
    fn or_none(self) -> Value;
}

impl OrNone for Option<Value> {
    fn or_none(self) -> Value {
        self.unwrap_or_else(|| Value::from(()))
    }
}
