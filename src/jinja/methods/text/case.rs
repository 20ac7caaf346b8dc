//! Upper and lower case.

use minijinja::{Error, Value};

use crate::jinja::value::bind;

/// Calls `method` if it is of this group.
pub fn call(text: &str, method: &str, arguments: &[Value]) -> Result<Option<Value>, Error> {
    let changed: String = match method {
        "upper" => text.to_uppercase(),
        "lower" => text.to_lowercase(),
        "casefold" => text.to_lowercase().replace('ß', "ss"),
        "title" => title(text),
        "capitalize" => capitalize(text),
        "swapcase" => text.chars().flat_map(swap).collect(),
        _ => return Ok(None),
    };
    bind(&format!("str.{method}"), arguments, [], 0)?;
    Ok(Some(Value::from(changed)))
}

fn title(text: &str) -> String {
    let mut titled = String::with_capacity(text.len());
    let mut is_inside = false;
    for letter in text.chars() {
        match is_inside {
            true => titled.extend(letter.to_lowercase()),
            false => titled.extend(letter.to_uppercase()),
        }
        is_inside = letter.is_alphabetic();
    }
    titled
}

/// The first letter in upper case, the others in lower case.
pub fn capitalize(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters.as_str().to_lowercase().chars()).collect(),
        None => String::new(),
    }
}

fn swap(letter: char) -> Vec<char> {
    match letter.is_lowercase() {
        true => letter.to_uppercase().collect(),
        false => letter.to_lowercase().collect(),
    }
}
