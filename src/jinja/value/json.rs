//! JSON in and out.

use minijinja::value::ValueKind;
use minijinja::{Error, Value};
use serde_json::{Map, Number};

use super::{Dict, List, failure, items, pairs, text, type_name};

/// The value of a piece of JSON: arrays are lists, objects dicts.
pub fn from_json(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::from(()),
        serde_json::Value::Bool(truth) => Value::from(*truth),
        serde_json::Value::Number(number) => from_number(number),
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(items) => List::value(items.iter().map(from_json).collect()),
        serde_json::Value::Object(map) => Dict::value(map.iter().map(|(key, value)| (key.as_str(), from_json(value)))),
    }
}

fn from_number(number: &Number) -> Value {
    match (number.as_i64(), number.as_u64()) {
        (Some(number), _) => Value::from(number),
        (None, Some(number)) => Value::from(number),
        (None, None) => Value::from(number.as_f64().unwrap_or(f64::NAN)),
    }
}

/// The JSON of a value: lists and tuples are arrays, mappings objects.
///
/// # Errors
///
/// Python's words for what JSON does not know: sets, decimals, dates, undefined.
pub fn to_json(value: &Value) -> Result<serde_json::Value, Error> {
    Ok(match value.kind() {
        ValueKind::None => serde_json::Value::Null,
        ValueKind::Bool => serde_json::Value::Bool(value.is_true()),
        ValueKind::Number => to_number(value),
        ValueKind::String => serde_json::Value::String(text(value)),
        ValueKind::Seq => serde_json::Value::Array(items(value)?.iter().map(to_json).collect::<Result<_, _>>()?),
        ValueKind::Map => {
            let mut map = Map::new();
            for (key, value) in pairs(value)? {
                map.insert(key_text(&key)?, to_json(&value)?);
            }
            serde_json::Value::Object(map)
        }
        _ => return Err(unknown(value)),
    })
}

fn to_number(value: &Value) -> serde_json::Value {
    if let Ok(number) = i64::try_from(value.clone())
        && value.is_integer()
    {
        return Number::from(number).into();
    }
    if let Ok(number) = u64::try_from(value.clone())
        && value.is_integer()
    {
        return Number::from(number).into();
    }
    f64::try_from(value.clone()).ok().and_then(Number::from_f64).map_or(serde_json::Value::Null, Into::into)
}

/// The text of a key, as Python's `json` writes it.
pub(super) fn key_text(key: &Value) -> Result<String, Error> {
    match key.kind() {
        ValueKind::String | ValueKind::Number => Ok(text(key)),
        ValueKind::Bool => Ok(if key.is_true() { "true" } else { "false" }.to_string()),
        ValueKind::None => Ok("null".to_string()),
        _ => Err(failure(format!("keys must be str, int, float, bool or None, not {}", type_name(key)))),
    }
}

pub(super) fn unknown(value: &Value) -> Error {
    let name = type_name(value);
    let name = name.rsplit('.').next().unwrap_or(name);
    failure(format!("Object of type {name} is not JSON serializable"))
}
