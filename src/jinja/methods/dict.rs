//! Methods of Python's dict.

use minijinja::{Error, State, Value};

use crate::jinja::value::{Dict, no_method};

/// Calls `method` of the dict.
pub fn call(state: &mut State<'_, '_>, dict: &Dict, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    let _ = (state, dict, arguments);
    todo!("{method}")
}
