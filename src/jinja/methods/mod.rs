//! Python's methods on strings, lists, dicts, tuples, sets and numbers.

mod decimal;
mod dict;
mod list;
mod set;

use minijinja::{Error, State, Value};

pub use decimal::call as decimal;
pub use dict::call as dict;
pub use list::call as list;
pub use set::call as set;

/// The engine's callback for methods that a value does not know itself.
pub fn call(state: &mut State<'_, '_>, value: &Value, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    let _ = (state, value, method, arguments);
    todo!("methods")
}
