//! Python's arithmetic: `+ - * / // % **` on numbers, decimals, strings, lists, tuples, sets and dates.

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::Sign;
use minijinja::value::{Tuple, ValueKind};
use minijinja::{Error, Value};

use super::decimal::{quotient, rounded};
use super::special::operate_special;
use super::{List, Number, Set, check_defined, failure, items, type_name};
use crate::jinja::{format, python};

/// Longest text or list that repetition makes.
const LONGEST: usize = 100_000_000;

/// A binary operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
}

impl Operator {
    /// The operator as it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Subtract => "-",
            Operator::Multiply => "*",
            Operator::Divide => "/",
            Operator::FloorDivide => "//",
            Operator::Modulo => "%",
            Operator::Power => "** or pow()",
        }
    }
}

/// `left operator right`, as Python gives it.
///
/// # Errors
///
/// Python's words for types that do not go together, division by zero, and integers beyond 128 bits.
pub fn operate(operator: Operator, left: &Value, right: &Value) -> Result<Value, Error> {
    check_defined(left)?;
    check_defined(right)?;
    if let Some(template) = left.as_str()
        && operator == Operator::Modulo
    {
        return format::percent(template, right).map(Value::from);
    }
    if let (Some(left_number), Some(right_number)) = (Number::of(left), Number::of(right)) {
        return match operate_special(operator, left, right) {
            Some(result) => result,
            None => on_numbers(operator, left_number, right_number),
        };
    }
    if let Some(result) = python::operate(operator, left, right) {
        return result;
    }
    match (operator, left.kind(), right.kind()) {
        (Operator::Add, ValueKind::String, ValueKind::String) => {
            Ok(Value::from([left.as_str().unwrap_or_default(), right.as_str().unwrap_or_default()].concat()))
        }
        (Operator::Add, _, _) if is_list(left) && is_list(right) => join(left, right),
        (Operator::Subtract, _, _) if Set::of(left).is_some() && Set::of(right).is_some() => {
            let without = items(right)?;
            Ok(Set::value(items(left)?.into_iter().filter(|item| !without.contains(item))))
        }
        (Operator::Multiply, _, _) => repeat(left, right).unwrap_or_else(|| Err(unsupported(operator, left, right))),
        (_, _, _) => Err(unsupported(operator, left, right)),
    }
}

fn unsupported(operator: Operator, left: &Value, right: &Value) -> Error {
    let (left_type, right_type) = (type_name(left), type_name(right));
    if operator == Operator::Add && (left.as_str().is_some() || is_list(left)) {
        return failure(format!("can only concatenate {left_type} (not \"{right_type}\") to {left_type}"));
    }
    let sign = operator.sign();
    failure(format!("unsupported operand type(s) for {sign}: '{left_type}' and '{right_type}'"))
}

fn is_list(value: &Value) -> bool {
    match value.kind() {
        ValueKind::Seq => true,
        ValueKind::Iterable => super::own::is_engines(value),
        _ => false,
    }
}

fn join(left: &Value, right: &Value) -> Result<Value, Error> {
    if left.is_tuple() != right.is_tuple() {
        return Err(unsupported(Operator::Add, left, right));
    }
    let mut all = items(left)?;
    all.extend(items(right)?);
    Ok(if left.is_tuple() { Value::from(Tuple::new(all)) } else { List::value(all) })
}

fn repeat(left: &Value, right: &Value) -> Option<Result<Value, Error>> {
    let (what, times) = match (Number::of(left), Number::of(right)) {
        (None, Some(Number::Int(times))) => (left, times),
        (Some(Number::Int(times)), None) => (right, times),
        (_, _) => return None,
    };
    let times = usize::try_from(times.max(0)).unwrap_or(usize::MAX);
    let length = what.len()?;
    if length.saturating_mul(times) > LONGEST {
        return Some(Err(failure("the repeated value is too long")));
    }
    if let Some(text) = what.as_str() {
        return Some(Ok(Value::from(text.repeat(times))));
    }
    let items = is_list(what).then(|| items(what))?;
    Some(items.map(|items| {
        let all: Vec<Value> = std::iter::repeat_n(items, times).flatten().collect();
        if what.is_tuple() { Value::from(Tuple::new(all)) } else { List::value(all) }
    }))
}

fn on_numbers(operator: Operator, left: Number, right: Number) -> Result<Value, Error> {
    match (&left, &right) {
        (Number::Int(left), Number::Int(right)) => on_integers(operator, *left, *right),
        (Number::Decimal(_), Number::Float(_)) | (Number::Float(_), Number::Decimal(_)) => {
            Err(unsupported(operator, &left.value(), &right.value()))
        }
        (Number::Decimal(_), _) | (_, Number::Decimal(_)) => match (left.decimal(), right.decimal()) {
            (Some(left), Some(right)) => on_decimals(operator, &left, &right),
            (_, _) => Err(unsupported(operator, &left.value(), &right.value())),
        },
        (Number::Float(_), _) | (_, Number::Float(_)) => on_floats(operator, left.float(), right.float()),
    }
}

fn on_integers(operator: Operator, left: i128, right: i128) -> Result<Value, Error> {
    if right == 0 && matches!(operator, Operator::Divide | Operator::FloorDivide | Operator::Modulo) {
        return Err(failure(match operator {
            Operator::Divide => "division by zero",
            _ => "integer division or modulo by zero",
        }));
    }
    let result = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide => return Ok(Value::from(left as f64 / right as f64)),
        Operator::FloorDivide => floor_divide(left, right),
        Operator::Modulo => floor_divide(left, right).map(|quotient| left - quotient * right),
        Operator::Power if right < 0 => return on_floats(operator, left as f64, right as f64),
        Operator::Power => u32::try_from(right).ok().and_then(|right| left.checked_pow(right)),
    };
    result.map(super::integer).ok_or_else(|| failure("integers beyond 128 bits are not supported"))
}

fn floor_divide(left: i128, right: i128) -> Option<i128> {
    let quotient = left.checked_div(right)?;
    let is_below = left % right != 0 && (left < 0) != (right < 0);
    Some(if is_below { quotient - 1 } else { quotient })
}

fn on_floats(operator: Operator, left: f64, right: f64) -> Result<Value, Error> {
    let is_division = matches!(operator, Operator::Divide | Operator::FloorDivide | Operator::Modulo);
    if right == 0.0 && is_division {
        return Err(failure(match operator {
            Operator::Divide => "float division by zero",
            Operator::FloorDivide => "float floor division by zero",
            _ => "float modulo",
        }));
    }
    if operator == Operator::Power && left == 0.0 && right < 0.0 {
        return Err(failure("0.0 cannot be raised to a negative power"));
    }
    let rest = || {
        let rest = left % right;
        if rest != 0.0 && (rest < 0.0) != (right < 0.0) { rest + right } else { rest }
    };
    Ok(Value::from(match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        Operator::FloorDivide => ((left - rest()) / right).round(),
        Operator::Modulo => rest(),
        Operator::Power => left.powf(right),
    }))
}

fn on_decimals(operator: Operator, left: &BigDecimal, right: &BigDecimal) -> Result<Value, Error> {
    let is_division = matches!(operator, Operator::Divide | Operator::FloorDivide | Operator::Modulo);
    if is_division && right.sign() == Sign::NoSign {
        return Err(failure("[<class 'decimal.DivisionByZero'>]"));
    }
    // Decimals divide towards zero, unlike integers: docs.python.org, decimal.
    let whole = || (left / right).with_scale_round(0, bigdecimal::RoundingMode::Down);
    let result = match operator {
        Operator::Add => Some(left + right),
        Operator::Subtract => Some(left - right),
        Operator::Multiply => Some(left * right),
        Operator::Divide => quotient(left, right),
        Operator::FloorDivide => Some(whole()),
        Operator::Modulo => Some(left - whole() * right),
        Operator::Power => power(left, right),
    };
    result
        .map(|number| Number::Decimal(rounded(number)).value())
        .ok_or_else(|| failure(format!("cannot calculate {left} {} {right}", operator.sign())))
}

fn power(base: &BigDecimal, exponent: &BigDecimal) -> Option<BigDecimal> {
    let exponent: i64 = exponent.normalized().to_string().parse().ok()?;
    let mut result = BigDecimal::from(1);
    for _ in 0..exponent.unsigned_abs().min(10_000) {
        result = rounded(result * base);
    }
    if exponent < 0 { quotient(&BigDecimal::from(1), &result) } else { Some(result) }
}
