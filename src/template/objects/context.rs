//! `context`, everything by name, and what packages find under `builtins.ref.config`.

use std::fmt;
use std::sync::{Arc, Weak};

use serde_json::{Map, Value as Json, json};

use crate::jinja::{Enumerator, List, Object, ObjectRepr, State, Value, bind, fail, pairs};
use crate::template::function::{Answer, text_of};
use crate::template::globals::Globals;
use crate::template::node::Node;
use crate::template::typed::tuple;

use super::record::Record;

/// The names of a node as one live dict.
pub(crate) struct ContextDict {
    node: Weak<Node>,
    scope: Scope,
}

/// Which names a dict of a node's names has.
#[derive(Clone, Copy, PartialEq)]
enum Scope {
    /// All that the node sees.
    Everything,
    /// Those that dbt itself gives, also where a macro has taken the name.
    Originals,
}

impl ContextDict {
    /// `context` in `node`.
    pub(crate) fn value(node: &Arc<Node>) -> Value {
        Value::from_object(ContextDict { node: Arc::downgrade(node), scope: Scope::Everything })
    }

    /// `builtins` in `node`.
    pub(crate) fn builtins(node: &Arc<Node>) -> Value {
        Value::from_object(ContextDict { node: Arc::downgrade(node), scope: Scope::Originals })
    }

    fn find(&self, node: &Arc<Node>, name: &str) -> Option<Value> {
        match self.scope {
            Scope::Everything => node.lookup(name),
            Scope::Originals => node.original(name),
        }
    }

    fn names(&self, node: &Node) -> Vec<String> {
        match self.scope {
            Scope::Everything => node.names(),
            Scope::Originals => node.original_names(),
        }
    }

    fn pairs(&self, node: &Arc<Node>) -> Vec<(Value, Value)> {
        let found = |name: String| Some((Value::from(name.as_str()), self.find(node, &name)?));
        self.names(node).into_iter().filter_map(found).collect()
    }

    /// What `name` is in the node of `value`, which is a context.
    pub(crate) fn lookup(value: &Value, name: &str) -> Option<Value> {
        match value.downcast_object_ref::<ContextDict>() {
            Some(context) => context.find(&context.node.upgrade()?, name),
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
        self.find(&self.node.upgrade()?, key.as_str()?)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let names = self.node.upgrade().map(|node| self.names(&node)).unwrap_or_default();
        Enumerator::Values(names.into_iter().map(Value::from).collect())
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Answer {
        let Some(node) = self.node.upgrade() else { return Err(fail("the node of this context is gone")) };
        match method {
            "get" => {
                let [name, default] = bind(method, arguments, ["key", "default"], 1)?;
                let found = name.as_ref().and_then(|name| self.find(&node, name.as_str()?));
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
            "keys" => Ok(List::value(self.names(&node).into_iter().map(Value::from).collect())),
            "values" => Ok(List::value(self.pairs(&node).into_iter().map(|(_, value)| value).collect())),
            "items" => {
                let pairs = self.pairs(&node).into_iter();
                Ok(List::value(pairs.map(|(name, value)| tuple(vec![name, value])).collect()))
            }
            other => match self.find(&node, other) {
                Some(function) => function.call(state, arguments),
                None => Err(fail(format!("`context` has nothing called `{other}`"))),
            },
        }
    }
}

/// The settings of the project in the shape of dbt's own object, as far as packages look into it (`builtins.ref.config`).
pub(crate) fn runtime_config(globals: &Globals) -> Value {
    let package =
        |(name, version): &(String, String)| (name.clone(), json!({ "project_name": name, "version": version }));
    let dependencies: Map<String, Json> = globals.packages.iter().map(package).collect();
    let target = |name: &str| globals.target.get(name).cloned().unwrap_or_default();
    let config = json!({
        "args": globals.flags.to_json(),
        "cli_vars": globals.flags.vars,
        "vars": globals.project_vars,
        "dependencies": dependencies,
        "packages": dependencies,
        "project_name": globals.project_name,
        "version": dependencies.get(&globals.project_name).map(|package| package["version"].clone()),
        "profile_name": target("profile_name"),
        "target_name": target("target_name"),
        "threads": target("threads"),
        "credentials": globals.target,
    });
    Record::value_of(&config, &["args", "vars"])
}
