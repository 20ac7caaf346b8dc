//! `re.Pattern`: a compiled pattern.

use std::fmt;
use std::sync::Arc;

use fancy_regex::Regex;
use minijinja::value::{Object, ObjectRepr, Tuple, ValueKind};
use minijinja::{Error, State, Value};

use super::found::Found;
use super::template::expand;
use super::translate::translate;
use super::{Captures, FLAGS, subject};
use crate::jinja::value::{Dict, List, as_integer, bind, failure, no_method, quote, text, type_name};

/// A pattern, ready to search.
pub struct Pattern {
    source: String,
    flags: i64,
    expression: Regex,
    /// The pattern without anchors, for `match` and `fullmatch`.
    translated: String,
}

impl Pattern {
    /// The pattern in a text, or the pattern itself.
    ///
    /// # Errors
    ///
    /// For text that is no pattern.
    pub fn of(value: &Value, flags: i64) -> Result<Arc<Pattern>, Error> {
        if let Some(pattern) = value.downcast_object::<Pattern>() {
            return Ok(pattern);
        }
        let Some(source) = value.as_str() else {
            return Err(failure(format!(
                "first argument must be string or compiled pattern, not {}",
                type_name(value)
            )));
        };
        let has = |flag: i64| flags & flag != 0;
        let mut letters = String::new();
        for (letter, number) in [('i', 2), ('m', 8), ('s', 16), ('x', 64)] {
            if has(number) {
                letters.push(letter);
            }
        }
        let body = translate(source, has(8));
        let translated = if letters.is_empty() { body } else { format!("(?{letters}){body}") };
        let expression = build(&translated, source)?;
        let flags = flags | written_flags(source);
        Ok(Arc::new(Pattern { source: source.to_string(), flags, expression, translated }))
    }

    /// Names of the groups, in order; `None` for those without one.
    pub fn group_names(&self) -> Vec<Option<String>> {
        self.expression.capture_names().map(|name| name.map(String::from)).collect()
    }

    /// Calls `method` with the arguments of the methods of `re.Pattern`.
    pub fn call(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "sub" | "subn" => {
                let [replacement, string, count] = bind(method, arguments, ["repl", "string", "count"], 2)?;
                let limit = limit(count)?;
                let (replacement, string) = (replacement.unwrap_or_default(), string.unwrap_or_default());
                let (replaced, count) = self.replace(state, &replacement, subject(&string)?, limit)?;
                let replaced = Value::from(replaced);
                Ok(if method == "sub" { replaced } else { Value::from(Tuple::from([replaced, Value::from(count)])) })
            }
            "split" => {
                let [string, count] = bind(method, arguments, ["string", "maxsplit"], 1)?;
                self.split(subject(&string.unwrap_or_default())?, limit(count)?)
            }
            "match" | "search" | "fullmatch" | "findall" | "finditer" => {
                let [string, start, end] = bind(method, arguments, ["string", "pos", "endpos"], 1)?;
                let string = string.unwrap_or_default();
                let string = part(subject(&string)?, start, end)?;
                self.search(method, &string)
            }
            _ => Err(no_method(&Value::from_dyn_object(self.clone()), method)),
        }
    }

    fn search(self: &Arc<Self>, method: &str, string: &str) -> Result<Value, Error> {
        let anchored = |anchored: String| -> Result<Option<Value>, Error> {
            let found = build(&anchored, &self.source)?.captures(string).map_err(|error| failure(error.to_string()))?;
            Ok(found.map(|found| Found::value(self, string, &found)))
        };
        let found = match method {
            "match" => anchored(format!("\\A(?:{})", self.translated))?,
            "fullmatch" => anchored(format!("\\A(?:{})\\z", self.translated))?,
            "search" => self.next(string, 0)?.map(|found| Found::value(self, string, &found)),
            "findall" => {
                let rows = self.all(string)?.iter().map(row).collect();
                Some(List::value(rows))
            }
            _ => {
                let all = self.all(string)?;
                Some(List::value(all.iter().map(|found| Found::value(self, string, found)).collect()))
            }
        };
        Ok(found.unwrap_or_else(|| Value::from(())))
    }

    fn next<'t>(&self, string: &'t str, from: usize) -> Result<Option<Captures<'t>>, Error> {
        self.expression.captures_from_pos(string, from).map_err(|error| failure(error.to_string()))
    }

    /// All matches that do not overlap; an empty one may follow right behind another.
    fn all<'t>(&self, string: &'t str) -> Result<Vec<Captures<'t>>, Error> {
        let mut all = Vec::new();
        let mut from = 0;
        while from <= string.len() {
            let Some(found) = self.next(string, from)? else { break };
            let Some(whole) = found.get(0) else { break };
            from = if whole.end() > whole.start() { whole.end() } else { after(string, whole.end()) };
            all.push(found);
        }
        Ok(all)
    }

    fn replace(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        replacement: &Value,
        string: &str,
        limit: usize,
    ) -> Result<(String, usize), Error> {
        let (mut out, mut copied, mut count) = (String::new(), 0, 0);
        for found in self.all(string)?.into_iter().take(limit) {
            let Some(whole) = found.get(0) else { continue };
            out.push_str(&string[copied..whole.start()]);
            match replacement.as_str() {
                Some(template) => out.push_str(&expand(template, &found)?),
                None => {
                    let called = replacement.call(state, &[Found::value(self, string, &found)])?;
                    out.push_str(&text(&called));
                }
            }
            copied = whole.end();
            count += 1;
        }
        out.push_str(&string[copied..]);
        Ok((out, count))
    }

    fn split(&self, string: &str, limit: usize) -> Result<Value, Error> {
        let (mut parts, mut copied) = (Vec::new(), 0);
        for found in self.all(string)?.into_iter().take(limit) {
            let Some(whole) = found.get(0) else { continue };
            parts.push(Value::from(&string[copied..whole.start()]));
            parts.extend((1..found.len()).map(|at| group(&found, at, Value::from(()))));
            copied = whole.end();
        }
        parts.push(Value::from(&string[copied..]));
        Ok(List::value(parts))
    }
}

/// The flags that a pattern begins with, as in `(?i)`.
fn written_flags(source: &str) -> i64 {
    let letters = source.strip_prefix("(?").and_then(|rest| rest.split_once(')')).map_or("", |(letters, _)| letters);
    let numbers = letters.chars().map(|letter| match letter {
        'i' => Some(2),
        'm' => Some(8),
        's' => Some(16),
        'x' => Some(64),
        'a' => Some(256),
        'u' => Some(32),
        _ => None,
    });
    numbers.collect::<Option<Vec<i64>>>().unwrap_or_default().into_iter().fold(0, |all, number| all | number)
}

fn build(translated: &str, source: &str) -> Result<Regex, Error> {
    Regex::new(translated).map_err(|error| failure(format!("the pattern {} is wrong: {error}", quote(source))))
}

fn limit(count: Option<Value>) -> Result<usize, Error> {
    let count = count.map_or(Ok(0), |count| as_integer(&count))?;
    Ok(if count == 0 { usize::MAX } else { usize::try_from(count).unwrap_or_default() })
}

/// The part of `string` that `pos` and `endpos` leave.
fn part(string: &str, start: Option<Value>, end: Option<Value>) -> Result<String, Error> {
    let start = start.map_or(Ok(0), |start| as_integer(&start))?.max(0) as usize;
    let end = end.map_or(Ok(i64::MAX), |end| as_integer(&end))?.max(0) as usize;
    Ok(match (start, end) {
        (0, end) if end >= string.len() => string.to_string(),
        (start, end) => string.chars().take(end).skip(start).collect(),
    })
}

fn after(string: &str, at: usize) -> usize {
    string[at..].chars().next().map_or(at + 1, |letter| at + letter.len_utf8())
}

/// Text of group `at`, or `absent` if it took no part.
pub fn group(found: &Captures<'_>, at: usize, absent: Value) -> Value {
    found.get(at).map_or(absent, |part| Value::from(part.as_str()))
}

/// What `findall` gives for one match: its text, its one group, or a tuple of its groups.
fn row(found: &Captures<'_>) -> Value {
    let empty = || Value::from("");
    match found.len() {
        0 | 1 => group(found, 0, empty()),
        2 => group(found, 1, empty()),
        count => Value::from(Tuple::new((1..count).map(|at| group(found, at, empty())).collect())),
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = FLAGS
            .iter()
            .filter(|(_, _, number)| self.flags & number != 0)
            .map(|(_, name, _)| format!("re.{name}"))
            .collect();
        let comma = if names.is_empty() { "" } else { ", " };
        write!(out, "re.compile({}{comma}{})", quote(&self.source), names.join("|"))
    }
}

impl Object for Pattern {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        if key.kind() != ValueKind::String {
            return None;
        }
        match key.as_str()? {
            "pattern" => Some(Value::from(self.source.as_str())),
            "flags" => Some(Value::from(self.flags | 32)),
            "groups" => Some(Value::from(self.group_names().len() - 1)),
            "groupindex" => {
                let names = self.group_names().into_iter().enumerate();
                Some(Dict::value(names.filter_map(|(at, name)| name.map(|name| (name, Value::from(at))))))
            }
            _ => None,
        }
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        self.call(state, method, arguments)
    }
}
