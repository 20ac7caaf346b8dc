//! `own`: engine sequences and maps become `List` and `Dict`, as Python would have made them.

use minijinja::value::{Tuple, ValueKind};
use minijinja::{Error, Value};

use super::{Dict, List, failure, type_name};

/// `value` with the engine's own sequences and maps replaced, deep, by lists and dicts that can be changed.
///
/// Lists, dicts and objects stay the ones that they are, so that they remain shared.
pub fn own(value: &Value) -> Value {
    match value.kind() {
        ValueKind::Seq if value.is_tuple() => own_tuple(value),
        ValueKind::Seq | ValueKind::Iterable if is_engines(value) => match items(value) {
            Ok(items) => List::value(items.iter().map(own).collect()),
            Err(_) => value.clone(),
        },
        ValueKind::Map if is_engines(value) => match pairs(value) {
            Ok(pairs) => Dict::value(pairs.into_iter().map(|(key, value)| (key, own(&value)))),
            Err(_) => value.clone(),
        },
        _ => value.clone(),
    }
}

/// A tuple stays the same object unless something in it must be replaced.
fn own_tuple(value: &Value) -> Value {
    let Some(tuple) = value.downcast_object_ref::<Tuple>() else { return value.clone() };
    if !tuple.iter().any(is_engines) {
        return value.clone();
    }
    Value::from(Tuple::new(tuple.iter().map(own).collect()))
}

/// True for sequences, iterables and maps that the engine made itself, such as the result of a filter.
///
/// Told by the name of the type, because the engine's lazy sequences are private types. Its namespaces, loops,
/// macros and modules are objects with a life of their own and do not count.
pub(super) fn is_engines(value: &Value) -> bool {
    let Some(object) = value.as_object() else { return false };
    let name = object.type_name();
    let collection = ["alloc::", "indexmap::", "std::", "core::", "["];
    let lazy = ["::Iterable", "::MergeSeq", "::MergeDict", "::MergeObject", "::KwargsValues"];
    collection.iter().any(|start| name.starts_with(start))
        || name.starts_with("minijinja::") && lazy.iter().any(|end| name.ends_with(end))
}

/// Everything that iterating over `value` gives: items, keys of a mapping, letters of a string.
///
/// # Errors
///
/// Python's words if it cannot be iterated over.
pub fn items(value: &Value) -> Result<Vec<Value>, Error> {
    if value.is_none() {
        return Err(failure("'NoneType' object is not iterable"));
    }
    match value.try_iter() {
        Ok(iterator) => iterator.checked().collect(),
        Err(_) => Err(failure(format!("'{}' object is not iterable", type_name(value)))),
    }
}

/// Keys and values of a mapping.
///
/// # Errors
///
/// Python's words if it is none.
pub fn pairs(value: &Value) -> Result<Vec<(Value, Value)>, Error> {
    if let Some(dict) = Dict::of(value) {
        return Ok(dict.snapshot());
    }
    match value.as_object().filter(|_| value.kind() == ValueKind::Map).and_then(|object| object.try_iter_pairs()) {
        Some(pairs) => Ok(pairs.collect()),
        None => Err(failure(format!("'{}' object is not a mapping", type_name(value)))),
    }
}
