//! `Function`: a function of every context as a value that has a name.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, ObjectRepr};
use minijinja::{Error, State, Value};

use crate::jinja::methods;
use crate::jinja::value::no_method;

/// A function that needs no node.
pub struct Function<F> {
    name: &'static str,
    body: F,
}

impl<F: Fn(&[Value]) -> Result<Value, Error> + Send + Sync + 'static> Function<F> {
    /// The value of a function.
    pub fn value(name: &'static str, body: F) -> Value {
        Value::from_object(Function { name, body })
    }
}

impl<F> fmt::Debug for Function<F> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name {
            "dict" => out.write_str("<class 'dict'>"),
            "cycler" => out.write_str("<class 'jinja2.utils.Cycler'>"),
            "joiner" => out.write_str("<class 'jinja2.utils.Joiner'>"),
            name => write!(out, "<function {name}>"),
        }
    }
}

impl<F: Fn(&[Value]) -> Result<Value, Error> + Send + Sync + 'static> Object for Function<F> {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        (self.body)(arguments)
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        match (self.name, method) {
            ("dict", "fromkeys") => methods::from_keys(arguments),
            (_, _) => Err(no_method(&Value::from_dyn_object(self.clone()), method)),
        }
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}
