//! Filling text up, and replacing parts of it.

use minijinja::{Error, Value};

use crate::jinja::value::{as_integer, as_text, bind, failure};

/// Calls `method` if it is of this group.
pub fn call(text: &str, method: &str, arguments: &[Value]) -> Result<Option<Value>, Error> {
    Ok(Some(Value::from(match method {
        "ljust" | "rjust" | "center" => {
            let [width, fill] = bind(method, arguments, ["width", "fillchar"], 1)?;
            let fill = match fill.as_ref().map(|fill| as_text(method, fill)).transpose()? {
                None => ' ',
                Some(fill) => {
                    let mut letters = fill.chars();
                    match (letters.next(), letters.next()) {
                        (Some(letter), None) => letter,
                        (_, _) => return Err(failure("The fill character must be exactly one character long")),
                    }
                }
            };
            pad(text, method, as_integer(&width.unwrap_or_default())?, fill)
        }
        "zfill" => {
            let [width] = bind(method, arguments, ["width"], 1)?;
            let missing = missing(text, as_integer(&width.unwrap_or_default())?);
            let digits = text.trim_start_matches(['+', '-']);
            let (sign, digits) = if text.len() - digits.len() == 1 { text.split_at(1) } else { ("", text) };
            format!("{sign}{}{digits}", "0".repeat(missing))
        }
        "replace" => {
            let [old, new, count] = bind(method, arguments, ["old", "new", "count"], 2)?;
            let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
            let count = count.map_or(Ok(-1), |count| as_integer(&count))?;
            replace(text, as_text(method, &old)?, as_text(method, &new)?, count)
        }
        "expandtabs" => {
            let [size] = bind(method, arguments, ["tabsize"], 0)?;
            expand_tabs(text, size.map_or(Ok(8), |size| as_integer(&size))?.max(0) as usize)
        }
        _ => return Ok(None),
    })))
}

fn missing(text: &str, width: i64) -> usize {
    usize::try_from(width).unwrap_or_default().saturating_sub(text.chars().count())
}

fn pad(text: &str, method: &str, width: i64, fill: char) -> String {
    let missing = missing(text, width);
    let left = match method {
        "ljust" => 0,
        "rjust" => missing,
        // CPython puts the odd one on the left when the width is odd.
        _ => missing / 2 + (missing & width.max(0) as usize & 1),
    };
    let filled = |count: usize| fill.to_string().repeat(count);
    format!("{}{text}{}", filled(left), filled(missing - left))
}

/// Replaces the first `count` places, or all if it is negative.
pub fn replace(text: &str, old: &str, new: &str, count: i64) -> String {
    match usize::try_from(count) {
        Ok(count) => text.replacen(old, new, count),
        Err(_) => text.replace(old, new),
    }
}

fn expand_tabs(text: &str, size: usize) -> String {
    let mut expanded = String::new();
    let mut column = 0;
    for letter in text.chars() {
        match letter {
            '\t' if size > 0 => {
                let count = size - column % size;
                expanded.extend(std::iter::repeat_n(' ', count));
                column += count;
            }
            '\t' => {}
            letter => {
                expanded.push(letter);
                column = if matches!(letter, '\n' | '\r') { 0 } else { column + 1 };
            }
        }
    }
    expanded
}
