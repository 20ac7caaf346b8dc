//! Python's values on top of the engine's: shared mutable lists and dicts, sets, decimals, printing, operators.
//!
//! Rule: values that templates can reach and that Python would share are [`List`] and [`Dict`], never engine
//! sequences or maps, so that `append` and `update` are seen by everyone who holds them. [`own`] converts.

mod arguments;
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
mod view;

pub use arguments::{as_integer, as_optional_integer, as_text, bind, split};
pub use compare::{compare, contains, equal, sort};
pub use decimal::{Decimal, decimal_text};
pub use dict::Dict;
pub use dump::{Dump, dump};
pub use json::{from_json, to_json};
pub use list::List;
pub use number::{Number, integer};
pub use operators::{Operator, operate};
pub use own::{items, own, pairs};
pub use print::{float_text, quote, repr, text, type_name};
pub use set::Set;
pub use view::{Range, View};

use minijinja::{Error, ErrorKind};

/// An error of a template's own making, with Python's words.
pub fn failure(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

/// The error for a method that `value` does not have.
pub fn no_method(value: &minijinja::Value, method: &str) -> Error {
    // Jinja2 names the object so, not with the words of Python's own AttributeError.
    let what = if value.is_none() { "None".to_string() } else { format!("{} object", type_name(value)) };
    Error::new(ErrorKind::UnknownMethod, format!("'{what}' has no attribute '{method}'"))
}
