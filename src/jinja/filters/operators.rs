//! The filters that the pre-pass writes where Python's operators and literals were.

use std::cmp::Ordering;

use minijinja::value::{Tuple, ValueKind};
use minijinja::{Error, State, Value};

use super::Body;
use crate::jinja::is_undefined;
use crate::jinja::table::gives_tuples;
use crate::jinja::value::{
    Decimal, Dict, List, Number, Operator, Range, check_key, compare, equal, failure, items, operate, own, pairs, text,
    type_name,
};

pub const FILTERS: &[(&str, Body)] = &[
    ("_l", |_, value, _| Ok(List::value(items(value)?))),
    ("_d", |_, value, _| dict(value)),
    ("_own", |_, value, _| Ok(own(value))),
    ("_void", |_, _, _| Ok(Value::from(""))),
    ("_letters", |_, value, _| match value.as_str() {
        Some(_) => Ok(List::value(items(value)?)),
        None => Ok(value.clone()),
    }),
    ("_add", |state, left, right| binary(state, Operator::Add, left, right)),
    ("_sub", |state, left, right| binary(state, Operator::Subtract, left, right)),
    ("_mul", |state, left, right| binary(state, Operator::Multiply, left, right)),
    ("_div", |state, left, right| binary(state, Operator::Divide, left, right)),
    ("_floordiv", |state, left, right| binary(state, Operator::FloorDivide, left, right)),
    ("_mod", |state, left, right| binary(state, Operator::Modulo, left, right)),
    ("_pow", |state, left, right| binary(state, Operator::Power, left, right)),
    ("_neg", |_, value, _| negate(value)),
    ("_pos", |_, value, _| match Number::of(value) {
        Some(number) => Ok(number.value()),
        None => Err(failure(format!("bad operand type for unary +: '{}'", type_name(value)))),
    }),
    ("_cat", |_, left, right| Ok(Value::from([text(left), text(other(right))].concat()))),
    ("_eq", |_, left, right| Ok(Value::from(equal(left, other(right))))),
    ("_ne", |_, left, right| Ok(Value::from(!equal(left, other(right))))),
    ("_lt", |_, left, right| order("<", left, other(right), Ordering::is_lt)),
    ("_le", |_, left, right| order("<=", left, other(right), Ordering::is_le)),
    ("_gt", |_, left, right| order(">", left, other(right), Ordering::is_gt)),
    ("_ge", |_, left, right| order(">=", left, other(right), Ordering::is_ge)),
    ("_in", |_, item, container| crate::jinja::value::contains(other(container), item).map(Value::from)),
    ("_part", |_, value, name| part(value, &text(other(name)))),
    ("_slice", |_, value, bounds| slice(value, bounds)),
];

fn dict(literal: &Value) -> Result<Value, Error> {
    let pairs = pairs(literal)?;
    pairs.iter().try_for_each(|(key, _)| check_key(key))?;
    Ok(Dict::value(pairs))
}

fn other(arguments: &[Value]) -> &Value {
    arguments.first().unwrap_or(&Value::UNDEFINED)
}

fn binary(_: &mut State<'_, '_>, operator: Operator, left: &Value, right: &[Value]) -> Result<Value, Error> {
    operate(operator, left, other(right))
}

fn negate(value: &Value) -> Result<Value, Error> {
    match Number::of(value) {
        Some(Number::Int(number)) => Ok(Number::Int(-number).value()),
        Some(Number::Float(number)) => Ok(Value::from(-number)),
        Some(Number::Decimal(number)) => Ok(Number::Decimal(-number).value()),
        None if value.kind() == ValueKind::Plain => operate(Operator::Multiply, value, &Value::from(-1)),
        None => Err(failure(format!("bad operand type for unary -: '{}'", type_name(value)))),
    }
}

/// Whether `left` stands to `right` as `sign` says.
pub fn order(sign: &str, left: &Value, right: &Value, holds: fn(Ordering) -> bool) -> Result<Value, Error> {
    Ok(Value::from(compare(sign, left, right)?.is_some_and(holds)))
}

/// Names of the members of dbt's enums of statuses whose names are not their texts with a capital letter.
const STATUSES: [(&str, &str); 3] =
    [("no-op", "NoOp"), ("partial success", "PartialSuccess"), ("runtime error", "RuntimeErr")];

/// An attribute that Python's numbers and dbt's statuses have, or any other that `value` has.
fn part(value: &Value, name: &str) -> Result<Value, Error> {
    if let Some(status) = value.as_str() {
        let known = ["success", "error", "skipped", "pass", "fail", "warn"].contains(&status);
        let special = STATUSES.iter().find(|(text, _)| *text == status).map(|(_, name)| *name);
        return Ok(match (name, known || special.is_some()) {
            ("value", true) => value.clone(),
            ("name", true) => special.map_or_else(|| Value::from(capitalized(status)), Value::from),
            (_, _) => Value::UNDEFINED,
        });
    }
    let Some(number) = Number::of(value) else { return value.get_attr(name) };
    Ok(match (name, &number) {
        ("real", _) => number.value(),
        ("imag", Number::Float(_)) => Value::from(0.0),
        ("imag", Number::Decimal(_)) => Decimal::value(0.into()),
        ("imag", Number::Int(_)) => Value::from(0),
        ("numerator", Number::Int(_)) => number.value(),
        ("denominator", Number::Int(_)) => Value::from(1),
        (_, _) => Value::UNDEFINED,
    })
}

fn capitalized(word: &str) -> String {
    word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect()
}

/// `value[start:stop:step]`; absent bounds are `None`.
fn slice(value: &Value, bounds: &[Value]) -> Result<Value, Error> {
    if is_undefined(value) {
        return Ok(List::value(Vec::new()));
    }
    let bound = |at: usize| match bounds.get(at).filter(|bound| !bound.is_none()) {
        None => Ok(None),
        Some(bound) => match bound.as_i64() {
            Some(number) => Ok(Some(number)),
            None => Err(failure("slice indices must be integers or None or have an __index__ method")),
        },
    };
    let (start, stop, step) = (bound(0)?, bound(1)?, bound(2)?.unwrap_or(1));
    if step == 0 {
        return Err(failure("slice step cannot be zero"));
    }
    if let Some(text) = value.as_str() {
        let letters: Vec<char> = text.chars().collect();
        let cut = places(letters.len(), start, stop, step).into_iter().map(|at| letters[at]).collect::<String>();
        return Ok(Value::from(cut));
    }
    if !matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable) {
        return Err(failure(format!("'{}' object is not subscriptable", type_name(value))));
    }
    let all = items(value)?;
    if let Some(range) = Range::of(value) {
        let (start, stop) = bounds_of(all.len(), start, stop, step);
        return Ok(range.part(start, stop, step));
    }
    let cut = places(all.len(), start, stop, step).into_iter().map(|at| all[at].clone()).collect();
    Ok(if value.is_tuple() || gives_tuples(value) { Value::from(Tuple::new(cut)) } else { List::value(cut) })
}

/// Where a slice of a sequence of `length` items begins, and before which place it ends.
fn bounds_of(length: usize, start: Option<i64>, stop: Option<i64>, step: i64) -> (i64, i64) {
    let length = length as i64;
    let (lowest, highest) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let clamp = |at: i64| (if at < 0 { at.saturating_add(length) } else { at }).clamp(lowest, highest);
    let start = start.map_or(if step > 0 { lowest } else { highest }, clamp);
    (start, stop.map_or(if step > 0 { highest } else { lowest }, clamp))
}

/// The places that a slice of a sequence of `length` items takes.
fn places(length: usize, start: Option<i64>, stop: Option<i64>, step: i64) -> Vec<usize> {
    let (mut at, stop) = bounds_of(length, start, stop, step);
    let mut places = Vec::new();
    while if step > 0 { at < stop } else { at > stop } {
        places.push(at as usize);
        at = at.saturating_add(step);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn slices_take_the_places_that_python_takes() {
        assert_eq!(places(5, Some(1), Some(3), 1), [1, 2]);
        assert_eq!(places(5, None, Some(-1), 1), [0, 1, 2, 3]);
        assert_eq!(places(3, None, None, -1), [2, 1, 0]);
        assert_eq!(places(3, Some(5), None, 1), [0; 0]);
        assert_eq!(places(4, None, None, 2), [0, 2]);
        assert_eq!(places(4, Some(-1), Some(-10), -2), [3, 1]);
    }
}
