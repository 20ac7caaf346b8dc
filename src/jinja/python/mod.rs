//! The Python modules that dbt gives to templates: `datetime`, `pytz`, `re`, `itertools`.
//!
//! The functions here are the hooks by which printing, comparing and arithmetic reach the objects of these modules.

mod class;
mod datetime;
mod itertools;
mod pytz;
mod re;

use std::cmp::Ordering;

use minijinja::{Error, Value};

pub use datetime::{Date, DateTime, TimeDelta};

use super::value::Operator;

/// The value of `modules`.
pub fn modules() -> Value {
    class::Module::value(
        "modules",
        vec![
            ("datetime", datetime::module()),
            ("pytz", pytz::module()),
            ("re", re::module()),
            ("itertools", itertools::module()),
        ],
    )
}

/// Python's type name of an object of these modules.
pub fn type_name(value: &Value) -> Option<&'static str> {
    datetime::type_name(value).or_else(|| re::type_name(value))
}

/// `repr` of an object of these modules, where it differs from its `str`.
pub fn repr(value: &Value) -> Option<String> {
    datetime::repr(value)
}

/// How two objects of these modules compare; `None` if one is not from here.
pub fn compare(left: &Value, right: &Value) -> Option<Result<Ordering, Error>> {
    datetime::compare(left, right)
}

/// `left operator right` for objects of these modules; `None` if neither is from here or they do not go together.
pub fn operate(operator: Operator, left: &Value, right: &Value) -> Option<Result<Value, Error>> {
    datetime::operate(operator, left, right)
}

/// `format(value, spec)` for dates and times; `None` for other values.
pub fn format(value: &Value, spec: &str) -> Option<Result<String, Error>> {
    datetime::format(value, spec).map(Ok)
}
