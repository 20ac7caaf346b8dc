//! Methods of Python's `decimal.Decimal`.

use bigdecimal::num_bigint::Sign;
use bigdecimal::{BigDecimal, RoundingMode};
use minijinja::{Error, Value};

use crate::jinja::value::{Decimal, Number, bind, failure, no_method, text};

/// Calls `method` of the number.
pub fn call(decimal: &Decimal, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    let number = decimal.number();
    match method {
        "quantize" => return quantize(number, arguments),
        "to_integral_value" | "to_integral" | "to_integral_exact" => {
            let [mode] = bind(method, arguments, ["rounding"], 0)?;
            return Ok(Decimal::value(number.with_scale_round(0, rounding(mode)?)));
        }
        "compare" => {
            let [other] = bind(method, arguments, ["other"], 1)?;
            let other = other.as_ref().and_then(Number::of).and_then(|other| other.decimal());
            let other = other.ok_or_else(|| failure("conversion to Decimal is not supported"))?;
            return Ok(Decimal::value(BigDecimal::from(number.cmp(&other) as i32)));
        }
        _ => bind(method, arguments, [], 0)?,
    };
    match method {
        "normalize" => Ok(Decimal::value(number.normalized())),
        "copy_abs" => Ok(Decimal::value(number.abs())),
        "copy_negate" => Ok(Decimal::value(-number)),
        "sqrt" => number.sqrt().map(Decimal::value).ok_or_else(|| failure("[<class 'decimal.InvalidOperation'>]")),
        "is_zero" => Ok(Value::from(number.sign() == Sign::NoSign)),
        "is_signed" => Ok(Value::from(number.sign() == Sign::Minus)),
        "is_finite" => Ok(Value::from(true)),
        "is_nan" | "is_infinite" => Ok(Value::from(false)),
        "adjusted" => {
            let (_, scale) = number.as_bigint_and_exponent();
            Ok(Value::from(number.digits() as i64 - 1 - scale))
        }
        _ => Err(no_method(&Decimal::value(number.clone()), method)),
    }
}

fn quantize(number: &BigDecimal, arguments: &[Value]) -> Result<Value, Error> {
    let [model, mode] = bind("quantize", arguments, ["exp", "rounding"], 1)?;
    let model = model.as_ref().and_then(Number::of).and_then(|model| model.decimal());
    let model = model.ok_or_else(|| failure("conversion to Decimal is not supported"))?;
    let (_, scale) = model.as_bigint_and_exponent();
    Ok(Decimal::value(number.with_scale_round(scale, rounding(mode)?)))
}

fn rounding(mode: Option<Value>) -> Result<RoundingMode, Error> {
    let Some(mode) = mode.filter(|mode| !mode.is_none()) else { return Ok(RoundingMode::HalfEven) };
    match text(&mode).as_str() {
        "ROUND_HALF_EVEN" => Ok(RoundingMode::HalfEven),
        "ROUND_HALF_UP" => Ok(RoundingMode::HalfUp),
        "ROUND_HALF_DOWN" => Ok(RoundingMode::HalfDown),
        "ROUND_UP" => Ok(RoundingMode::Up),
        "ROUND_DOWN" => Ok(RoundingMode::Down),
        "ROUND_CEILING" => Ok(RoundingMode::Ceiling),
        "ROUND_FLOOR" => Ok(RoundingMode::Floor),
        _ => Err(failure(
            "valid values for rounding are: [ROUND_CEILING, ROUND_FLOOR, ROUND_UP, ROUND_DOWN, \
                          ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN]",
        )),
    }
}
