//! Python's `re`.

mod found;
mod pattern;
mod template;
mod translate;

use minijinja::value::{Rest, ValueOrKwargs};
use minijinja::{Error, State, Value};

use super::class::Module;
use crate::jinja::value::{as_text, bind, failure, text};
use found::Found;
use pattern::Pattern;

/// Groups of one match in a text.
type Captures<'t> = fancy_regex::Captures<'t, str>;

/// Functions that work with a pattern: the same names as methods of a compiled one.
const FUNCTIONS: [&str; 8] = ["match", "search", "fullmatch", "findall", "finditer", "split", "sub", "subn"];

/// The flags that change how a pattern reads, with Python's numbers.
const FLAGS: [(&str, &str, i64); 6] = [
    ("I", "IGNORECASE", 2),
    ("M", "MULTILINE", 8),
    ("S", "DOTALL", 16),
    ("U", "UNICODE", 32),
    ("X", "VERBOSE", 64),
    ("A", "ASCII", 256),
];

/// The module.
pub fn module() -> Value {
    let mut members: Vec<(&'static str, Value)> = Vec::new();
    for name in FUNCTIONS {
        let function = move |state: &mut State<'_, '_>, all: Rest<ValueOrKwargs>| call(state, name, &all.into_values());
        members.push((name, Value::from_function(function)));
    }
    members.push(("compile", Value::from_function(|all: Rest<ValueOrKwargs>| compile(&all.into_values()))));
    members.push(("escape", Value::from_function(|all: Rest<ValueOrKwargs>| escape(&all.into_values()))));
    members.push(("purge", Value::from_function(|| ())));
    for (short, long, number) in FLAGS {
        members.push((short, Value::from(number)));
        members.push((long, Value::from(number)));
    }
    Module::value("re", members)
}

/// Python's type name of an object of this module.
pub fn type_name(value: &Value) -> Option<&'static str> {
    let is_match = value.downcast_object_ref::<Found>().map(|_| "re.Match");
    is_match.or_else(|| value.downcast_object_ref::<Pattern>().map(|_| "re.Pattern"))
}

fn call(state: &mut State<'_, '_>, function: &str, arguments: &[Value]) -> Result<Value, Error> {
    let flags = |flags: Option<Value>| flags.and_then(|flags| flags.as_i64()).unwrap_or_default();
    let with = |pattern: Option<Value>, flags: i64| Pattern::of(&pattern.unwrap_or_default(), flags);
    match function {
        "sub" | "subn" => {
            let names = ["pattern", "repl", "string", "count", "flags"];
            let [pattern, replacement, string, count, given] = bind(function, arguments, names, 3)?;
            let all = [replacement, string, Some(count.unwrap_or_else(|| Value::from(0)))];
            with(pattern, flags(given))?.call(state, function, &all.map(Option::unwrap_or_default))
        }
        "split" => {
            let names = ["pattern", "string", "maxsplit", "flags"];
            let [pattern, string, limit, given] = bind(function, arguments, names, 2)?;
            let all = [string, Some(limit.unwrap_or_else(|| Value::from(0)))];
            with(pattern, flags(given))?.call(state, function, &all.map(Option::unwrap_or_default))
        }
        _ => {
            let [pattern, string, given] = bind(function, arguments, ["pattern", "string", "flags"], 2)?;
            with(pattern, flags(given))?.call(state, function, &[string.unwrap_or_default()])
        }
    }
}

fn compile(arguments: &[Value]) -> Result<Value, Error> {
    let [pattern, flags] = bind("compile", arguments, ["pattern", "flags"], 1)?;
    let flags = flags.and_then(|flags| flags.as_i64()).unwrap_or_default();
    Pattern::of(&pattern.unwrap_or_default(), flags).map(Value::from_dyn_object)
}

fn escape(arguments: &[Value]) -> Result<Value, Error> {
    let [pattern] = bind("escape", arguments, ["pattern"], 1)?;
    let mut escaped = String::new();
    for letter in text(&pattern.unwrap_or_default()).chars() {
        if "()[]{}?*+-|^$\\.&~# \t\n\r\u{b}\u{c}".contains(letter) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    Ok(Value::from(escaped))
}

/// The text that a function searches.
fn subject(value: &Value) -> Result<&str, Error> {
    as_text("re", value).map_err(|_| {
        let found = crate::jinja::value::type_name(value);
        failure(format!("expected string or bytes-like object, got '{found}'"))
    })
}
