//! Methods of Python's str.

mod case;
mod claim;
mod code;
mod cut;
mod pad;
mod search;

use minijinja::{Error, Value};

use crate::jinja::format;
use crate::jinja::value::{failure, items, no_method, type_name};

/// Calls `method` of the text.
pub fn call(text: &str, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    for group in [case::call, cut::call, search::call, pad::call, claim::call, code::call, whole] {
        if let Some(result) = group(text, method, arguments)? {
            return Ok(result);
        }
    }
    Err(no_method(&Value::from(text), method))
}

fn whole(text: &str, method: &str, arguments: &[Value]) -> Result<Option<Value>, Error> {
    Ok(Some(match method {
        "format" => Value::from(format::format(text, arguments)?),
        "join" => Value::from(join(text, arguments)?),
        _ => return Ok(None),
    }))
}

fn join(separator: &str, arguments: &[Value]) -> Result<String, Error> {
    let [all] = arguments else {
        return Err(failure(format!("str.join() takes exactly one argument ({} given)", arguments.len())));
    };
    let mut joined = String::new();
    for (at, item) in items(all).map_err(|_| failure("can only join an iterable"))?.iter().enumerate() {
        if at > 0 {
            joined.push_str(separator);
        }
        match item.as_str() {
            Some(text) => joined.push_str(text),
            None => {
                let found = type_name(item);
                return Err(failure(format!("sequence item {at}: expected str instance, {found} found")));
            }
        }
    }
    Ok(joined)
}
