//! Methods of Python's set.

use minijinja::{Error, State, Value};

use crate::jinja::value::{Set, no_method};

/// Calls `method` of the set.
pub fn call(state: &mut State<'_, '_>, set: &Set, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    let _ = (state, set, arguments);
    todo!("{method}")
}
