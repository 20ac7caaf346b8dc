//! Methods of Python's list.

use minijinja::{Error, State, Value};

use crate::jinja::value::{List, no_method};

/// Calls `method` of the list.
pub fn call(state: &mut State<'_, '_>, list: &List, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    let _ = (state, list, arguments);
    todo!("{method}")
}
