//! Functions and method tables that templates call, shared by all nodes; the node of the render comes from its state.

use std::fmt;
use std::sync::Arc;

use super::node::Node;
use crate::jinja::{CallError, Object, ObjectRepr, State, Value, fail, node};

/// What a function gives back.
pub(super) type Answer = Result<Value, CallError>;

/// A function that knows the node it is called from.
pub(super) type Call = fn(&Arc<Node>, &mut State<'_, '_>, &[Value]) -> Answer;

/// The node of the render that `state` belongs to.
pub(super) fn node_of(state: &State<'_, '_>) -> Result<Arc<Node>, CallError> {
    node::<Node>(state).ok_or_else(|| fail("this function can only be called from a node"))
}

/// One function.
pub(super) struct Function {
    name: &'static str,
    call: Call,
}

impl Function {
    /// The value that `name` is.
    pub(super) fn value(name: &'static str, call: Call) -> Value {
        Value::from_object(Function { name, call })
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "<function {}>", self.name)
    }
}

impl Object for Function {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
        (self.call)(&node_of(state)?, state, arguments)
    }
}

/// An object of nothing but methods and constants, such as `exceptions`.
pub(super) struct Methods {
    name: &'static str,
    call: Option<Call>,
    methods: &'static [(&'static str, Call)],
    values: Vec<(&'static str, Value)>,
}

impl Methods {
    /// The object called `name`.
    pub(super) fn value(
        name: &'static str,
        methods: &'static [(&'static str, Call)],
        values: Vec<(&'static str, Value)>,
    ) -> Value {
        Value::from_object(Methods { name, call: None, methods, values })
    }

    /// The object called `name` that can itself be called.
    pub(super) fn callable(
        name: &'static str,
        call: Call,
        methods: &'static [(&'static str, Call)],
        values: Vec<(&'static str, Value)>,
    ) -> Value {
        Value::from_object(Methods { name, call: Some(call), methods, values })
    }

    fn method(&self, name: &str) -> Option<&(&'static str, Call)> {
        self.methods.iter().find(|(known, _)| *known == name)
    }
}

impl fmt::Debug for Methods {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "<{}>", self.name)
    }
}

impl Object for Methods {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let key = key.as_str()?;
        let constant = self.values.iter().find(|(name, _)| *name == key).map(|(_, value)| value.clone());
        constant.or_else(|| self.method(key).map(|(name, call)| Function::value(name, *call)))
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
        match self.call {
            Some(call) => call(&node_of(state)?, state, arguments),
            None => Err(fail(format!("`{}` cannot be called", self.name))),
        }
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Answer {
        if let Some((_, call)) = self.method(method) {
            return call(&node_of(state)?, state, arguments);
        }
        match self.values.iter().find(|(name, _)| *name == method) {
            Some((_, value)) => value.call(state, arguments),
            None => Err(fail(format!("`{}` has no method `{method}`", self.name))),
        }
    }
}

/// A text argument; other values as Python's `str` writes them.
pub(super) fn text_of(value: &Value) -> String {
    crate::jinja::text(value)
}

/// A text argument that may be none or absent.
pub(super) fn optional_text(value: Option<&Value>) -> Option<String> {
    value.filter(|value| !value.is_none() && !crate::jinja::is_undefined(value)).map(text_of)
}
