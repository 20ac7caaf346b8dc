//! `ref`, `source`, `function`, `metric`, `doc`: what leads from one node to another.

use std::sync::Arc;

use crate::error::Result;
use crate::jinja::{CallError, State, Undefined, Value, bind, fail, raise, split};
use crate::name::{Relation, RelationKind};
use crate::template::RefCall;
use crate::template::adapter::exists;
use crate::template::function::{Answer, optional_text, text_of};
use crate::template::node::{Node, lock};
use crate::template::objects::{Cut, RelationValue};
use crate::template::runtime::{Runtime, Target};
use crate::window::printed;

/// `ref('name')`, `ref('package', 'name')`, both with `v=` or `version=`.
pub(super) fn reference(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let call = ref_call(arguments)?;
    let Some(runtime) = &node.runtime else {
        node.record().refs.push(call);
        return Ok(stand_in(node));
    };
    let from = &node.subject.unique_id;
    let target = runtime.resolver.resolve_ref(from, call.package.as_deref(), &call.name, call.version.as_deref());
    related(node, runtime, target)
}

fn ref_call(arguments: &[Value]) -> std::result::Result<RefCall, CallError> {
    let (positional, named) = split(arguments);
    let mut version = None;
    for (name, value) in named {
        match name.as_str() {
            "v" | "version" => version = version.or(Some(value).filter(|value| !value.is_none())),
            other => return Err(fail(format!("ref() got an unexpected keyword argument '{other}'"))),
        }
    }
    let (package, name) = match positional {
        [name] => (None, name),
        [package, name] => (Some(package), name),
        other => return Err(fail(format!("ref() takes one or two arguments, got {}", other.len()))),
    };
    for argument in positional {
        if argument.as_str().is_none() && !crate::jinja::is_undefined(argument) {
            return Err(fail(format!("the arguments of ref() must be text, got {}", crate::jinja::repr(argument))));
        }
    }
    Ok(RefCall { package: package.map(text_of), name: text_of(name), version: version.as_ref().map(text_of) })
}

/// `source('source', 'table')`.
pub(super) fn source(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [source, table] =
        bind("source", arguments, ["source_name", "table_name"], 2)?.map(|it| optional_text(it.as_ref()));
    let (source, table) = (source.unwrap_or_default(), table.unwrap_or_default());
    let Some(runtime) = &node.runtime else {
        node.record().sources.push((source, table));
        return Ok(stand_in(node));
    };
    let target = runtime.resolver.resolve_source(&node.subject.unique_id, &source, &table);
    related(node, runtime, target)
}

/// `function('name')` or `function('package', 'name')`.
pub(super) fn function(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let call = ref_call(arguments)?;
    let Some(runtime) = &node.runtime else {
        node.record().functions.push((call.package, call.name));
        return Ok(stand_in(node));
    };
    let target = runtime
        .resolver
        .resolve_function(&node.subject.unique_id, call.package.as_deref(), &call.name)
        .map_err(raise)?;
    Ok(RelationValue::value(target.relation))
}

/// `metric('name')`: recorded; there is nothing that it could give while running.
pub(super) fn metric(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let call = ref_call(arguments)?;
    if !node.is_parsing() {
        return Err(fail(format!("metric `{}`: metrics cannot be queried", call.name)));
    }
    node.record().metrics.push((call.name, call.package));
    Ok(stand_in(node))
}

/// `doc('name')` or `doc('package', 'name')`.
pub(super) fn doc(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let call = ref_call(arguments)?;
    let Some(runtime) = &node.runtime else {
        return Err(fail("`doc` can be used in descriptions only"));
    };
    match runtime.resolver.doc(&node.subject.package, call.package.as_deref(), &call.name) {
        Some(text) => Ok(Value::from(text)),
        None => Err(fail(format!("documentation for `{}` was not found", call.name))),
    }
}

/// While parsing, every parent looks like the node itself, as in dbt.
fn stand_in(node: &Arc<Node>) -> Value {
    match &node.subject.this {
        Some(relation) => RelationValue::value(relation.clone()),
        None => Undefined::value("", crate::jinja::Mode::Parse),
    }
}

fn related(node: &Arc<Node>, runtime: &Arc<Runtime>, target: Result<Target>) -> Answer {
    let target = target.map_err(raise)?;
    if target.is_ephemeral {
        let mut ephemerals = lock(&node.ephemerals);
        if !ephemerals.contains(&target.unique_id) {
            ephemerals.push(target.unique_id.clone());
        }
    }
    let cut = cut(runtime, &target);
    Ok(RelationValue::cut(ephemeral_name(after_deferral(node, target)?), cut))
}

/// The target with the relation of the other environment, where that is favored or this one has none.
fn after_deferral(node: &Arc<Node>, mut target: Target) -> std::result::Result<Target, CallError> {
    let deferred = target.deferred.take().filter(|_| !target.is_ephemeral);
    if let Some(deferred) = deferred
        && (deferred.is_favored || !exists(node, &target.relation)?)
    {
        target.relation = deferred.relation;
    }
    Ok(target)
}

/// How an ephemeral parent is named where it is used: dbt's name for its common table expression.
fn ephemeral_name(target: Target) -> Relation {
    let own = target.relation.identifier.as_deref().unwrap_or_default();
    if !target.is_ephemeral {
        return target.relation;
    }
    let name = format!("__dbt__cte__{}", own.trim_start_matches("__dbt__cte__"));
    let plain = crate::name::Parts { database: false, schema: false, identifier: false };
    let include = crate::name::Parts { identifier: true, ..plain };
    Relation { identifier: Some(name), kind: Some(RelationKind::Cte), quote: plain, include, ..target.relation }
}

/// The rows that this run wants of a parent.
fn cut(runtime: &Runtime, target: &Target) -> Option<Cut> {
    let window = target.event_time.as_ref().zip(runtime.cut());
    if !runtime.is_empty && window.is_none() {
        return None;
    }
    let window = window.map(|(column, window)| (column.clone(), printed(window.start), printed(window.end)));
    Some(Cut { is_empty: runtime.is_empty, window })
}
