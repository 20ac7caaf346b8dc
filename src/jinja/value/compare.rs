//! Python's `==`, `<` and `in`.

use std::cmp::Ordering;

use minijinja::value::ValueKind;
use minijinja::{Error, Value};

use super::special::check_order;
use super::{Dict, Number, Range, Set, View, check_defined, failure, items, pairs, type_name};
use crate::jinja::{is_undefined, python};

/// Python's `left == right`: numbers by value across their types, containers by their items, a list never equals
/// a tuple.
pub fn equal(left: &Value, right: &Value) -> bool {
    if let (Some(left), Some(right)) = (Number::of(left), Number::of(right)) {
        return compare_numbers(&left, &right) == Some(Ordering::Equal);
    }
    if is_undefined(left) || is_undefined(right) {
        return is_undefined(left) && is_undefined(right);
    }
    match (left.kind(), right.kind()) {
        (ValueKind::Seq, ValueKind::Seq) if Range::of(left).is_some() != Range::of(right).is_some() => false,
        (ValueKind::Seq, ValueKind::Seq) => left.is_tuple() == right.is_tuple() && all_equal(items(left), items(right)),
        (ValueKind::Map, ValueKind::Map) => match (pairs(left), pairs(right)) {
            (Ok(left), Ok(other)) => left.len() == other.len() && left.iter().all(|pair| has_pair(right, pair)),
            (_, _) => left == right,
        },
        (ValueKind::Seq, ValueKind::Iterable) | (ValueKind::Iterable, ValueKind::Seq) => {
            // A lazy result of a filter stands for the list that Python would have.
            let is_view = |value: &Value| value.downcast_object_ref::<View>().is_some_and(View::is_of_dict);
            !is_view(left)
                && !is_view(right)
                && Set::of(left).is_none()
                && Set::of(right).is_none()
                && left.is_tuple() == right.is_tuple()
                && all_equal(items(left), items(right))
        }
        (_, _) => left == right,
    }
}

fn all_equal(left: Result<Vec<Value>, Error>, right: Result<Vec<Value>, Error>) -> bool {
    match (left, right) {
        (Ok(left), Ok(right)) => {
            left.len() == right.len() && left.iter().zip(&right).all(|(left, right)| equal(left, right))
        }
        (_, _) => false,
    }
}

fn has_pair(mapping: &Value, (key, value): &(Value, Value)) -> bool {
    mapping.get_item(key).is_ok_and(|found| !found.is_undefined() && equal(&found, value))
}

/// How `left` stands to `right`; `None` where neither is smaller, as with not-a-number. `sign` is the operator, for
/// the message.
///
/// # Errors
///
/// Python's words for types that have no order.
pub fn compare(sign: &str, left: &Value, right: &Value) -> Result<Option<Ordering>, Error> {
    check_order(left, right)?;
    if let (Some(left), Some(right)) = (Number::of(left), Number::of(right)) {
        return Ok(compare_numbers(&left, &right));
    }
    check_defined(left)?;
    check_defined(right)?;
    if let Some(order) = python::compare(left, right) {
        return order.map(Some);
    }
    match (left.kind(), right.kind()) {
        (ValueKind::String, ValueKind::String) => Ok(Some(left.as_str().cmp(&right.as_str()))),
        (ValueKind::Seq, ValueKind::Seq) if left.is_tuple() == right.is_tuple() => {
            compare_items(sign, &items(left)?, &items(right)?)
        }
        (ValueKind::Iterable, ValueKind::Iterable) if Set::of(left).is_some() && Set::of(right).is_some() => {
            Ok(compare_sets(&items(left)?, &items(right)?))
        }
        (_, _) => Err(failure(format!(
            "'{sign}' not supported between instances of '{}' and '{}'",
            type_name(left),
            type_name(right)
        ))),
    }
}

fn compare_items(sign: &str, left: &[Value], right: &[Value]) -> Result<Option<Ordering>, Error> {
    for (left, right) in left.iter().zip(right) {
        if !equal(left, right) {
            return compare(sign, left, right);
        }
    }
    Ok(Some(left.len().cmp(&right.len())))
}

/// Sets are ordered by inclusion.
fn compare_sets(left: &[Value], right: &[Value]) -> Option<Ordering> {
    let is_below = left.iter().all(|item| right.contains(item));
    let is_above = right.iter().all(|item| left.contains(item));
    match (is_below, is_above) {
        (true, true) => Some(Ordering::Equal),
        (true, false) => Some(Ordering::Less),
        (false, true) => Some(Ordering::Greater),
        (false, false) => None,
    }
}

fn compare_numbers(left: &Number, right: &Number) -> Option<Ordering> {
    match (left, right) {
        (Number::Int(left), Number::Int(right)) => Some(left.cmp(right)),
        (Number::Float(left), Number::Float(right)) => left.partial_cmp(right),
        (_, _) => match (left.decimal(), right.decimal()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            (_, _) => left.float().partial_cmp(&right.float()),
        },
    }
}

/// Sorts items by their keys as `list.sort` does: stable, also in reverse.
///
/// # Errors
///
/// Python's words for keys that have no order.
pub fn sort(keyed: &mut [(Value, Value)], reverse: bool) -> Result<(), Error> {
    let mut first_error = None;
    keyed.sort_by(|left, right| {
        let order = match compare("<", &left.0, &right.0) {
            Ok(order) => order.unwrap_or(Ordering::Equal),
            Err(error) => {
                first_error.get_or_insert(error);
                Ordering::Equal
            }
        };
        if reverse { order.reverse() } else { order }
    });
    first_error.map_or(Ok(()), Err)
}

/// Python's `item in container`.
///
/// # Errors
///
/// Python's words for a container that is none.
pub fn contains(container: &Value, item: &Value) -> Result<bool, Error> {
    match container.kind() {
        ValueKind::Undefined => Ok(false),
        ValueKind::String => match item.as_str() {
            Some(part) => Ok(container.as_str().unwrap_or_default().contains(part)),
            None if is_undefined(item) => Ok(true),
            None => Err(failure(format!("'in <string>' requires string as left operand, not {}", type_name(item)))),
        },
        ValueKind::Map => match Dict::of(container) {
            Some(dict) => Ok(dict.get(item).is_some()),
            None => Ok(container.as_object().is_some_and(|object| object.get_value(item).is_some())),
        },
        ValueKind::Seq | ValueKind::Iterable => Ok(items(container)?.iter().any(|found| equal(found, item))),
        _ => Err(failure(format!("argument of type '{}' is not iterable", type_name(container)))),
    }
}
