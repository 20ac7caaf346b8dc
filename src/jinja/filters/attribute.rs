//! `attribute='a.b.0'` of filters: the way from an item to a part of it.

use minijinja::value::ValueKind;
use minijinja::{Error, State, UndefinedBehavior, Value};

use crate::jinja::is_undefined;
use crate::jinja::value::{checked, text};

/// A path of attributes and items; empty for the item itself.
pub struct Attribute(Vec<Value>);

impl Attribute {
    /// The path in an argument: a number, or names and numbers with dots; `None` is the item itself.
    pub fn of(argument: Option<&Value>) -> Attribute {
        let Some(argument) = argument.filter(|argument| !argument.is_none()) else { return Attribute(Vec::new()) };
        match argument.as_str() {
            Some(path) => Attribute(path.split('.').map(step).collect()),
            None => Attribute(vec![argument.clone()]),
        }
    }

    /// The part of `item` at the path; undefined if there is none.
    ///
    /// # Errors
    ///
    /// When running, if a step before the last is undefined.
    pub fn get(&self, state: &State<'_, '_>, item: &Value) -> Result<Value, Error> {
        let mut found = item.clone();
        for step in &self.0 {
            if is_undefined(&found) && state.env().undefined_behavior() == UndefinedBehavior::Chainable {
                return Ok(Value::UNDEFINED);
            }
            found = match (checked(found.get_item(step)?)?, step.as_str()) {
                (part, Some(name)) if part.is_undefined() && found.kind() != ValueKind::Undefined => {
                    found.get_attr(name)?
                }
                (part, _) => part,
            };
        }
        Ok(found)
    }
}

fn step(part: &str) -> Value {
    part.parse::<i64>().map_or_else(|_| Value::from(part), Value::from)
}

/// What case-insensitive filters compare: text in lower case, everything else as it is.
pub fn folded(value: Value, is_case_sensitive: bool) -> Value {
    match value.kind() {
        ValueKind::String if !is_case_sensitive => Value::from(text(&value).to_lowercase()),
        _ => value,
    }
}

/// True if the optional argument is given and true.
pub fn is_set(argument: Option<Value>) -> bool {
    argument.is_some_and(|argument| argument.is_true())
}
