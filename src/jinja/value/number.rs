//! `Number`: what Python's arithmetic sees in a value.

use bigdecimal::BigDecimal;
use minijinja::Value;
use minijinja::value::ValueKind;

use super::{Decimal, Special};

/// A number of one of Python's three kinds; booleans are integers.
#[derive(Debug, Clone)]
pub enum Number {
    /// `int`, up to 128 bits.
    Int(i128),
    /// `float`.
    Float(f64),
    /// `decimal.Decimal`.
    Decimal(BigDecimal),
}

impl Number {
    /// The number in `value`, if it is one.
    pub fn of(value: &Value) -> Option<Number> {
        match value.kind() {
            ValueKind::Bool => Some(Number::Int(i128::from(value.is_true()))),
            ValueKind::Number if value.is_integer() => i128::try_from(value.clone()).ok().map(Number::Int),
            ValueKind::Number => f64::try_from(value.clone()).ok().map(Number::Float),
            ValueKind::Plain => match Decimal::of(value) {
                Some(decimal) => Some(Number::Decimal(decimal.number().clone())),
                None => Special::of(value).map(|special| Number::Float(special.float())),
            },
            _ => None,
        }
    }

    /// The nearest float.
    pub fn float(&self) -> f64 {
        match self {
            Number::Int(number) => *number as f64,
            Number::Float(number) => *number,
            Number::Decimal(number) => number.to_string().parse().unwrap_or(f64::NAN),
        }
    }

    /// The number with its fraction cut off, as `int()` does; `None` for infinity and what 128 bits cannot hold.
    pub fn truncated(&self) -> Option<i128> {
        match self {
            Number::Int(number) => Some(*number),
            Number::Float(number) if number.is_finite() && number.abs() < 1.7e38 => Some(number.trunc() as i128),
            Number::Float(_) => None,
            Number::Decimal(number) => {
                number.with_scale_round(0, bigdecimal::RoundingMode::Down).to_string().parse().ok()
            }
        }
    }

    /// The exact decimal; `None` for infinity and not-a-number.
    pub fn decimal(&self) -> Option<BigDecimal> {
        match self {
            Number::Int(number) => Some(BigDecimal::from(*number)),
            Number::Float(number) => BigDecimal::try_from(*number).ok(),
            Number::Decimal(number) => Some(number.clone()),
        }
    }

    /// The value of this number.
    pub fn value(self) -> Value {
        match self {
            Number::Int(number) => integer(number),
            Number::Float(number) => Value::from(number),
            Number::Decimal(number) => Decimal::value(number),
        }
    }
}

/// The value of an integer.
pub fn integer(number: i128) -> Value {
    match i64::try_from(number) {
        Ok(number) => Value::from(number),
        Err(_) => Value::from(number),
    }
}
