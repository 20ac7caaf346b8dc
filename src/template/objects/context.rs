//! `context`, everything by name, and what packages find under `builtins.ref.config`.

use std::fmt;
use std::sync::{Arc, Weak};

use serde_json::Value as Json;

use crate::jinja::{Dict, Enumerator, Object, ObjectRepr, State, Value, bind, fail, from_json, pairs};
use crate::template::function::{Answer, text_of};
use crate::template::node::Node;

/// The names of a node as one live dict.
pub(crate) struct ContextDict(Weak<Node>);

impl ContextDict {
    /// The dict of `node`.
    pub(crate) fn value(node: &Arc<Node>) -> Value {
        Value::from_object(ContextDict(Arc::downgrade(node)))
    }

    /// What `name` is in the node of `value`, which is a context.
    pub(crate) fn lookup(value: &Value, name: &str) -> Option<Value> {
        match value.downcast_object_ref::<ContextDict>() {
            Some(context) => context.0.upgrade()?.lookup(name),
            None => value.get_attr(name).ok().filter(|found| !found.is_undefined()),
        }
    }
}

impl fmt::Debug for ContextDict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("<context>")
    }
}

impl Object for ContextDict {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.upgrade()?.lookup(key.as_str()?)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let names = self.0.upgrade().map(|node| node.names()).unwrap_or_default();
        Enumerator::Values(names.into_iter().map(Value::from).collect())
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Answer {
        let Some(node) = self.0.upgrade() else { return Err(fail("the node of this context is gone")) };
        match method {
            "get" => {
                let [name, default] = bind(method, arguments, ["key", "default"], 1)?;
                let found = name.as_ref().and_then(|name| node.lookup(name.as_str()?));
                Ok(found.or(default).unwrap_or_else(|| Value::from(())))
            }
            "update" => {
                let (positional, mut all) = crate::jinja::split(arguments);
                for given in positional {
                    all.extend(pairs(given)?.into_iter().map(|(key, value)| (text_of(&key), value)));
                }
                node.overlay(all);
                crate::jinja::forget_macros(state);
                Ok(Value::from(()))
            }
            "keys" => Ok(Value::from(node.names())),
            other => match node.lookup(other) {
                Some(function) => function.call(state, arguments),
                None => Err(fail(format!("`context` has nothing called `{other}`"))),
            },
        }
    }
}

/// The settings of the project in the shape of dbt's own object, as far as packages look into it.
#[derive(Debug)]
pub(crate) struct RuntimeConfig;

impl RuntimeConfig {
    /// The object.
    pub(crate) fn value() -> Value {
        Value::from_object(RuntimeConfig)
    }

    /// What `name` is in it.
    pub(crate) fn attribute(node: &Arc<Node>, name: &str) -> Option<Value> {
        let globals = &node.shared.globals;
        Some(match name {
            "args" => Dict::from_json(&Json::Object(globals.flags.to_json())),
            "cli_vars" => from_json(&Json::Object(globals.flags.vars.clone())),
            "project_name" => Value::from(globals.project_name.as_str()),
            "profile_name" | "target_name" => from_json(globals.target.get(name)?),
            "threads" => from_json(globals.target.get("threads")?),
            _ => return None,
        })
    }
}

impl Object for RuntimeConfig {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }
}
