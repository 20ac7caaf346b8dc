//! Methods of Python's int, float and bool.

use minijinja::value::Tuple;
use minijinja::{Error, Value};

use crate::jinja::value::{Number, bind, no_method};

/// Calls `method` of the number.
pub fn call(value: &Value, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    bind(method, arguments, [], 0)?;
    match (method, Number::of(value)) {
        ("bit_length", Some(Number::Int(number))) => Ok(Value::from(128 - number.unsigned_abs().leading_zeros())),
        ("bit_count", Some(Number::Int(number))) => Ok(Value::from(number.unsigned_abs().count_ones())),
        ("is_integer", Some(Number::Float(number))) => Ok(Value::from(number.is_finite() && number.fract() == 0.0)),
        ("is_integer", Some(Number::Int(_))) => Ok(Value::from(true)),
        ("conjugate", Some(_)) => Ok(value.clone()),
        ("as_integer_ratio", Some(Number::Int(number))) => {
            Ok(Value::from(Tuple::from([Number::Int(number).value(), Value::from(1)])))
        }
        (_, _) => Err(no_method(value, method)),
    }
}
