//! Methods of Python's `decimal.Decimal`.

use minijinja::{Error, Value};

use crate::jinja::value::Decimal;

/// Calls `method` of the number.
pub fn call(decimal: &Decimal, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    let _ = (decimal, arguments);
    todo!("{method}")
}
