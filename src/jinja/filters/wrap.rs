//! `wordwrap`: lines of a limited width, broken where Python's `textwrap` breaks them.

use std::sync::LazyLock;

use fancy_regex::Regex;
use minijinja::{Error, State, Value};

use crate::jinja::methods;
use crate::jinja::value::{as_integer, bind, failure, items, text};

/// Width of a line unless said otherwise.
const WIDTH: i64 = 79;

/// White space, a dash between words, or a word up to its next hyphen, dash or end.
static PARTS: LazyLock<Regex> = LazyLock::new(|| {
    const PATTERN: &str = r#"[\t\n\x0b\x0c\r ]+|(?<=[\w!"'&.,?])-{2,}(?=\w)|[^\t\n\x0b\x0c\r ]+?(?:-(?:(?<=[^\d\W]{2}-)|(?<=[^\d\W]-[\w!"'&.,?]-))(?=[^\d\W]-?[^\d\W])|(?=[\t\n\x0b\x0c\r ]|\z)|(?<=[\w!"'&.,?])(?=-{2,}\w))"#;
    Regex::new(PATTERN).expect("a constant pattern")
});

/// White space, or a word.
static WORDS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[\t\n\x0b\x0c\r ]+|[^\t\n\x0b\x0c\r ]+").expect("a constant pattern"));

/// How a line is broken.
struct Breaks {
    width: usize,
    in_long_words: bool,
    at_hyphens: bool,
}

/// The filter `wordwrap`.
pub fn word_wrap(_: &mut State<'_, '_>, value: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let names = ["width", "break_long_words", "wrapstring", "break_on_hyphens"];
    let [width, long_words, end, hyphens] = bind("do_wordwrap", arguments, names, 0)?;
    let width = width.map_or(Ok(WIDTH), |width| as_integer(&width))?;
    let width = usize::try_from(width).ok().filter(|width| *width > 0);
    let Some(width) = width else { return Err(failure("invalid width (must be > 0)")) };
    let is_not_off = |flag: Option<Value>| flag.is_none_or(|flag| flag.is_true());
    let breaks = Breaks { width, in_long_words: is_not_off(long_words), at_hyphens: is_not_off(hyphens) };
    let end = end.filter(Value::is_true).map_or_else(|| "\n".to_string(), |end| text(&end));
    let Some(written) = value.as_str() else {
        return Err(failure(format!(
            "'{} object' has no attribute 'splitlines'",
            crate::jinja::value::type_name(value)
        )));
    };
    let lines = items(&methods::text(written, "splitlines", &[])?)?;
    let wrapped: Vec<String> = lines.iter().map(|line| wrap(&text(line), &breaks).join(&end)).collect();
    Ok(Value::from(wrapped.join(&end)))
}

/// The lines of one line.
fn wrap(line: &str, breaks: &Breaks) -> Vec<String> {
    let pattern = if breaks.at_hyphens { &PARTS } else { &WORDS };
    let found = pattern.find_iter(line).filter_map(Result::ok);
    let mut parts: Vec<String> = found.map(|part| part.as_str().to_string()).collect();
    parts.reverse();
    let mut lines: Vec<String> = Vec::new();
    while !parts.is_empty() {
        if !lines.is_empty() && parts.last().is_some_and(|part| part.trim().is_empty()) {
            parts.pop();
        }
        let line = next_line(&mut parts, breaks);
        if !line.is_empty() {
            lines.push(line.concat());
        }
    }
    lines
}

/// Takes from the end of `parts` what fits on one line, without white space at its end.
fn next_line(parts: &mut Vec<String>, breaks: &Breaks) -> Vec<String> {
    let mut line: Vec<String> = Vec::new();
    let mut length = 0;
    while let Some(part) = parts.pop() {
        let count = part.chars().count();
        if length + count > breaks.width {
            parts.push(part);
            break;
        }
        length += count;
        line.push(part);
    }
    if let Some(part) = parts.pop_if(|part| part.chars().count() > breaks.width) {
        match (breaks.in_long_words, line.is_empty()) {
            (true, _) => {
                let (head, rest) = cut(&part, breaks.width - length, breaks.at_hyphens);
                line.push(head);
                parts.push(rest);
            }
            (false, true) => line.push(part),
            (false, false) => parts.push(part),
        }
    }
    line.pop_if(|part| part.trim().is_empty());
    line
}

/// A word cut after `room` letters, or before that after a hyphen.
fn cut(word: &str, room: usize, at_hyphens: bool) -> (String, String) {
    let letters: Vec<char> = word.chars().collect();
    let hyphen = letters[..room.min(letters.len())].iter().rposition(|letter| *letter == '-');
    let end = match hyphen {
        Some(at) if at_hyphens && letters[..at].iter().any(|letter| *letter != '-') => at + 1,
        Some(_) | None => room,
    };
    (letters[..end].iter().collect(), letters[end..].iter().collect())
}
