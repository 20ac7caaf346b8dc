//! Python's `str()` and `repr()`.

use std::fmt::{self, Write as _};

use minijinja::Value;
use minijinja::value::{Tuple, ValueKind};

use super::own::is_engines;
use super::{Bytes, Decimal, Dict, List, Range, Set, Special, View, items, pairs};

/// Nesting beyond which a value is taken for one that holds itself.
const DEPTH: usize = 60;

/// Python's `str(value)`; undefined is empty.
pub fn text(value: &Value) -> String {
    match value.kind() {
        ValueKind::Undefined => String::new(),
        ValueKind::Iterable if crate::jinja::is_undefined(value) => String::new(),
        ValueKind::String => value.as_str().unwrap_or_default().to_string(),
        ValueKind::Plain => value.to_string(),
        ValueKind::Seq if crate::jinja::table::prints_itself(value) => value.to_string(),
        ValueKind::Map if is_namespace(value) => repr(value),
        // An object of another module that is a mapping besides, such as a relation.
        ValueKind::Map if Dict::of(value).is_none() && !is_engines(value) => value.to_string(),
        _ => repr(value),
    }
}

/// Python's `repr(value)`.
pub fn repr(value: &Value) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail, and our own writers return no error of theirs.
    let _ = write!(out, "{}", Repr(value, 0));
    out
}

/// Python's `str()` of a float: shortest digits that read back, exponent outside 1e-4 .. 1e16.
pub fn float_text(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_string();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_string();
    }
    let size = number.abs();
    if size != 0.0 && !(1e-4..1e16).contains(&size) {
        let scientific = format!("{number:e}");
        let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let exponent: i32 = exponent.parse().unwrap_or_default();
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    let plain = number.to_string();
    if plain.contains('.') { plain } else { format!("{plain}.0") }
}

/// A string as Python's `repr` quotes it.
pub fn quote(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for letter in text.chars() {
        push_quoted(&mut out, letter, quote);
    }
    out.push(quote);
    out
}

fn push_quoted(out: &mut String, letter: char, quote: char) {
    match letter {
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        letter if letter == quote => out.extend(['\\', letter]),
        letter if is_printable(letter) => out.push(letter),
        letter => {
            let code = u32::from(letter);
            let escaped = match code {
                0..=0xff => format!("\\x{code:02x}"),
                0x100..=0xffff => format!("\\u{code:04x}"),
                _ => format!("\\U{code:08x}"),
            };
            out.push_str(&escaped);
        }
    }
}

/// Near `str.isprintable`: no control characters, no separators but the space, no byte order mark.
fn is_printable(letter: char) -> bool {
    letter == ' '
        || !(letter.is_control()
            || letter.is_whitespace()
            || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'))
}

/// Python's name for the type of `value`.
pub fn type_name(value: &Value) -> &'static str {
    match value.kind() {
        ValueKind::Undefined => "Undefined",
        ValueKind::None => "NoneType",
        ValueKind::Bool => "bool",
        ValueKind::Number if value.is_integer() => "int",
        ValueKind::Number => "float",
        ValueKind::String => "str",
        ValueKind::Bytes => "bytes",
        ValueKind::Seq if value.is_tuple() => "tuple",
        ValueKind::Seq if value.downcast_object_ref::<Range>().is_some() => "range",
        ValueKind::Seq if Bytes::of(value).is_some() => "bytes",
        ValueKind::Seq => crate::jinja::table::type_name(value).unwrap_or("list"),
        ValueKind::Map => "dict",
        ValueKind::Iterable if crate::jinja::is_undefined(value) => "Undefined",
        ValueKind::Iterable if Set::of(value).is_some() => "set",
        ValueKind::Iterable => value.downcast_object_ref::<View>().map_or("generator", View::name),
        _ if Decimal::of(value).is_some() || Special::of(value).is_some() => "decimal.Decimal",
        _ => crate::jinja::python::type_name(value).unwrap_or("object"),
    }
}

/// Writes items between brackets, each with `repr`.
pub fn write_sequence(out: &mut fmt::Formatter<'_>, items: &[Value], brackets: (&str, &str)) -> fmt::Result {
    sequence(out, items, brackets, 1)
}

/// Writes `{key: value, ...}`, each with `repr`.
pub fn write_mapping(out: &mut fmt::Formatter<'_>, pairs: &[(Value, Value)]) -> fmt::Result {
    mapping(out, pairs, 1)
}

fn sequence(out: &mut fmt::Formatter<'_>, items: &[Value], brackets: (&str, &str), depth: usize) -> fmt::Result {
    out.write_str(brackets.0)?;
    for (at, item) in items.iter().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        write!(out, "{comma}{}", Repr(item, depth))?;
    }
    out.write_str(brackets.1)
}

fn mapping(out: &mut fmt::Formatter<'_>, pairs: &[(Value, Value)], depth: usize) -> fmt::Result {
    out.write_str("{")?;
    for (at, (key, value)) in pairs.iter().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        write!(out, "{comma}{}: {}", Repr(key, depth), Repr(value, depth))?;
    }
    out.write_str("}")
}

/// A value and how deep it is nested.
struct Repr<'a>(&'a Value, usize);

impl fmt::Display for Repr<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Repr(value, depth) = *self;
        if depth > DEPTH {
            return out.write_str("...");
        }
        let inner = depth + 1;
        match value.kind() {
            ValueKind::Undefined => out.write_str("Undefined"),
            ValueKind::Iterable if crate::jinja::is_undefined(value) => out.write_str("Undefined"),
            ValueKind::String => out.write_str(&quote(value.as_str().unwrap_or_default())),
            ValueKind::Number if !value.is_integer() => {
                out.write_str(&float_text(f64::try_from(value.clone()).unwrap_or(f64::NAN)))
            }
            ValueKind::Seq if value.is_tuple() => {
                let items = items(value).unwrap_or_default();
                sequence(out, &items, ("(", if items.len() == 1 { ",)" } else { ")" }), inner)
            }
            ValueKind::Seq | ValueKind::Iterable if List::of(value).is_some() || is_engines(value) => {
                sequence(out, &items(value).unwrap_or_default(), ("[", "]"), inner)
            }
            ValueKind::Map if Dict::of(value).is_some_and(Dict::is_ordered) => {
                let pairs = pairs(value).unwrap_or_default();
                let entries: Vec<Value> =
                    pairs.into_iter().map(|(key, value)| Value::from(Tuple::from([key, value]))).collect();
                let brackets = if entries.is_empty() { ("OrderedDict(", ")") } else { ("OrderedDict([", "])") };
                sequence(out, &entries, brackets, inner)
            }
            ValueKind::Map if Dict::of(value).is_some() || is_engines(value) => {
                mapping(out, &pairs(value).unwrap_or_default(), inner)
            }
            ValueKind::Map if is_namespace(value) => {
                out.write_str("<Namespace ")?;
                mapping(out, &pairs(value).unwrap_or_default(), inner)?;
                out.write_str(">")
            }
            _ => match repr_of_object(value) {
                Some(written) => out.write_str(&written),
                None => write!(out, "{value}"),
            },
        }
    }
}

/// True for what `namespace()` gives, an object of the engine's own.
fn is_namespace(value: &Value) -> bool {
    value.as_object().is_some_and(|object| object.type_name().ends_with("::Namespace"))
}

/// Objects whose `repr` differs from their `str`; those of other modules say so by an attribute `__repr__`.
fn repr_of_object(value: &Value) -> Option<String> {
    if let Some(written) = value.as_object().and_then(|object| object.get_value_by_str("__repr__"))
        && let Some(written) = written.as_str()
    {
        return Some(written.to_string());
    }
    match Decimal::of(value) {
        Some(decimal) => Some(format!("Decimal('{decimal}')")),
        None => match Special::of(value) {
            Some(special) => Some(format!("Decimal('{special}')")),
            None => crate::jinja::python::repr(value),
        },
    }
}
