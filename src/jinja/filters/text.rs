//! Filters on text.

use minijinja::value::ValueKind;
use minijinja::{Error, State, Value};

use super::Body;
use super::attribute::is_set;
use super::markup::{escape, urlize, xml_attributes};
use super::pretty::pretty;
use super::wrap::word_wrap;
use crate::jinja::is_undefined;
use crate::jinja::value::{as_integer, as_optional_integer, bind, failure, items, pairs, split, text};
use crate::jinja::{format, methods};

/// How far beyond its length `truncate` leaves a text whole.
const LEEWAY: i64 = 5;

pub const FILTERS: &[(&str, Body)] = &[
    ("string", |_, value, _| Ok(Value::from(text(value)))),
    ("upper", |_, value, _| Ok(Value::from(text(value).to_uppercase()))),
    ("lower", |_, value, _| Ok(Value::from(text(value).to_lowercase()))),
    ("capitalize", |_, value, _| methods::text(&text(value), "capitalize", &[])),
    ("title", |_, value, _| Ok(Value::from(title(&text(value))))),
    ("trim", |_, value, arguments| methods::text(&text(value), "strip", arguments)),
    ("center", |_, value, arguments| {
        let [width] = bind("center", arguments, ["width"], 0)?;
        methods::text(&text(value), "center", &[width.unwrap_or_else(|| Value::from(80))])
    }),
    ("replace", replace),
    ("truncate", truncate),
    ("indent", indent),
    ("wordcount", |_, value, _| Ok(Value::from(word_count(&text(value))))),
    ("format", percent),
    ("escape", |_, value, _| Ok(Value::from(escape(&text(value))))),
    ("e", |_, value, _| Ok(Value::from(escape(&text(value))))),
    ("forceescape", |_, value, _| Ok(Value::from(escape(&text(value))))),
    ("safe", |_, value, _| Ok(Value::from(text(value)))),
    ("pprint", |_, value, _| Ok(Value::from(pretty(value)))),
    ("wordwrap", word_wrap),
    ("urlize", urlize),
    ("xmlattr", xml_attributes),
    ("filesizeformat", file_size),
    ("urlencode", |_, value, _| urlencode(value)),
];

/// Jinja's title case: only a space, a dash or an opening bracket starts a word, unlike `str.title`.
fn title(text: &str) -> String {
    let mut titled = String::with_capacity(text.len());
    let mut is_start = true;
    for letter in text.chars() {
        match is_start {
            true => titled.extend(letter.to_uppercase()),
            false => titled.extend(letter.to_lowercase()),
        }
        is_start = letter.is_whitespace() || "-({[<".contains(letter);
    }
    titled
}

fn replace(_: &mut State<'_, '_>, value: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let [old, new, count] = bind("replace", arguments, ["old", "new", "count"], 2)?;
    let count = as_optional_integer(count.as_ref())?.unwrap_or(-1);
    let texts = [text(&old.unwrap_or_default()), text(&new.unwrap_or_default())].map(Value::from);
    methods::text(&text(value), "replace", &[texts[0].clone(), texts[1].clone(), Value::from(count)])
}

fn truncate(_: &mut State<'_, '_>, value: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let [length, kill_words, end, leeway] = bind("truncate", arguments, ["length", "killwords", "end", "leeway"], 0)?;
    let length = as_optional_integer(length.as_ref())?.unwrap_or(255);
    let leeway = as_optional_integer(leeway.as_ref())?.unwrap_or(LEEWAY);
    let end = end.map_or_else(|| "...".to_string(), |end| text(&end));
    let text = text(value);
    let kept = length - end.chars().count() as i64;
    if kept < 0 || leeway < 0 {
        return Err(failure(format!("expected length >= {}, got {length}", end.chars().count())));
    }
    if text.chars().count() as i64 <= length + leeway {
        return Ok(Value::from(text));
    }
    let cut: String = text.chars().take(kept as usize).collect();
    let cut = if is_set(kill_words) { &cut } else { cut.rsplit_once(' ').map_or(cut.as_str(), |(head, _)| head) };
    Ok(Value::from(format!("{cut}{end}")))
}

fn indent(_: &mut State<'_, '_>, value: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let [width, first, blank] = bind("indent", arguments, ["width", "first", "blank"], 0)?;
    let indent = match width {
        None => " ".repeat(4),
        Some(width) if width.kind() == ValueKind::String => text(&width),
        Some(width) => " ".repeat(usize::try_from(as_integer(&width)?).unwrap_or_default()),
    };
    let lines = methods::text(&format!("{}\n", text(value)), "splitlines", &[])?;
    let indents_blank = is_set(blank);
    let indented: Vec<String> = items(&lines)?
        .iter()
        .enumerate()
        .map(|(at, line)| match text(line) {
            line if at == 0 || line.is_empty() && !indents_blank => line,
            line => format!("{indent}{line}"),
        })
        .collect();
    let head = if is_set(first) { indent.as_str() } else { "" };
    Ok(Value::from(format!("{head}{}", indented.join("\n"))))
}

fn word_count(text: &str) -> usize {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').filter(|word| !word.is_empty()).count()
}

fn percent(_: &mut State<'_, '_>, value: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let (positional, named) = split(arguments);
    let arguments = match (positional, named.is_empty()) {
        ([], false) => crate::jinja::value::Dict::value(named),
        (_, false) => return Err(failure("can't handle positional and keyword arguments at the same time")),
        (positional, true) => Value::from(minijinja::value::Tuple::new(positional.to_vec())),
    };
    format::percent(&text(value), &arguments).map(Value::from)
}

fn urlencode(value: &Value) -> Result<Value, Error> {
    let quote = |value: &Value, kept: &str| -> String {
        text(value)
            .bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'~' => char::from(byte).to_string(),
                byte if kept.as_bytes().contains(&byte) => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            })
            .collect()
    };
    if is_undefined(value) || !matches!(value.kind(), ValueKind::Map | ValueKind::Seq | ValueKind::Iterable) {
        return Ok(Value::from(quote(value, "/")));
    }
    let entries = if value.kind() == ValueKind::Map { pairs(value)? } else { methods::entries(value)? };
    let parts: Vec<String> =
        entries.iter().map(|(key, value)| format!("{}={}", quote(key, ""), quote(value, ""))).collect();
    Ok(Value::from(parts.join("&").replace("%20", "+")))
}

/// `1.5 MB`: the float of the value in the unit that fits.
fn file_size(_: &mut State<'_, '_>, value: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let [binary] = bind("do_filesizeformat", arguments, ["binary"], 0)?;
    let bytes = text(value).trim().parse::<f64>();
    let bytes = bytes.map_err(|_| failure(format!("could not convert string to float: '{}'", text(value))))?;
    let (base, infix) = if is_set(binary) { (1024.0, "i") } else { (1000.0, "") };
    if bytes == 1.0 {
        return Ok(Value::from("1 Byte"));
    }
    if bytes < base {
        return Ok(Value::from(format!("{} Bytes", bytes.trunc())));
    }
    let units = if infix.is_empty() { "kMGTPEZY" } else { "KMGTPEZY" };
    let mut size = bytes / base;
    let mut letters = units.chars().peekable();
    while let Some(letter) = letters.next() {
        if size < base || letters.peek().is_none() {
            return Ok(Value::from(format!("{size:.1} {letter}{infix}B")));
        }
        size /= base;
    }
    Ok(Value::from(""))
}
