//! Taking text apart: strip, split, partition.

use minijinja::value::Tuple;
use minijinja::{Error, Value};

use crate::jinja::value::{List, as_integer, as_text, bind, failure, type_name};

/// Calls `method` if it is of this group.
pub fn call(text: &str, method: &str, arguments: &[Value]) -> Result<Option<Value>, Error> {
    Ok(Some(match method {
        "strip" | "lstrip" | "rstrip" => {
            let [letters] = bind(method, arguments, ["chars"], 0)?;
            Value::from(strip(text, method, letters.filter(|letters| !letters.is_none()))?)
        }
        "split" | "rsplit" => {
            let [separator, limit] = bind(method, arguments, ["sep", "maxsplit"], 0)?;
            let limit = limit.map_or(Ok(-1), |limit| as_integer(&limit))?;
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            let parts = split(text, separator.filter(|separator| !separator.is_none()), limit, method == "rsplit")?;
            list(parts)
        }
        "splitlines" => {
            let [keep] = bind(method, arguments, ["keepends"], 0)?;
            list(lines(text, keep.is_some_and(|keep| keep.is_true())))
        }
        "partition" | "rpartition" => partition(text, method, arguments)?,
        "removeprefix" | "removesuffix" => {
            let [part] = bind(method, arguments, ["part"], 1)?;
            let part = part.unwrap_or_default();
            let part = as_text(method, &part)?;
            let rest = if method == "removeprefix" { text.strip_prefix(part) } else { text.strip_suffix(part) };
            Value::from(rest.unwrap_or(text))
        }
        _ => return Ok(None),
    }))
}

fn list(parts: Vec<&str>) -> Value {
    List::value(parts.into_iter().map(Value::from).collect())
}

fn strip<'a>(text: &'a str, method: &str, letters: Option<Value>) -> Result<&'a str, Error> {
    let letters = match &letters {
        Some(letters) => as_text(method, letters).map_err(|_| failure(format!("{method} arg must be None or str")))?,
        None => "",
    };
    let is_cut = |letter: char| match letters {
        "" => letter.is_whitespace(),
        letters => letters.contains(letter),
    };
    Ok(match method {
        "lstrip" => text.trim_start_matches(is_cut),
        "rstrip" => text.trim_end_matches(is_cut),
        _ => text.trim_matches(is_cut),
    })
}

fn split(text: &str, separator: Option<Value>, limit: usize, is_from_right: bool) -> Result<Vec<&str>, Error> {
    let Some(separator) = separator else {
        return Ok(if is_from_right { words_from_right(text, limit) } else { words(text, limit) });
    };
    let Some(separator) = separator.as_str() else {
        return Err(failure(format!("must be str or None, not {}", type_name(&separator))));
    };
    if separator.is_empty() {
        return Err(failure("empty separator"));
    }
    let most = limit.saturating_add(1);
    Ok(match is_from_right {
        false => text.splitn(most, separator).collect(),
        true => {
            let mut parts: Vec<&str> = text.rsplitn(most, separator).collect();
            parts.reverse();
            parts
        }
    })
}

fn words(text: &str, limit: usize) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        if words.len() == limit {
            words.push(rest);
            break;
        }
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        words.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    words
}

fn words_from_right(text: &str, limit: usize) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text.trim_end();
    while !rest.is_empty() {
        if words.len() == limit {
            words.push(rest);
            break;
        }
        let (before, word) = match rest.char_indices().rev().find(|(_, letter)| letter.is_whitespace()) {
            Some((at, letter)) => rest.split_at(at + letter.len_utf8()),
            None => ("", rest),
        };
        words.push(word);
        rest = before.trim_end();
    }
    words.reverse();
    words
}

/// The lines of `text` by Python's idea of where lines end.
fn lines(text: &str, keep_ends: bool) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.char_indices().find(|(_, letter)| {
            matches!(letter, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
        });
        let Some((at, letter)) = end else {
            lines.push(rest);
            break;
        };
        let after = if rest[at..].starts_with("\r\n") { at + 2 } else { at + letter.len_utf8() };
        lines.push(&rest[..if keep_ends { after } else { at }]);
        rest = &rest[after..];
    }
    lines
}

fn partition(text: &str, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    let [separator] = bind(method, arguments, ["sep"], 1)?;
    let separator = separator.unwrap_or_default();
    let separator = as_text(method, &separator)?;
    if separator.is_empty() {
        return Err(failure("empty separator"));
    }
    let (found, absent) = match method {
        "partition" => (text.split_once(separator), [text, "", ""]),
        _ => (text.rsplit_once(separator), ["", "", text]),
    };
    let parts = found.map_or(absent, |(before, after)| [before, separator, after]);
    Ok(Value::from(Tuple::from(parts.map(Value::from))))
}
