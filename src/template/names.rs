//! The names that mean something else in each node: `this`, `model`, `sql`, the hooks, `graph`.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::function::Answer;
use super::node::Node;
use super::objects::{self, ContextDict, RelationValue};
use crate::jinja::{List, Object, ObjectRepr, State, Value, from_json};

/// Names that [`of_node`] knows in every node.
pub(super) const OF_NODE: &[&str] = &[
    "this",
    "model",
    "execute",
    "sql",
    "compiled_code",
    "pre_hooks",
    "post_hooks",
    "context",
    "builtins",
    "graph",
    "selected_resources",
    "defer_relation",
    "thread_id",
    "sql_now",
];

/// What `name` is in `node` itself, apart from macros and what all nodes share.
pub(super) fn of_node(node: &Arc<Node>, name: &str) -> Option<Value> {
    Some(match name {
        "this" => node.subject.this.clone().map_or(Value::from(()), RelationValue::value),
        "model" => node.model().clone(),
        "execute" => Value::from(!node.is_parsing()),
        "sql" | "compiled_code" => node.sql.as_deref().map_or(Value::from(()), Value::from),
        "pre_hooks" => hooks(node, "pre-hook", "pre_hook"),
        "post_hooks" => hooks(node, "post-hook", "post_hook"),
        "context" => ContextDict::value(node),
        "builtins" => ContextDict::builtins(node),
        "graph" => match &node.runtime {
            Some(runtime) => node.shared.graph(runtime),
            None => from_json(&json!({})),
        },
        "selected_resources" => {
            let ids = node.runtime.as_ref().map(|runtime| runtime.resolver.selected_resources()).unwrap_or_default();
            List::value(ids.into_iter().map(Value::from).collect())
        }
        "defer_relation" => match node.runtime.as_ref().and_then(|runtime| runtime.defer_relation.clone()) {
            Some(relation) => RelationValue::value(relation),
            None => Value::from(()),
        },
        "thread_id" => Value::from(thread_name()),
        "sql_now" => Value::from("now()"),
        "connection_name" => Value::from(node.subject.connection()),
        "results" | "schemas" | "database_schemas" => objects::run_end(node, name)?,
        _ => return None,
    })
}

/// Hooks as dicts of `sql` and `transaction`, however the config writes them.
fn hooks(node: &Arc<Node>, key: &str, other: &str) -> Value {
    let written = node.subject.config.get(key).or_else(|| node.subject.config.get(other));
    let hooks = match written {
        None | Some(Json::Null) => Vec::new(),
        Some(Json::Array(hooks)) => hooks.iter().map(hook).collect(),
        Some(one) => vec![hook(one)],
    };
    List::value(hooks)
}

fn hook(written: &Json) -> Value {
    let parsed = match written {
        Json::String(text) => {
            serde_json::from_str(text).ok().filter(Json::is_object).unwrap_or_else(|| json!({ "sql": text }))
        }
        other => other.clone(),
    };
    let sql = parsed.get("sql").and_then(Json::as_str).unwrap_or_default();
    let is_inside = parsed.get("transaction").and_then(Json::as_bool).unwrap_or(true);
    from_json(&json!({ "sql": sql, "transaction": is_inside, "index": parsed.get("index") }))
}

/// A macro that always gives `value`, as unit tests ask for.
pub(super) fn constant_macro(value: &Json) -> Value {
    Value::from_object(Constant(from_json(value)))
}

struct Constant(Value);

impl fmt::Debug for Constant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "<overridden macro>")
    }
}

impl Object for Constant {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, _arguments: &[Value]) -> Answer {
        Ok(self.0.clone())
    }
}

/// Name of the running thread, as dbt's users know it.
fn thread_name() -> String {
    match std::thread::current().name() {
        None | Some("main") => "MainThread".to_owned(),
        Some(name) => name.to_owned(),
    }
}
