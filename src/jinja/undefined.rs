//! `Undefined`: what a name that nobody defined evaluates to.
//!
//! It prints nothing, is false and iterates over nothing. While parsing, its attributes and calls give itself again,
//! so that parsing never fails on a name; while running they raise dbt's words with the name.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Value};
use minijinja::{Error, ErrorKind, State};

use super::engine::Mode;

/// An undefined name, or an undefined value that was passed to a macro on purpose.
pub struct Undefined {
    /// The name as written, `a.b` for an attribute; empty when it is not known.
    name: String,
    mode: Mode,
}

impl Undefined {
    /// The value for the undefined `name`.
    pub fn value(name: &str, mode: Mode) -> Value {
        Value::from_object(Undefined { name: name.to_string(), mode })
    }

    fn failure(&self) -> Error {
        let name = if self.name.is_empty() { "a value" } else { &self.name };
        Error::new(ErrorKind::UndefinedError, format!("'{name}' is undefined"))
    }
}

/// True for the engine's undefined and for [`Undefined`]: what `is defined` and `default` must ask.
pub fn is_undefined(value: &Value) -> bool {
    value.is_undefined() || value.downcast_object_ref::<Undefined>().is_some()
}

impl fmt::Debug for Undefined {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Undefined")
    }
}

impl Object for Undefined {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn get_value(self: &Arc<Self>, _key: &Value) -> Option<Value> {
        Some(match self.mode {
            Mode::Parse => Value::from_dyn_object(self.clone()),
            Mode::Run => Value::from(self.failure()),
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Empty
    }

    fn is_true(self: &Arc<Self>) -> bool {
        false
    }

    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, _arguments: &[Value]) -> Result<Value, Error> {
        match self.mode {
            Mode::Parse => Ok(Value::from_dyn_object(self.clone())),
            Mode::Run => Err(self.failure()),
        }
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        _method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        self.call(state, arguments)
    }

    fn render(self: &Arc<Self>, _out: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}
