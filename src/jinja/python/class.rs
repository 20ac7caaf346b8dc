//! Modules and classes as values.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, ObjectRepr};
use minijinja::{Error, ErrorKind, State, Value};

/// A module: names and what they stand for.
pub struct Module {
    name: &'static str,
    members: Vec<(&'static str, Value)>,
}

impl Module {
    /// The module `name` with its members.
    pub fn value(name: &'static str, members: Vec<(&'static str, Value)>) -> Value {
        Value::from_object(Module { name, members })
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "<module '{}'>", self.name)
    }
}

impl Object for Module {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let key = key.as_str()?;
        self.members.iter().find(|(name, _)| *name == key).map(|(_, value)| value.clone())
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        match self.get_value(&Value::from(method)) {
            Some(member) => member.call(state, arguments),
            None => {
                Err(Error::new(ErrorKind::UnknownMethod, format!("module '{}' has no attribute '{method}'", self.name)))
            }
        }
    }
}

/// A class: what calling it makes, and its constants and class methods.
pub struct Class {
    /// With its module: `datetime.date`.
    pub name: &'static str,
    /// The class itself, called.
    pub construct: fn(&[Value]) -> Result<Value, Error>,
    /// A class method; `None` if there is none of that name.
    pub call: fn(&str, &[Value]) -> Result<Option<Value>, Error>,
    /// A constant such as `max`.
    pub constant: fn(&str) -> Option<Value>,
}

impl Class {
    /// The class as a value.
    pub fn value(self) -> Value {
        Value::from_object(self)
    }
}

impl fmt::Debug for Class {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "<class '{}'>", self.name)
    }
}

impl Object for Class {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "__name__" => self.name.rsplit('.').next().map(Value::from),
            name => (self.constant)(name).or_else(|| ClassMethod::named(self, name)),
        }
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        (self.construct)(arguments)
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        if let Some(value) = (self.call)(method, arguments)? {
            return Ok(value);
        }
        // `date.strftime(d, '%Y')` is `d.strftime('%Y')`.
        match arguments.split_first() {
            Some((instance, rest)) if instance.as_object().is_some() => instance.call_method(state, method, rest),
            Some(_) | None => Err(Error::new(
                ErrorKind::UnknownMethod,
                format!("type object '{}' has no attribute '{method}'", self.name),
            )),
        }
    }
}

/// A class method that is handed on instead of called: `try_or_compiler_error(message, datetime.strptime, text, format)`.
struct ClassMethod {
    class: Arc<Class>,
    name: String,
}

impl ClassMethod {
    fn named(class: &Arc<Class>, name: &str) -> Option<Value> {
        // There is no list of names: a method that is there gives a value or complains of its arguments.
        let missing = matches!((class.call)(name, &[]), Ok(None));
        (!missing).then(|| Value::from_object(ClassMethod { class: class.clone(), name: name.to_owned() }))
    }
}

impl fmt::Debug for ClassMethod {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "<built-in method {} of type object '{}'>", self.name, self.class.name)
    }
}

impl Object for ClassMethod {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        self.class.call_method(state, &self.name, arguments)
    }
}
