//! Methods of Python's dict.

use minijinja::value::Tuple;
use minijinja::{Error, State, Value};

use crate::jinja::value::{Dict, View, bind, check_key, failure, items, no_method, pairs, repr, split};

/// Calls `method` of the dict.
pub fn call(_state: &mut State<'_, '_>, dict: &Dict, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    if matches!(method, "get" | "pop" | "setdefault") {
        arguments.first().map_or(Ok(()), check_key)?;
    }
    match method {
        "get" => {
            let [key, default] = bind("get", arguments, ["key", "default"], 1)?;
            let found = dict.get(&key.unwrap_or_default());
            Ok(found.or(default).unwrap_or_else(|| Value::from(())))
        }
        "update" => update(dict, arguments),
        "pop" => {
            let [key, default] = bind("pop", arguments, ["key", "default"], 1)?;
            let key = key.unwrap_or_default();
            dict.remove(&key).or(default).ok_or_else(|| failure(repr(&key)))
        }
        "popitem" => {
            bind("dict.popitem", arguments, [], 0)?;
            let last = dict.edit(|map| map.pop());
            let (key, value) = last.ok_or_else(|| failure("'popitem(): dictionary is empty'"))?;
            Ok(pair(key, value))
        }
        "setdefault" => {
            let [key, default] = bind("setdefault", arguments, ["key", "default"], 1)?;
            let default = default.unwrap_or_else(|| Value::from(()));
            Ok(dict.edit(|map| map.entry(key.unwrap_or_default()).or_insert(default).clone()))
        }
        "clear" => {
            bind("dict.clear", arguments, [], 0)?;
            dict.edit(|map| map.clear());
            Ok(Value::from(()))
        }
        "items" | "keys" | "values" | "copy" => look(dict.snapshot(), method, arguments),
        "fromkeys" => from_keys(arguments),
        _ => Err(no_method(&Dict::empty(), method)),
    }
}

/// Calls `method` of a mapping that is another object: what only looks at it.
pub fn call_mapping(mapping: &Value, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    match method {
        "get" => {
            let [key, default] = bind("get", arguments, ["key", "default"], 1)?;
            let found = mapping.get_item(&key.unwrap_or_default())?;
            Ok(if found.is_undefined() { default.unwrap_or_else(|| Value::from(())) } else { found })
        }
        "items" | "keys" | "values" | "copy" => look(pairs(mapping)?, method, arguments),
        _ => Err(no_method(mapping, method)),
    }
}

fn look(pairs: Vec<(Value, Value)>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    bind(method, arguments, [], 0)?;
    let pairs = pairs.into_iter();
    Ok(match method {
        "items" => View::value("dict_items", pairs.map(|(key, value)| pair(key, value)).collect()),
        "keys" => View::value("dict_keys", pairs.map(|(key, _)| key).collect()),
        "values" => View::value("dict_values", pairs.map(|(_, value)| value).collect()),
        _ => Dict::value(pairs),
    })
}

fn pair(key: Value, value: Value) -> Value {
    Value::from(Tuple::from([key, value]))
}

fn update(dict: &Dict, arguments: &[Value]) -> Result<Value, Error> {
    let (positional, named) = split(arguments);
    let given = match positional {
        [] => Vec::new(),
        [source] => entries(source)?,
        _ => return Err(failure(format!("update expected at most 1 argument, got {}", positional.len()))),
    };
    given.iter().try_for_each(|(key, _)| check_key(key))?;
    dict.edit(|map| {
        map.extend(given);
        map.extend(named.into_iter().map(|(name, value)| (Value::from(name), value)));
    });
    Ok(Value::from(()))
}

/// `dict.fromkeys(keys, value)`.
pub fn from_keys(arguments: &[Value]) -> Result<Value, Error> {
    let [keys, value] = bind("fromkeys", arguments, ["iterable", "value"], 1)?;
    let keys = items(&keys.unwrap_or_default())?;
    keys.iter().try_for_each(check_key)?;
    let value = value.unwrap_or_else(|| Value::from(()));
    Ok(Dict::value(keys.into_iter().map(|key| (key, value.clone()))))
}

/// Keys and values of a mapping or of a sequence of pairs, as `dict()` takes them.
pub fn entries(source: &Value) -> Result<Vec<(Value, Value)>, Error> {
    if source.kind() == minijinja::value::ValueKind::Map {
        return pairs(source);
    }
    let mut entries = Vec::new();
    for (at, entry) in items(source)?.iter().enumerate() {
        let pair = items(entry)
            .map_err(|_| failure(format!("cannot convert dictionary update sequence element #{at} to a sequence")))?;
        let [key, value] = pair.as_slice() else {
            return Err(failure(format!(
                "dictionary update sequence element #{at} has length {}; 2 is required",
                pair.len()
            )));
        };
        entries.push((key.clone(), value.clone()));
    }
    Ok(entries)
}
