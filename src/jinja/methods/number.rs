//! Methods of Python's int, float and bool.

use minijinja::value::Tuple;
use minijinja::{Error, Value};

use crate::jinja::value::{Bytes, Number, as_integer, as_text, bind, failure, integer, no_method};

/// Calls `method` of the number.
pub fn call(value: &Value, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    match (method, Number::of(value)) {
        ("to_bytes", Some(Number::Int(number))) => return to_bytes(number, arguments),
        ("from_bytes", Some(Number::Int(_))) => return from_bytes(arguments),
        ("fromhex", Some(Number::Float(_))) => return from_hex(arguments),
        (_, _) => {}
    }
    bind(method, arguments, [], 0)?;
    match (method, Number::of(value)) {
        ("bit_length", Some(Number::Int(number))) => Ok(Value::from(128 - number.unsigned_abs().leading_zeros())),
        ("bit_count", Some(Number::Int(number))) => Ok(Value::from(number.unsigned_abs().count_ones())),
        ("is_integer", Some(Number::Float(number))) => Ok(Value::from(number.is_finite() && number.fract() == 0.0)),
        ("is_integer", Some(Number::Int(_))) => Ok(Value::from(true)),
        ("conjugate", Some(number)) => Ok(number.value()),
        ("as_integer_ratio", Some(Number::Int(number))) => Ok(ratio(number, 1)),
        ("as_integer_ratio", Some(Number::Float(number))) => ratio_of_float(number),
        ("hex", Some(Number::Float(number))) => Ok(Value::from(hex(number))),
        (_, _) => Err(no_method(value, method)),
    }
}

fn ratio(above: i128, below: i128) -> Value {
    Value::from(Tuple::from([integer(above), integer(below)]))
}

fn ratio_of_float(number: f64) -> Result<Value, Error> {
    if !number.is_finite() {
        let kind = if number.is_nan() { "NaN" } else { "Infinity" };
        return Err(failure(format!("cannot convert {kind} to integer ratio")));
    }
    let (mut above, mut below) = (number, 1i128);
    while above.fract() != 0.0 && below < 1 << 120 {
        above *= 2.0;
        below *= 2;
    }
    Ok(ratio(above as i128, below))
}

/// `0x1.8p+1`.
fn hex(number: f64) -> String {
    let sign = if number.is_sign_negative() { "-" } else { "" };
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return format!("{sign}inf");
    }
    let bits = number.to_bits();
    let (exponent, fraction) = ((bits >> 52 & 0x7ff) as i64, bits & ((1 << 52) - 1));
    match (exponent, fraction) {
        (0, 0) => format!("{sign}0x0.0p+0"),
        (0, _) => format!("{sign}0x0.{fraction:013x}p-1022"),
        (_, _) => format!("{sign}0x1.{fraction:013x}p{:+}", exponent - 1023),
    }
}

fn from_hex(arguments: &[Value]) -> Result<Value, Error> {
    let [string] = bind("fromhex", arguments, ["string"], 1)?;
    let string = string.unwrap_or_default();
    let wrong = || failure("invalid hexadecimal floating-point string");
    let text = as_text("fromhex", &string)?.trim().to_lowercase();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1.0, digits),
        None => (1.0, text.trim_start_matches('+')),
    };
    let digits = digits.strip_prefix("0x").unwrap_or(digits);
    let (digits, exponent) = digits.split_once('p').unwrap_or((digits, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut number = 0.0;
    for letter in whole.chars().chain(fraction.chars()) {
        number = number * 16.0 + f64::from(letter.to_digit(16).ok_or_else(wrong)?);
    }
    let exponent: i32 = exponent.parse().map_err(|_| wrong())?;
    let places = i32::try_from(fraction.len()).map_err(|_| wrong())?;
    Ok(Value::from(sign * number * 2f64.powi(exponent - 4 * places)))
}

fn is_little(order: Option<&Value>) -> Result<bool, Error> {
    match order.and_then(Value::as_str) {
        None | Some("big") => Ok(false),
        Some("little") => Ok(true),
        Some(_) => Err(failure("byteorder must be either 'little' or 'big'")),
    }
}

fn to_bytes(number: i128, arguments: &[Value]) -> Result<Value, Error> {
    let [length, order, signed] = bind("to_bytes", arguments, ["length", "byteorder", "signed"], 0)?;
    let length = usize::try_from(length.map_or(Ok(1), |length| as_integer(&length))?).unwrap_or_default();
    let is_signed = signed.is_some_and(|signed| signed.is_true());
    if number < 0 && !is_signed {
        return Err(failure("can't convert negative int to unsigned"));
    }
    let bits = (length * 8).min(127) as u32;
    let fits = match is_signed {
        true => bits > 0 && number >> (bits - 1) == if number < 0 { -1 } else { 0 } || bits == 127,
        false => bits == 127 || number >> bits == 0,
    };
    if !fits {
        return Err(failure("int too big to convert"));
    }
    let filler = if number < 0 { 0xff } else { 0 };
    let mut bytes: Vec<u8> = number.to_le_bytes().into_iter().chain(std::iter::repeat(filler)).take(length).collect();
    if !is_little(order.as_ref())? {
        bytes.reverse();
    }
    Ok(Bytes::value(bytes))
}

fn from_bytes(arguments: &[Value]) -> Result<Value, Error> {
    let [bytes, order, signed] = bind("from_bytes", arguments, ["bytes", "byteorder", "signed"], 1)?;
    let bytes = bytes.unwrap_or_default();
    let mut bytes = Bytes::of(&bytes).ok_or_else(|| failure("cannot convert to bytes"))?.to_vec();
    if is_little(order.as_ref())? {
        bytes.reverse();
    }
    let is_negative = signed.is_some_and(|signed| signed.is_true()) && bytes.first().is_some_and(|byte| *byte > 127);
    if bytes.len() > 15 {
        return Err(failure("integers beyond 128 bits are not supported"));
    }
    let start = if is_negative { -1i128 } else { 0 };
    Ok(integer(bytes.iter().fold(start, |number, byte| number << 8 | i128::from(*byte))))
}
