//! Python's methods on strings, lists, dicts, tuples, sets and numbers.

mod decimal;
mod dict;
mod list;
mod number;
mod set;
mod text;

use minijinja::value::ValueKind;
use minijinja::{Error, State, Value};

pub use decimal::call as decimal;
pub use dict::{call as dict, entries, from_keys};
pub use list::call as list;
pub use set::call as set;
pub use text::call as text;

use super::value::{Dict, List, no_method, own};

/// The engine's callback for methods that a value does not know itself.
pub fn call(state: &mut State<'_, '_>, value: &Value, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    match value.kind() {
        ValueKind::String => text::call(value.as_str().unwrap_or_default(), method, arguments),
        ValueKind::Number | ValueKind::Bool => number::call(value, method, arguments),
        ValueKind::Seq if value.is_tuple() => list::call_tuple(value, method, arguments),
        ValueKind::Seq | ValueKind::Iterable => match own(value).downcast_object_ref::<List>() {
            Some(_) if List::of(value).is_some() => Err(no_method(value, method)),
            Some(list) => list::call(state, list, method, arguments),
            None => Err(no_method(value, method)),
        },
        ValueKind::Map => match own(value).downcast_object_ref::<Dict>() {
            Some(_) if Dict::of(value).is_some() => Err(no_method(value, method)),
            Some(dict) => dict::call(state, dict, method, arguments),
            None => dict::call_mapping(value, method, arguments),
        },
        _ => Err(no_method(value, method)),
    }
}
