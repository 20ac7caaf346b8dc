//! `re.Match`: what a search found.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, ObjectRepr, Tuple, ValueKind};
use minijinja::{Error, State, Value};

use super::Captures;
use super::pattern::Pattern;
use super::template::expand_groups;
use crate::jinja::value::{Dict, bind, failure, no_method, quote, split, text};

/// A match and its groups.
pub struct Found {
    pattern: Arc<Pattern>,
    string: String,
    /// Start and end of each group, in letters, and its text; `None` where it took no part.
    groups: Vec<Option<(usize, usize, String)>>,
    names: Vec<Option<String>>,
}

impl Found {
    /// The value of what was found in `string`.
    pub fn value(pattern: &Arc<Pattern>, string: &str, found: &Captures<'_>) -> Value {
        let letters = |bytes: usize| string[..bytes].chars().count();
        let groups = (0..found.len()).map(|at| {
            found.get(at).map(|part| (letters(part.start()), letters(part.end()), part.as_str().to_string()))
        });
        Value::from_object(Found {
            pattern: pattern.clone(),
            string: string.to_string(),
            groups: groups.collect(),
            names: pattern.group_names(),
        })
    }

    /// Number of a group given by number or name.
    fn place(&self, group: &Value) -> Result<usize, Error> {
        let place = match group.as_str() {
            Some(name) => self.names.iter().position(|known| known.as_deref() == Some(name)),
            None => group.as_usize().filter(|place| *place < self.groups.len()),
        };
        place.ok_or_else(|| failure("no such group"))
    }

    fn text(&self, place: usize, absent: &Value) -> Value {
        self.groups[place].as_ref().map_or_else(|| absent.clone(), |(_, _, text)| Value::from(text.as_str()))
    }

    fn group(&self, arguments: &[Value]) -> Result<Value, Error> {
        let none = Value::from(());
        match split(arguments).0 {
            [] => Ok(self.text(0, &none)),
            [group] => Ok(self.text(self.place(group)?, &none)),
            groups => {
                let texts = groups.iter().map(|group| Ok(self.text(self.place(group)?, &none)));
                Ok(Value::from(Tuple::new(texts.collect::<Result<Vec<_>, Error>>()?)))
            }
        }
    }

    fn span(&self, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        let [group] = bind(method, arguments, ["group"], 0)?;
        let place = self.place(&group.unwrap_or_else(|| Value::from(0)))?;
        let span = self.place_of(place);
        match method {
            "start" => span.get_item_by_index(0),
            "end" => span.get_item_by_index(1),
            _ => Ok(span),
        }
    }

    /// Start and end of a group, -1 where it took no part.
    fn place_of(&self, group: usize) -> Value {
        let (start, end) = match &self.groups[group] {
            Some((start, end, _)) => (*start as i64, *end as i64),
            None => (-1, -1),
        };
        Value::from(Tuple::from([Value::from(start), Value::from(end)]))
    }
}

impl fmt::Debug for Found {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.groups.first() {
            Some(Some((start, end, text))) => {
                write!(out, "<re.Match object; span=({start}, {end}), match={}>", quote(text))
            }
            Some(None) | None => out.write_str("<re.Match object>"),
        }
    }
}

impl Object for Found {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let attribute = match key.as_str() {
            Some("string") => Some(Value::from(self.string.as_str())),
            Some("re") => Some(Value::from_dyn_object(self.pattern.clone())),
            Some("lastindex") => {
                let last = (1..self.groups.len()).rev().find(|at| self.groups[*at].is_some());
                Some(last.map_or_else(|| Value::from(()), Value::from))
            }
            Some("lastgroup") => {
                let last = (1..self.groups.len()).rev().find(|at| self.groups[*at].is_some());
                let name = last.and_then(|at| self.names.get(at).cloned().flatten());
                Some(name.map_or_else(|| Value::from(()), Value::from))
            }
            Some("pos") => Some(Value::from(0)),
            Some("endpos") => Some(Value::from(self.string.chars().count())),
            Some("regs") => Some(Value::from(Tuple::new((0..self.groups.len()).map(|at| self.place_of(at)).collect()))),
            Some(_) | None => None,
        };
        let is_group = matches!(key.kind(), ValueKind::String | ValueKind::Number);
        let place = || self.place(key).ok().filter(|_| is_group);
        attribute.or_else(|| place().map(|place| self.text(place, &Value::from(()))))
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        match method {
            "group" => self.group(arguments),
            "groups" => {
                let [absent] = bind(method, arguments, ["default"], 0)?;
                let absent = absent.unwrap_or_else(|| Value::from(()));
                Ok(Value::from(Tuple::new((1..self.groups.len()).map(|at| self.text(at, &absent)).collect())))
            }
            "groupdict" => {
                let [absent] = bind(method, arguments, ["default"], 0)?;
                let absent = absent.unwrap_or_else(|| Value::from(()));
                let names = self.names.iter().enumerate();
                let named = names.filter_map(|(at, name)| name.as_deref().map(|name| (name, self.text(at, &absent))));
                Ok(Dict::value(named))
            }
            "start" | "end" | "span" => self.span(method, arguments),
            "expand" => {
                let [template] = bind(method, arguments, ["template"], 1)?;
                let texts = |name: &str| {
                    let group = name.parse::<usize>().map_or_else(|_| Value::from(name), Value::from);
                    self.place(&group).ok().map(|place| text(&self.text(place, &Value::from(""))))
                };
                expand_groups(&text(&template.unwrap_or_default()), texts).map(Value::from)
            }
            _ => Err(no_method(&Value::from_dyn_object(self.clone()), method)),
        }
    }
}
