//! The parts that metrics, measures and saved queries share, in manifest form.

use serde_json::{Map, Value, json};

/// Units of time that engines of metrics know, smallest first.
const GRAINS: [&str; 11] =
    ["nanosecond", "microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"];

/// The value of `key`, null when it is not there.
pub fn key(map: &Map<String, Value>, key: &str) -> Value {
    map.get(key).cloned().unwrap_or_default()
}

/// The value of `key` where it is written, else `default`.
pub fn key_or(map: &Map<String, Value>, key: &str, default: Value) -> Value {
    map.get(key).filter(|value| !value.is_null()).cloned().unwrap_or(default)
}

/// A text, or several that must all hold, as filters.
pub fn filters(written: &Value) -> Value {
    let texts: Vec<&Value> = match written {
        Value::Null => return Value::Null,
        Value::Array(items) => items.iter().collect(),
        other => vec![other],
    };
    let texts: Vec<Value> = texts.into_iter().map(|text| json!({"where_sql_template": text})).collect();
    json!({"where_filters": texts})
}

/// `7 days` as a count of a grain.
pub fn window(written: &Value) -> Value {
    let Some(text) = written.as_str() else { return Value::Null };
    let mut words = text.split_whitespace();
    let (Some(count), Some(grain), None) = (words.next(), words.next(), words.next()) else { return Value::Null };
    let Ok(count) = count.parse::<u64>() else { return Value::Null };
    let grain = grain.to_lowercase();
    let one = grain.strip_suffix('s').filter(|one| GRAINS.contains(one)).unwrap_or(&grain);
    json!({"count": count, "granularity": one})
}

/// A mapping, or the name alone.
fn named(written: &Value) -> Map<String, Value> {
    match written {
        Value::Object(map) => map.clone(),
        name => [("name".to_owned(), name.clone())].into_iter().collect(),
    }
}

/// A measure that a metric uses; null for none.
pub fn measure(written: &Value) -> Value {
    if written.is_null() {
        return Value::Null;
    }
    let map = named(written);
    json!({
        "name": key(&map, "name"), "filter": filters(&key(&map, "filter")), "alias": key(&map, "alias"),
        "join_to_timespine": key_or(&map, "join_to_timespine", json!(false)),
        "fill_nulls_with": key(&map, "fill_nulls_with"),
    })
}

/// A metric that another one uses; null for none.
pub fn metric(written: &Value) -> Value {
    if written.is_null() {
        return Value::Null;
    }
    let map = named(written);
    json!({
        "name": key(&map, "name"), "filter": filters(&key(&map, "filter")), "alias": key(&map, "alias"),
        "offset_window": window(&key(&map, "offset_window")), "offset_to_grain": key(&map, "offset_to_grain"),
    })
}

/// The text of an expression, whatever scalar it is written as.
pub fn expression(written: &Value) -> Value {
    match written {
        Value::Bool(it) => json!(if *it { "True" } else { "False" }),
        Value::Number(number) => json!(number.to_string()),
        other => other.clone(),
    }
}

/// The items of a list; none for anything else.
pub fn items(written: &Value) -> Vec<Value> {
    written.as_array().cloned().unwrap_or_default()
}
