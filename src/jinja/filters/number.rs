//! Filters that make or round numbers.

use bigdecimal::RoundingMode;
use minijinja::{Error, State, Value};

use super::Body;
use crate::jinja::value::{
    Number, Operator, as_optional_integer, bind, check_defined, failure, integer, operate, text, type_name,
};

pub const FILTERS: &[(&str, Body)] = &[("int", int), ("float", float), ("round", round), ("abs", abs)];

fn int(_: &mut State<'_, '_>, value: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let [default, base] = bind("int", arguments, ["default", "base"], 0)?;
    check_defined(value)?;
    let base = as_optional_integer(base.as_ref())?.unwrap_or(10);
    let number = match value.as_str() {
        Some(text) => {
            parse_integer(text, base).or_else(|| parse_float(text).and_then(|float| Number::Float(float).truncated()))
        }
        None => Number::of(value).and_then(|number| number.truncated()),
    };
    Ok(number.map(integer).or(default).unwrap_or_else(|| Value::from(0)))
}

/// Python's `int(text, base)`.
pub fn parse_integer(text: &str, base: i64) -> Option<i128> {
    let text = text.trim().to_lowercase();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(&text)),
    };
    let prefix = match base {
        2 => "0b",
        8 => "0o",
        16 => "0x",
        _ => "",
    };
    let digits = digits.strip_prefix(prefix).unwrap_or(digits);
    let has_stray_mark = digits.starts_with('_') || digits.ends_with('_') || digits.contains("__");
    if has_stray_mark || !(2..=36).contains(&base) || digits.starts_with(['+', '-']) {
        return None;
    }
    i128::from_str_radix(&digits.replace('_', ""), base as u32).ok().map(|number| sign * number)
}

/// Python's `float(text)`.
pub fn parse_float(text: &str) -> Option<f64> {
    let text = text.trim();
    let has_stray_mark = text.starts_with('_') || text.ends_with('_') || text.contains("__");
    if has_stray_mark { None } else { text.replace('_', "").parse().ok() }
}

fn float(_: &mut State<'_, '_>, value: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let [default] = bind("float", arguments, ["default"], 0)?;
    check_defined(value)?;
    let number = match value.as_str() {
        Some(text) => parse_float(text),
        None => Number::of(value).map(|number| number.float()),
    };
    Ok(number.map(Value::from).or(default).unwrap_or_else(|| Value::from(0.0)))
}

fn round(_: &mut State<'_, '_>, value: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let [precision, method] = bind("round", arguments, ["precision", "method"], 0)?;
    let precision = as_optional_integer(precision.as_ref())?.unwrap_or(0);
    let method = method.map_or_else(|| "common".to_string(), |method| text(&method));
    check_defined(value)?;
    let Some(number) = Number::of(value) else {
        return Err(failure(format!("type {} doesn't define __round__ method", type_name(value))));
    };
    let mode = match method.as_str() {
        "common" => return Ok(rounded(number, precision)),
        "ceil" => RoundingMode::Ceiling,
        "floor" => RoundingMode::Floor,
        _ => return Err(failure("method must be common, ceil or floor")),
    };
    let factor = 10f64.powi(precision as i32);
    let scaled = match &number {
        Number::Decimal(number) => Number::Decimal(number.with_scale_round(precision, mode)).float(),
        Number::Int(_) | Number::Float(_) if mode == RoundingMode::Ceiling => (number.float() * factor).ceil() / factor,
        Number::Int(_) | Number::Float(_) => (number.float() * factor).floor() / factor,
    };
    Ok(Value::from(scaled))
}

/// Python's `round(number, precision)`: ties go to the even neighbour, by the exact value.
fn rounded(number: Number, precision: i64) -> Value {
    match number {
        Number::Int(number) if precision >= 0 => integer(number),
        Number::Int(number) => {
            let rounded = bigdecimal::BigDecimal::from(number).with_scale_round(precision, RoundingMode::HalfEven);
            Number::Decimal(rounded).truncated().map_or_else(|| integer(number), integer)
        }
        Number::Decimal(number) => Number::Decimal(number.with_scale_round(precision, RoundingMode::HalfEven)).value(),
        Number::Float(float) => match number.decimal() {
            Some(exact) if precision < 400 => {
                let rounded = Number::Decimal(exact.with_scale_round(precision, RoundingMode::HalfEven)).float();
                Value::from(rounded.copysign(float))
            }
            Some(_) | None => Value::from(float),
        },
    }
}

fn abs(_: &mut State<'_, '_>, value: &Value, _: &[Value]) -> Result<Value, Error> {
    check_defined(value)?;
    match Number::of(value) {
        Some(Number::Int(number)) => Ok(integer(number.abs())),
        Some(Number::Float(number)) => Ok(Value::from(number.abs())),
        Some(Number::Decimal(number)) => Ok(Number::Decimal(number.abs()).value()),
        None => match value.get_attr("days").ok().and_then(|days| days.as_i64()) {
            Some(days) if days < 0 => operate(Operator::Multiply, value, &Value::from(-1)),
            Some(_) => Ok(value.clone()),
            None => Err(failure(format!("bad operand type for abs(): '{}'", type_name(value)))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{parse_float, parse_integer, rounded};
    use crate::jinja::value::{Number, text};

    #[test]
    fn text_becomes_the_number_that_python_reads() {
        assert_eq!(parse_integer(" -1_000 ", 10), Some(-1000));
        assert_eq!(parse_integer("0xff", 16), Some(255));
        assert_eq!(parse_integer("1.5", 10), None);
        assert_eq!(parse_float("1e3"), Some(1000.0));
    }

    #[test]
    fn rounding_goes_to_the_even_neighbour() {
        let round = |float, precision| text(&rounded(Number::Float(float), precision));
        assert_eq!(round(2.5, 0), "2.0");
        assert_eq!(round(2.675, 2), "2.67");
        assert_eq!(round(1234.5, -2), "1200.0");
        assert_eq!(round(1.26, 1), "1.3");
    }
}
