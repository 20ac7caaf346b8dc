//! The selectors of `selectors.yml`, by name.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::error::{Error, Place, Result};

use super::method::Method;
use super::spec::{How, Spec};
use super::word::{Criterion, Reach, parse_criterion};
use super::{Indirect, shown};

/// The named selectors of `selectors.yml`.
#[derive(Debug, Clone, Default)]
pub struct Selectors {
    /// Each with its `name`, `definition` and what else the file says of it.
    entries: IndexMap<String, Map<String, Value>>,
    default: Option<String>,
}

impl Selectors {
    /// The selectors of the file's content, with Jinja already rendered.
    ///
    /// # Errors
    ///
    /// `Parsing` when a definition is not one, two are the default, or a selector inherits from itself; at the
    /// place of the entry, those of which `places` holds in order.
    pub fn from_yaml(content: &Value, places: &[Place]) -> Result<Selectors> {
        let mut selectors = Selectors::default();
        let placed = |error: Error, at: usize| match places.get(at) {
            Some(place) => error.at(place.clone()),
            None => error,
        };
        let list = match content.get("selectors") {
            None | Some(Value::Null) => return Ok(selectors),
            Some(Value::Array(list)) => list,
            Some(_) => return Err(Error::parsing("`selectors` must be a list")),
        };
        for (at, entry) in list.iter().enumerate() {
            selectors.add(entry).map_err(|error| placed(error, at))?;
        }
        for (at, name) in selectors.entries.keys().enumerate() {
            selectors.get(name, Indirect::Eager).map_err(|err| {
                let error = Error::parsing(format!("selector `{name}`: {}", err.message()));
                placed(err.hints().iter().fold(error, |error, hint| error.hint(hint)), at)
            })?;
        }
        Ok(selectors)
    }

    fn add(&mut self, entry: &Value) -> Result<()> {
        let entry = entry.as_object().ok_or_else(|| Error::parsing("a selector must be a mapping"))?;
        let Some(name) = entry.get("name").and_then(Value::as_str) else {
            return Err(Error::parsing("a selector needs a `name`"));
        };
        if !entry.contains_key("definition") {
            return Err(Error::parsing(format!("selector `{name}` needs a `definition`")));
        }
        // Of two with one name the last one counts, as in dbt.
        self.entries.insert(name.to_owned(), entry.clone());
        if is_true(entry.get("default"))
            && let Some(first) = self.default.replace(name.to_owned())
        {
            return Err(Error::parsing(format!("selectors `{first}` and `{name}` are both the default")));
        }
        Ok(())
    }

    /// The names in the order of the file.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The selectors as `manifest.json` shows them: without inheritance, and every short form as a mapping.
    pub fn to_json(&self) -> Value {
        let shown = |(name, entry): (&String, &Map<String, Value>)| {
            let mut entry = entry.clone();
            if let Some(definition) = entry.get_mut("definition") {
                *definition = shown::definition(self, definition, 0);
            }
            (name.clone(), Value::Object(entry))
        };
        Value::Object(self.entries.iter().map(shown).collect())
    }

    /// The definition as the file has it.
    pub(super) fn definition(&self, name: &str) -> Option<&Value> {
        self.entries.get(name)?.get("definition")
    }

    /// What the selector `name` stands for; `indirect` holds where it says nothing on tests.
    pub(super) fn get(&self, name: &str, indirect: Indirect) -> Result<Spec> {
        self.resolve(name, indirect, &mut Vec::new())
    }

    /// The selector for commands without any criteria.
    pub(super) fn default_spec(&self, indirect: Indirect) -> Option<Result<Spec>> {
        self.default.as_ref().map(|name| self.get(name, indirect))
    }

    fn resolve(&self, name: &str, indirect: Indirect, open: &mut Vec<String>) -> Result<Spec> {
        let Some(definition) = self.definition(name) else {
            let known: Vec<&str> = self.names().collect();
            let error = Error::usage(format!("could not find selector `{name}`"));
            return Err(match known.as_slice() {
                [] => error.hint("selectors.yml defines selectors, and there are none"),
                known => error.hint(format!("there are: {}", known.join(", "))),
            });
        };
        if open.iter().any(|one| one == name) {
            return Err(Error::usage(format!("selector `{name}` inherits from itself")));
        }
        open.push(name.to_owned());
        let spec = Reader { selectors: self, indirect }.spec(definition, open);
        open.pop();
        spec
    }
}

/// Reads one definition.
#[derive(Clone, Copy)]
struct Reader<'s> {
    selectors: &'s Selectors,
    indirect: Indirect,
}

impl Reader<'_> {
    fn spec(self, definition: &Value, open: &mut Vec<String>) -> Result<Spec> {
        match definition {
            Value::String(word) => parse_criterion(word, self.indirect).map(Spec::One),
            Value::Object(map) => self.mapping(map, open),
            other => Err(Error::usage(format!("a definition must be a string or a mapping, not `{other}`"))),
        }
    }

    fn mapping(self, map: &Map<String, Value>, open: &mut Vec<String>) -> Result<Spec> {
        if let Some(parts) = map.get("union") {
            return self.group(How::Union, parts, open);
        }
        if let Some(parts) = map.get("intersection") {
            return self.group(How::Intersection, parts, open);
        }
        if map.contains_key("method") {
            return self.long_form(map, open);
        }
        match map.iter().next() {
            Some((method, value)) if map.len() == 1 => {
                let criterion = Criterion {
                    method: Method::parse(method)?,
                    value: text(value)?,
                    parents: Reach::Nowhere,
                    children: Reach::Nowhere,
                    has_childrens_parents: false,
                    indirect: self.indirect,
                };
                Ok(Spec::One(criterion))
            }
            _ => {
                let keys: Vec<&String> = map.keys().collect();
                Err(Error::usage(format!(
                    "a definition needs `method` and `value`, `union` or `intersection`, but has {keys:?}"
                )))
            }
        }
    }

    /// A list of definitions, of which at most one is `exclude: […]`.
    fn group(self, how: How, parts: &Value, open: &mut Vec<String>) -> Result<Spec> {
        let Value::Array(parts) = parts else { return Err(Error::usage("`union` and `intersection` need a list")) };
        let is_exclude =
            |part: &&Value| part.as_object().is_some_and(|map| map.len() == 1 && map.contains_key("exclude"));
        let excludes: Vec<&Value> = parts.iter().filter(is_exclude).collect();
        if excludes.len() > 1 {
            return Err(Error::usage("a list of definitions can have one `exclude` only"));
        }
        let included = parts.iter().filter(|part| !is_exclude(part)).map(|part| self.spec(part, open));
        let included =
            Spec::Group { how, parts: included.collect::<Result<_>>()?, indirect: self.indirect, expected: None };
        match excludes.first().and_then(|part| part.get("exclude")) {
            Some(excluded) => self.without(included, excluded, open),
            None => Ok(included),
        }
    }

    fn long_form(mut self, map: &Map<String, Value>, open: &mut Vec<String>) -> Result<Spec> {
        let method = text(&map["method"])?;
        let Some(value) = map.get("value") else {
            return Err(Error::usage(format!("method `{method}` needs a `value`")));
        };
        if method == "selector" {
            // As in dbt, nothing that stands beside the name of another selector changes it.
            return self.selectors.resolve(&text(value)?, self.indirect, open);
        }
        if let Some(word) = map.get("indirect_selection") {
            let word = text(word)?;
            self.indirect = Indirect::from_word(&word)
                .ok_or_else(|| Error::usage(format!("`indirect_selection` cannot be `{word}`")))?;
        }
        let criterion = Criterion {
            method: Method::parse(&method)?,
            value: text(value)?,
            parents: reach(map, "parents")?,
            children: reach(map, "children")?,
            has_childrens_parents: is_true(map.get("childrens_parents")),
            indirect: self.indirect,
        };
        if criterion.has_childrens_parents && criterion.children != Reach::Nowhere {
            return Err(Error::usage("`childrens_parents` and `children` are incompatible"));
        }
        match map.get("exclude") {
            Some(excluded) => self.without(Spec::One(criterion), excluded, open),
            None => Ok(Spec::One(criterion)),
        }
    }

    fn without(self, included: Spec, excluded: &Value, open: &mut Vec<String>) -> Result<Spec> {
        let Value::Array(excluded) = excluded else { return Err(Error::usage("`exclude` needs a list")) };
        let parts = excluded.iter().map(|part| self.spec(part, open)).collect::<Result<_>>()?;
        let excluded = Spec::Group { how: How::Union, parts, indirect: self.indirect, expected: None };
        Ok(Spec::Group {
            how: How::Difference,
            parts: vec![included, excluded],
            indirect: self.indirect,
            expected: None,
        })
    }
}

fn reach(map: &Map<String, Value>, key: &str) -> Result<Reach> {
    if !is_true(map.get(key)) {
        return Ok(Reach::Nowhere);
    }
    match map.get(&format!("{key}_depth")) {
        None | Some(Value::Null) => Ok(Reach::Everywhere),
        Some(depth) => {
            let steps = text(depth)?.parse().map_err(|_| Error::usage(format!("`{key}_depth` must be a number")))?;
            Ok(Reach::Steps(steps))
        }
    }
}

fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(truth)) => *truth,
        Some(Value::String(word)) => word.eq_ignore_ascii_case("true"),
        None | Some(Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_)) => false,
    }
}

fn text(value: &Value) -> Result<String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(truth) => Ok(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(Error::usage(format!("`{value}` should be a text"))),
    }
}
