//! Finding text in text.

use minijinja::{Error, Value};

use crate::jinja::value::{as_optional_integer, bind, failure, items, type_name};

/// Calls `method` if it is of this group.
pub fn call(text: &str, method: &str, arguments: &[Value]) -> Result<Option<Value>, Error> {
    if !["find", "rfind", "index", "rindex", "count", "startswith", "endswith"].contains(&method) {
        return Ok(None);
    }
    let [wanted, start, end] = bind(method, arguments, ["sub", "start", "end"], 1)?;
    let wanted = wanted.unwrap_or_default();
    let window = window(text, as_optional_integer(start.as_ref())?, as_optional_integer(end.as_ref())?);
    if method.ends_with("with") {
        return ends(window.map(|(part, _)| part), method, &wanted).map(|answer| Some(Value::from(answer)));
    }
    let Some(sub) = wanted.as_str() else {
        return Err(failure(format!("must be str, not {}", type_name(&wanted))));
    };
    if method == "count" {
        return Ok(Some(Value::from(window.map_or(0, |(part, _)| part.matches(sub).count()))));
    }
    let found = window.and_then(|(part, skipped)| {
        let at = if method.starts_with('r') { part.rfind(sub) } else { part.find(sub) };
        at.map(|at| skipped + part[..at].chars().count())
    });
    match found {
        Some(at) => Ok(Some(Value::from(at))),
        None if method.ends_with("index") => Err(failure("substring not found")),
        None => Ok(Some(Value::from(-1))),
    }
}

/// The part between two of Python's positions, and how many letters are before it; `None` if the start is past
/// the end.
fn window(text: &str, start: Option<i64>, end: Option<i64>) -> Option<(&str, usize)> {
    if start.is_none() && end.is_none() {
        return Some((text, 0));
    }
    let length = text.chars().count();
    let place = |at: i64| if at < 0 { (at + length as i64).max(0) as usize } else { at as usize };
    let (start, end) = (start.map_or(0, place), end.map_or(length, place).min(length));
    if start > end {
        return None;
    }
    let byte = |letters: usize| text.char_indices().nth(letters).map_or(text.len(), |(at, _)| at);
    Some((&text[byte(start)..byte(end)], start))
}

fn ends(part: Option<&str>, method: &str, wanted: &Value) -> Result<bool, Error> {
    let choices = match (wanted.as_str(), wanted.is_tuple()) {
        (Some(_), _) => vec![wanted.clone()],
        (None, true) => items(wanted)?,
        (None, false) => {
            let found = type_name(wanted);
            return Err(failure(format!("{method} first arg must be str or a tuple of str, not {found}")));
        }
    };
    Ok(part.is_some_and(|part| {
        choices.iter().filter_map(Value::as_str).any(|choice| match method {
            "startswith" => part.starts_with(choice),
            _ => part.ends_with(choice),
        })
    }))
}
