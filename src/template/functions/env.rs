//! `var` and `env_var`.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::jinja::Engine;
use crate::jinja::{CallError, State, Value, bind, fail, from_json, has_jinja};
use crate::template::function::{Answer, text_of};
use crate::template::node::Node;

/// Environment variables that only profiles and packages may read.
const SECRET: &str = "DBT_ENV_SECRET";

/// `var(name, default)`.
pub(super) fn var(node: &Arc<Node>, state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [name, default] = bind("var", arguments, ["var_name", "default"], 1)?;
    let name = name.as_ref().map(text_of).unwrap_or_default();
    if node.is_parsing() {
        let mut recorded = node.record();
        if !recorded.vars.contains(&name) {
            recorded.vars.push(name.clone());
        }
    }
    match (found(node, &name), default) {
        (Some(Json::String(text)), _) if has_jinja(&text) => {
            Engine::render_inside(state, &format!("var {name}"), &text)
        }
        (Some(value), _) => Ok(from_json(&value)),
        (None, Some(default)) => Ok(default),
        (None, None) if node.is_parsing() => Ok(Value::from(())),
        (None, None) => Err(missing(node, &name)),
    }
}

fn missing(node: &Arc<Node>, name: &str) -> CallError {
    fail(format!("required var `{name}` not found, asked for by {}", node.what()))
}

fn found(node: &Arc<Node>, name: &str) -> Option<Json> {
    let overridden = node.overridden(|overrides| &overrides.vars, name).cloned();
    overridden.or_else(|| (node.shared.globals.vars)(&node.subject.package, name))
}

/// `var.has_var(name)`.
pub(super) fn has_var(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [name] = bind("has_var", arguments, ["var_name"], 1)?;
    Ok(Value::from(name.is_some_and(|name| found(node, &text_of(&name)).is_some())))
}

/// `env_var(name, default)`.
pub(super) fn env_var(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [name, default] = bind("env_var", arguments, ["var", "default"], 1)?;
    let name = name.as_ref().map(text_of).unwrap_or_default();
    if name.starts_with(SECRET) {
        return Err(fail(format!(
            "secret env vars are allowed only in profiles.yml and packages.yml; `{name}` is used in {}",
            node.what()
        )));
    }
    if node.is_parsing() {
        let mut recorded = node.record();
        if !recorded.env_vars.contains(&name) {
            recorded.env_vars.push(name.clone());
        }
    }
    if let Some(value) = node.overridden(|overrides| &overrides.env_vars, &name) {
        return Ok(from_json(value));
    }
    match (node.shared.globals.env.get(&name), default) {
        (Some(value), _) => Ok(from_json(value)),
        (None, Some(default)) if default.is_none() => Ok(Value::from("None")),
        (None, Some(default)) => Ok(default),
        (None, None) => Err(fail(format!("env var required but not provided: `{name}`"))),
    }
}
