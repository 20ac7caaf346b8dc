//! Python's values on top of the engine's: shared mutable lists and dicts, sets, decimals, printing, operators.
//!
//! Rule: values that templates can reach and that Python would share are [`List`] and [`Dict`], never engine
//! sequences or maps, so that `append` and `update` are seen by everyone who holds them. [`own`] converts.

mod arguments;
mod bytes;
#[cfg(test)]
mod cases;
mod compare;
mod decimal;
mod dict;
mod dump;
mod json;
mod list;
mod number;
mod operators;
mod own;
mod print;
mod set;
mod special;
mod view;

pub use arguments::{as_integer, as_optional_integer, as_text, bind, split};
pub use bytes::{Bytes, encode};
pub use compare::{compare, contains, equal, sort};
pub use decimal::{Decimal, decimal_text, rounded};
pub use dict::Dict;
pub use dump::{Dump, dump};
pub use json::{from_json, to_json};
pub use list::List;
pub use number::{Number, integer};
pub use operators::{Operator, operate};
pub use own::{items, own, pairs};
pub use print::{float_text, quote, repr, text, type_name};
pub use set::Set;
pub use special::Special;
pub use view::{Range, View};

use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, Value};

use super::is_undefined;

/// An error of a template's own making, with Python's words.
pub fn failure(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

/// Fails for an undefined value, naming it where its name is known.
///
/// # Errors
///
/// That it is undefined.
pub fn check_defined(value: &Value) -> Result<(), Error> {
    if !is_undefined(value) {
        return Ok(());
    }
    // Asking for an attribute makes the error that names what is undefined.
    checked(value.get_attr("_")?)?;
    Err(Error::new(ErrorKind::UndefinedError, "a value is undefined"))
}

/// The value, or the error that it carries.
///
/// # Errors
///
/// The carried one.
pub fn checked(value: Value) -> Result<Value, Error> {
    match value.kind() {
        ValueKind::Invalid => items(&List::value(vec![value])).map(|_| Value::UNDEFINED),
        _ => Ok(value),
    }
}

/// Fails for what cannot be a key of a dict or a member of a set, because it can change.
///
/// # Errors
///
/// Python's words.
pub fn check_key(key: &Value) -> Result<(), Error> {
    if key.is_tuple() {
        return items(key)?.iter().try_for_each(check_key);
    }
    let is_mutable = List::of(key).is_some() || Dict::of(key).is_some() || Set::of(key).is_some();
    if is_mutable { Err(failure(format!("unhashable type: '{}'", type_name(key)))) } else { Ok(()) }
}

/// The error for a method that `value` does not have.
pub fn no_method(value: &Value, method: &str) -> Error {
    // Jinja2 names the object so, not with the words of Python's own AttributeError.
    let what = if value.is_none() { "None".to_string() } else { format!("{} object", type_name(value)) };
    Error::new(ErrorKind::UnknownMethod, format!("'{what}' has no attribute '{method}'"))
}
