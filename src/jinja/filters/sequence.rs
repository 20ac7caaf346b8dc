//! Filters on whole sequences and mappings.

use minijinja::value::{Tuple, ValueKind};
use minijinja::{Error, State, Value};

use super::Body;
use super::attribute::is_set;
use crate::jinja::is_undefined;
use crate::jinja::value::{
    Dict, Dump, List, as_integer, as_optional_integer, bind, dump, failure, items, pairs, text, type_name,
};

pub const FILTERS: &[(&str, Body)] = &[
    ("default", default),
    ("d", default),
    ("length", length),
    ("count", length),
    ("list", |_, value, _| Ok(List::value(items(value)?))),
    ("first", first),
    ("last", |_, value, _| Ok(items(value)?.pop().unwrap_or_default())),
    ("reverse", reverse),
    ("batch", batch),
    ("slice", slice),
    ("items", |_, value, _| entries(value)),
    ("attr", attr),
    ("tojson", tojson),
    ("as_text", |_, value, _| Ok(value.clone())),
    ("as_bool", |_, value, _| Ok(value.clone())),
    ("as_native", |_, value, _| Ok(value.clone())),
    ("as_number", |_, value, _| Ok(value.clone())),
    ("random", random),
    ("is_list", |_, value, _| Ok(Value::from(super::tests::is_list(value)))),
];

/// The first item; a sequence without end has one, too.
fn first(_: &mut State<'_, '_>, value: &Value, _: &[Value]) -> Result<Value, Error> {
    match value.try_iter() {
        Ok(iterator) if !value.is_none() => iterator.checked().next().transpose().map(Option::unwrap_or_default),
        Ok(_) | Err(_) => Ok(items(value)?.into_iter().next().unwrap_or_default()),
    }
}

fn default(_: &mut State<'_, '_>, value: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let [default, boolean] = bind("default", arguments, ["default_value", "boolean"], 0)?;
    if is_undefined(value) || is_set(boolean) && !value.is_true() {
        return Ok(default.unwrap_or_else(|| Value::from("")));
    }
    Ok(value.clone())
}

fn length(_: &mut State<'_, '_>, value: &Value, _: &[Value]) -> Result<Value, Error> {
    if is_undefined(value) {
        return Ok(Value::from(0));
    }
    match value.len() {
        Some(length) => Ok(Value::from(length)),
        None if value.kind() == ValueKind::Iterable => Ok(Value::from(items(value)?.len())),
        None => Err(failure(format!("object of type '{}' has no len()", type_name(value)))),
    }
}

fn reverse(_: &mut State<'_, '_>, value: &Value, _: &[Value]) -> Result<Value, Error> {
    if let Some(text) = value.as_str() {
        return Ok(Value::from(text.chars().rev().collect::<String>()));
    }
    let mut all = items(value)?;
    all.reverse();
    Ok(List::value(all))
}

fn batch(_: &mut State<'_, '_>, value: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let [size, fill] = bind("batch", arguments, ["linecount", "fill_with"], 1)?;
    let size = usize::try_from(as_integer(&size.unwrap_or_default())?).unwrap_or_default().max(1);
    let mut rows: Vec<Vec<Value>> = items(value)?.chunks(size).map(<[Value]>::to_vec).collect();
    if let (Some(last), Some(fill)) = (rows.last_mut(), fill.filter(|fill| !fill.is_none())) {
        last.resize(size, fill);
    }
    Ok(List::value(rows.into_iter().map(List::value).collect()))
}

fn slice(_: &mut State<'_, '_>, value: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let [count, fill] = bind("slice", arguments, ["slices", "fill_with"], 1)?;
    let count = usize::try_from(as_integer(&count.unwrap_or_default())?).unwrap_or_default().max(1);
    let fill = fill.filter(|fill| !fill.is_none());
    let all = items(value)?;
    let (size, longer) = (all.len() / count, all.len() % count);
    let mut rest = all.as_slice();
    let mut slices = Vec::new();
    for at in 0..count {
        let (head, tail) = rest.split_at(size + usize::from(at < longer));
        let mut part = head.to_vec();
        if at >= longer
            && let Some(fill) = &fill
        {
            part.push(fill.clone());
        }
        slices.push(List::value(part));
        rest = tail;
    }
    Ok(List::value(slices))
}

fn entries(value: &Value) -> Result<Value, Error> {
    if is_undefined(value) {
        return Ok(List::value(Vec::new()));
    }
    let pairs = pairs(value).map_err(|_| failure("Can only get item pairs from a mapping."))?;
    Ok(List::value(pairs.into_iter().map(|(key, value)| Value::from(Tuple::from([key, value]))).collect()))
}

fn random(_: &mut State<'_, '_>, value: &Value, _: &[Value]) -> Result<Value, Error> {
    let all = items(value)?;
    let number = uuid::Uuid::new_v4().as_u128();
    let count = all.len() as u128;
    Ok(number.checked_rem(count).and_then(|at| all.get(at as usize).cloned()).unwrap_or_default())
}

/// Attributes of objects only: the entries of a dict are not attributes.
fn attr(_: &mut State<'_, '_>, value: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let [name] = bind("attr", arguments, ["name"], 1)?;
    if Dict::of(value).is_some() || crate::jinja::value::own(value).downcast_object_ref::<Dict>().is_some() {
        return Ok(Value::UNDEFINED);
    }
    value.get_attr(&text(&name.unwrap_or_default()))
}

fn tojson(_: &mut State<'_, '_>, value: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let [indent] = bind("tojson", arguments, ["indent"], 0)?;
    let indent = as_optional_integer(indent.as_ref())?.and_then(|indent| usize::try_from(indent).ok());
    let json = dump(value, Dump { sort_keys: true, indent })?;
    let escaped = json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026").replace('\'', "\\u0027");
    Ok(Value::from(escaped))
}
