//! `Special`: the decimals that are no numbers, `Decimal('NaN')` and `Decimal('Infinity')`.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, ObjectRepr};
use minijinja::{Error, State, Value};

use super::{Decimal, Number, Operator, bind, failure, no_method, operate};

/// What a decimal can be beside a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Special {
    NotANumber,
    Infinity,
    MinusInfinity,
}

impl Special {
    /// The value that Postgres and Python write so: `NaN`, `Infinity`, `-Infinity`.
    pub fn parse(text: &str) -> Option<Value> {
        match text.trim().to_lowercase().as_str() {
            "nan" => Some(Value::from_object(Special::NotANumber)),
            "infinity" | "inf" => Some(Value::from_object(Special::Infinity)),
            "-infinity" | "-inf" => Some(Value::from_object(Special::MinusInfinity)),
            _ => None,
        }
    }

    /// The one inside `value`, if it is one.
    pub fn of(value: &Value) -> Option<Special> {
        value.downcast_object_ref().copied()
    }

    /// The float of the same name.
    pub fn float(self) -> f64 {
        match self {
            Special::NotANumber => f64::NAN,
            Special::Infinity => f64::INFINITY,
            Special::MinusInfinity => f64::NEG_INFINITY,
        }
    }

    /// The decimal that arithmetic gave as a float.
    fn from_float(number: f64) -> Value {
        match number {
            number if number.is_nan() => Value::from_object(Special::NotANumber),
            f64::INFINITY => Value::from_object(Special::Infinity),
            f64::NEG_INFINITY => Value::from_object(Special::MinusInfinity),
            number => Decimal::parse(&number.to_string()).unwrap_or_else(|| Value::from(number)),
        }
    }

    fn method(self, method: &str) -> Option<Value> {
        let is_negative = self == Special::MinusInfinity;
        let is_nan = self == Special::NotANumber;
        Some(match method {
            "is_nan" | "is_qnan" => Value::from(is_nan),
            "is_infinite" => Value::from(!is_nan),
            "is_signed" => Value::from(is_negative),
            "is_finite" | "is_zero" | "is_normal" | "is_subnormal" | "is_snan" => Value::from(false),
            "is_canonical" => Value::from(true),
            "copy_abs" => Special::from_float(self.float().abs()),
            "copy_negate" => Special::from_float(-self.float()),
            "normalize" | "conjugate" | "canonical" | "to_integral_value" | "to_integral_exact" | "to_integral" => {
                Value::from_object(self)
            }
            "to_eng_string" => Value::from(self.to_string()),
            "number_class" => Value::from(match self {
                Special::NotANumber => "NaN",
                Special::Infinity => "+Infinity",
                Special::MinusInfinity => "-Infinity",
            }),
            _ => return None,
        })
    }
}

/// `left operator right` where one of them is no number; `None` if neither is, or the other is no decimal or integer.
pub fn operate_special(operator: Operator, left: &Value, right: &Value) -> Option<Result<Value, Error>> {
    if Special::of(left).is_none() && Special::of(right).is_none() {
        return None;
    }
    let float = |value: &Value| match (Special::of(value), Number::of(value)) {
        (Some(special), _) => Some(special.float()),
        (None, Some(number @ (Number::Int(_) | Number::Decimal(_)))) => Some(number.float()),
        (None, Some(Number::Float(_)) | None) => None,
    };
    let (left, right) = (float(left)?, float(right)?);
    let result = operate(operator, &Value::from(left), &Value::from(right));
    Some(result.map(|number| Special::from_float(f64::try_from(number).unwrap_or(f64::NAN))))
}

/// The error of comparing with what is no number; none for other values.
pub fn check_order(left: &Value, right: &Value) -> Result<(), Error> {
    let is_nan = |value: &Value| Special::of(value) == Some(Special::NotANumber);
    if is_nan(left) || is_nan(right) { Err(failure("[<class 'decimal.InvalidOperation'>]")) } else { Ok(()) }
}

impl fmt::Display for Special {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Special::NotANumber => "NaN",
            Special::Infinity => "Infinity",
            Special::MinusInfinity => "-Infinity",
        })
    }
}

impl Object for Special {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        let Some(value) = self.method(method) else { return Err(no_method(&Value::from_object(**self), method)) };
        bind(method, arguments, [], 0)?;
        Ok(value)
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_ref(), out)
    }
}
