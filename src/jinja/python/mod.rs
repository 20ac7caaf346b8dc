//! The Python modules that dbt gives to templates: `datetime`, `pytz`, `re`, `itertools`.

use std::cmp::Ordering;

use minijinja::{Error, Value};

use super::value::Operator;

/// The value of `modules`.
pub fn modules() -> Value {
    super::value::Dict::empty()
}

/// Python's type name of an object of these modules.
pub fn type_name(_value: &Value) -> Option<&'static str> {
    None
}

/// `repr` of an object of these modules.
pub fn repr(_value: &Value) -> Option<String> {
    None
}

/// How two objects of these modules compare; `None` if one is not from here.
pub fn compare(_left: &Value, _right: &Value) -> Option<Result<Ordering, Error>> {
    None
}

/// `left operator right` for objects of these modules; `None` if neither is from here.
pub fn operate(_operator: Operator, _left: &Value, _right: &Value) -> Option<Result<Value, Error>> {
    None
}

/// `format(value, spec)` for dates and times; `None` for other values.
pub fn format(_value: &Value, _spec: &str) -> Option<Result<String, Error>> {
    None
}
