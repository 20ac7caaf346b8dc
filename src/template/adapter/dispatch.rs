//! Which macro a call reaches: `dispatch`, and the strategies of incremental models.

use std::sync::Arc;

use crate::error::Error;
use crate::jinja::{List, State, Value, bind, fail, items, raise};
use crate::template::function::{Answer, optional_text, text_of};
use crate::template::node::Node;
use crate::template::objects::ContextDict;

/// Strategies that come with kiln.
const STRATEGIES: [&str; 4] = ["append", "delete+insert", "merge", "microbatch"];

/// `dispatch(macro_name, macro_namespace=None)`.
pub(super) fn dispatch(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [name, namespace, packages] = bind("dispatch", arguments, ["macro_name", "macro_namespace", "packages"], 1)?;
    let name = name.as_ref().map(text_of).unwrap_or_default();
    if name.contains('.') {
        return Err(fail(format!(
            "in adapter.dispatch, got a macro name of `{name}`, but `.` is not a valid macro name component; did you \
             mean `adapter.dispatch(name, macro_namespace)`?"
        )));
    }
    let namespace = match (optional_text(namespace.as_ref()), packages.filter(|packages| !packages.is_none())) {
        (None, Some(packages)) => items(&packages)?.last().map(text_of),
        (namespace, _) => namespace,
    };
    let library = &node.shared.library;
    let id = library.dispatch(&node.subject.package, &name, namespace.as_deref()).map_err(raise)?;
    if let Some(value) = node.overridden(|overrides| &overrides.macros, &name) {
        return Ok(crate::template::names::constant_macro(value));
    }
    Ok(node.shared.engine.macro_value(id))
}

/// `is_overridden(name)`: whether a call of a built-in macro reaches somebody else's.
pub(super) fn is_overridden(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [name] = bind("is_overridden", arguments, ["name"], 1)?;
    let name = name.as_ref().map(text_of).unwrap_or_default();
    Ok(Value::from(node.shared.library.is_overridden(&name)))
}

/// `get_incremental_strategy_macro(context, strategy)`: the macro that makes the strategy's SQL.
pub(super) fn strategy_macro(_node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [context, strategy] = bind("get_incremental_strategy_macro", arguments, ["model_context", "strategy"], 2)?;
    let strategy = strategy.as_ref().map(text_of).unwrap_or_default();
    let known = STRATEGIES.map(|name| format!("`{name}`")).join(", ");
    if strategy == "insert_overwrite" {
        let message = format!("The incremental strategy '{strategy}' is not valid for this adapter");
        return Err(raise(Error::runtime(message).hint(format!("use one of {known}"))));
    }
    let name = format!("get_incremental_{}_sql", strategy.replace('+', "_"));
    ContextDict::lookup(&context.unwrap_or_default(), &name).ok_or_else(|| {
        raise(
            Error::runtime(format!("dbt could not find an incremental strategy macro with the name \"{name}\""))
                .hint(format!("use one of {known}, or write that macro")),
        )
    })
}

/// `valid_incremental_strategies()`.
pub(super) fn valid_strategies(_node: &Arc<Node>, _state: &mut State<'_, '_>, _arguments: &[Value]) -> Answer {
    Ok(List::value(STRATEGIES.iter().map(|name| Value::from(*name)).collect()))
}
