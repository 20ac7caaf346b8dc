//! Rendering a node's own text: to see what it asks for, and to get its SQL.

use std::sync::{Arc, LazyLock};

use regex::Regex;
use serde_json::Value as Json;

use super::node::{Node, TEST_ARGUMENTS, lock};
use super::runtime::Rendered;
use super::{Compiled, Recorded};
use crate::error::Result;
use crate::jinja::{Dict, List, MacroId, Mode, Output, Template, Value, from_json, text};

/// Arguments of generic tests that are calls without braces: `to: ref('orders')`.
static BARE_CALL: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\s*(env_var|ref|var|source|doc)\s*\(.+\)\s*$").expect("a constant pattern"));

/// Renders with `execute` false, and gives what was asked for.
pub(super) fn parse(node: &Arc<Node>) -> Result<Recorded> {
    let mut calls = test_arguments(node)?;
    calls.extend(render(node, Mode::Parse)?.calls);
    let mut recorded = std::mem::take(&mut *node.record());
    for id in calls {
        let id = node.shared.library.unique_id(id);
        if !recorded.macros.contains(&id) {
            recorded.macros.push(id);
        }
    }
    Ok(recorded)
}

/// Renders with `execute` true.
pub(super) fn compile(node: &Arc<Node>) -> Result<Compiled> {
    let mut calls = test_arguments(node)?;
    let output = render(node, Mode::Run)?;
    calls.extend(&output.calls);
    if let Some(runtime) = &node.runtime
        && output.returned.is_none()
    {
        let rendered = Rendered { text: output.text.clone(), map: output.map, subject: node.subject.clone() };
        lock(&runtime.trace).rendered.push(rendered);
    }
    let text = output.returned.map_or(output.text, |value| text(&value));
    let ephemerals = std::mem::take(&mut *lock(&node.ephemerals));
    let macros = calls.into_iter().map(|id| node.shared.library.unique_id(id)).collect();
    Ok(Compiled { text, ephemerals, macros })
}

fn render(node: &Arc<Node>, mode: Mode) -> Result<Output> {
    let what = node.what();
    node.shared.engine.render(mode, &template(node, &what, &node.subject.text), &node.root())
}

fn template<'a>(node: &'a Node, what: &'a str, text: &'a str) -> Template<'a> {
    Template { what, file: &node.subject.file, line: node.subject.first_line, column: 1, text }
}

/// Evaluates the arguments of a generic test, and gives the macros that they call.
fn test_arguments(node: &Arc<Node>) -> Result<Vec<MacroId>> {
    let written = node.subject.extra.iter().find(|(name, _)| **name == *TEST_ARGUMENTS);
    let Some((_, Json::Object(written))) = written else { return Ok(Vec::new()) };
    let mut calls = Vec::new();
    let mut arguments = Vec::new();
    for (name, value) in written {
        let value = if name == "column_name" { from_json(value) } else { evaluated(node, value, &mut calls)? };
        arguments.push((name.as_str(), value));
    }
    let _ = node.arguments.set(Dict::value(arguments));
    Ok(calls)
}

fn evaluated(node: &Arc<Node>, written: &Json, calls: &mut Vec<MacroId>) -> Result<Value> {
    Ok(match written {
        Json::String(text) => {
            let braced = BARE_CALL.is_match(text).then(|| format!("{{{{ {text} }}}}"));
            let what = node.what();
            let template = template(node, &what, braced.as_deref().unwrap_or(text));
            let (value, called) = node.shared.engine.evaluate_and_list(node.mode(), &template, &node.root())?;
            calls.extend(called);
            value
        }
        Json::Array(items) => {
            let items = items.iter().map(|item| evaluated(node, item, calls));
            List::value(items.collect::<Result<Vec<_>>>()?)
        }
        Json::Object(map) => {
            let pairs = map.iter().map(|(key, value)| Ok((key.as_str(), evaluated(node, value, calls)?)));
            Dict::value(pairs.collect::<Result<Vec<_>>>()?)
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => from_json(written),
    })
}
