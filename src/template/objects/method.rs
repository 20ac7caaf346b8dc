//! A method of an object that a template takes without calling it, as `relation['include']`.

use std::fmt;
use std::sync::Arc;

use crate::jinja::{Object, ObjectRepr, State, Value};
use crate::template::function::Answer;

/// A method with the object that it belongs to.
pub(super) struct Method {
    owner: Value,
    name: &'static str,
}

impl Method {
    /// The method of `owner` that is called `name`, if it is one of `known`.
    pub(super) fn of(owner: Value, name: &str, known: &[&'static str]) -> Option<Value> {
        let name = known.iter().find(|known| **known == name)?;
        Some(Value::from_object(Method { owner, name }))
    }
}

impl fmt::Debug for Method {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "<bound method {}>", self.name)
    }
}

impl Object for Method {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
        self.owner.call_method(state, self.name, arguments)
    }
}
