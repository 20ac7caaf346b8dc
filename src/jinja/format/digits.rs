//! Numbers without sign as digits, in the notations `f`, `e` and `g`.

use bigdecimal::{BigDecimal, RoundingMode};

use crate::jinja::value::{Number, float_text};

/// The absolute value of `number` with `precision` digits after the point.
pub fn fixed(number: &Number, precision: usize) -> String {
    match number {
        Number::Decimal(number) => decimal_fixed(number, precision),
        Number::Int(number) => decimal_fixed(&BigDecimal::from(*number), precision),
        Number::Float(number) => special(*number).unwrap_or_else(|| format!("{:.precision$}", number.abs())),
    }
}

fn decimal_fixed(number: &BigDecimal, precision: usize) -> String {
    let rounded = number.abs().with_scale_round(precision as i64, RoundingMode::HalfEven);
    let digits = rounded.as_bigint_and_exponent().0.to_string();
    let digits = format!("{digits:0>width$}", width = precision + 1);
    let (whole, fraction) = digits.split_at(digits.len() - precision);
    if precision == 0 { whole.to_string() } else { format!("{whole}.{fraction}") }
}

/// The absolute value of `number` with one digit before the point and an exponent of two digits or more.
pub fn exponent(number: &Number, precision: usize) -> String {
    let float = number.float();
    special(float).unwrap_or_else(|| {
        let (digits, exponent) = parts(float, precision);
        written(&digits, exponent)
    })
}

fn parts(float: f64, precision: usize) -> (String, i32) {
    let text = format!("{:.precision$e}", float.abs());
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (digits.to_string(), exponent.parse().unwrap_or_default())
}

fn written(digits: &str, exponent: i32) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// The absolute value of `number` with `precision` digits in all, in the shorter notation, without trailing zeros
/// unless `keep_zeros`.
pub fn general(number: &Number, precision: usize, keep_zeros: bool) -> String {
    let float = number.float();
    if let Some(text) = special(float) {
        return text;
    }
    let precision = precision.max(1);
    let (digits, exponent) = parts(float, precision - 1);
    let trim = |digits: String| match keep_zeros || !digits.contains('.') {
        true => digits,
        false => digits.trim_end_matches('0').trim_end_matches('.').to_string(),
    };
    if exponent >= -4 && exponent < precision as i32 {
        return trim(fixed(&Number::Float(float), (precision as i32 - 1 - exponent) as usize));
    }
    written(&trim(digits), exponent)
}

/// The absolute value of `number` as `str` prints it; with a precision, that many digits in all but at least one
/// after the point.
pub fn natural(number: &Number, precision: Option<usize>) -> String {
    match (number, precision) {
        (Number::Int(number), _) => number.unsigned_abs().to_string(),
        (Number::Decimal(number), None) => crate::jinja::value::decimal_text(&number.abs()),
        (Number::Float(number), None) => float_text(number.abs()),
        (number, Some(precision)) => {
            let text = general(number, precision, false);
            let needs_point = matches!(number, Number::Float(_)) && text.chars().all(|letter| letter.is_ascii_digit());
            match (needs_point, text.len() < precision) {
                (true, true) => format!("{text}.0"),
                (true, false) => exponent(number, precision.saturating_sub(1)).replace(".0e", "e"),
                (false, _) => text,
            }
        }
    }
}

fn special(float: f64) -> Option<String> {
    match float {
        float if float.is_nan() => Some("nan".to_string()),
        float if float.is_infinite() => Some("inf".to_string()),
        _ => None,
    }
}
