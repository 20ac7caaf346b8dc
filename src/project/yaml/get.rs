//! What a node should be, with an error that says what it is instead.

use super::{Map, Node, Value};
use crate::error::{Error, Result};

impl Node {
    /// The mapping that this is, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::Time(_)
            | Value::Seq(_) => None,
        }
    }

    /// The list that this is, if it is one.
    pub fn as_seq(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Seq(items) => Some(items),
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::Time(_)
            | Value::Map(_) => None,
        }
    }

    /// The text that this is, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Time(_)
            | Value::Seq(_)
            | Value::Map(_) => None,
        }
    }

    /// True for `~`, `null` and nothing.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// The mapping that `key` must hold.
    ///
    /// # Errors
    ///
    /// `Parsing` when this is something else.
    pub fn map(&self, key: &str) -> Result<&Map> {
        self.as_map().ok_or_else(|| self.mismatch(key, "a mapping"))
    }

    /// The mapping that `key` must hold, taken out.
    ///
    /// # Errors
    ///
    /// `Parsing` when this is something else.
    pub fn into_map(self, key: &str) -> Result<Map> {
        match self {
            Node { value: Value::Map(map), .. } => Ok(map),
            other => Err(other.mismatch(key, "a mapping")),
        }
    }

    /// The list that `key` must hold.
    ///
    /// # Errors
    ///
    /// `Parsing` when this is something else.
    pub fn seq(&self, key: &str) -> Result<&[Node]> {
        self.as_seq().ok_or_else(|| self.mismatch(key, "a list"))
    }

    /// The text that `key` must hold.
    ///
    /// # Errors
    ///
    /// `Parsing` when this is something else.
    pub fn text(&self, key: &str) -> Result<&str> {
        self.as_text().ok_or_else(|| self.mismatch(key, "a text"))
    }

    /// The scalar that `key` must hold, as Python's `str` writes it.
    ///
    /// # Errors
    ///
    /// `Parsing` when this is a list, a mapping or nothing.
    pub fn scalar_text(&self, key: &str) -> Result<String> {
        match &self.value {
            Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) | Value::Time(_) => {
                Ok(self.value.python_text())
            }
            Value::Null | Value::Seq(_) | Value::Map(_) => Err(self.mismatch(key, "a text")),
        }
    }

    /// The yes or no that `key` must hold.
    ///
    /// # Errors
    ///
    /// `Parsing` when this is something else.
    pub fn bool(&self, key: &str) -> Result<bool> {
        match &self.value {
            Value::Bool(it) => Ok(*it),
            Value::Null
            | Value::Int(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::Time(_)
            | Value::Seq(_)
            | Value::Map(_) => Err(self.mismatch(key, "`true` or `false`")),
        }
    }

    /// The whole number that `key` must hold.
    ///
    /// # Errors
    ///
    /// `Parsing` when this is something else, or beyond the range of `T`.
    pub fn int<T: TryFrom<i128>>(&self, key: &str) -> Result<T> {
        match &self.value {
            Value::Int(it) => T::try_from(*it).map_err(|_| {
                Error::parsing(format!("`{key}` must not be {it}, which is out of range")).at(self.place())
            }),
            Value::Null
            | Value::Bool(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::Time(_)
            | Value::Seq(_)
            | Value::Map(_) => Err(self.mismatch(key, "a whole number")),
        }
    }

    /// The texts that `key` must hold: one, or a list of them.
    ///
    /// # Errors
    ///
    /// `Parsing` when this is something else.
    pub fn texts(&self, key: &str) -> Result<Vec<String>> {
        match &self.value {
            Value::Null => Ok(Vec::new()),
            Value::Seq(items) => items.iter().map(|item| item.scalar_text(key)).collect(),
            Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) | Value::Time(_) => {
                Ok(vec![self.value.python_text()])
            }
            Value::Map(_) => Err(self.mismatch(key, "a text or a list of texts")),
        }
    }

    /// The error that `key` must be `wanted` and not this.
    pub fn mismatch(&self, key: &str, wanted: &str) -> Error {
        Error::parsing(format!("`{key}` must be {wanted}, not {}", self.value.describe())).at(self.place())
    }
}
