//! YAML 1.1 as PyYAML reads it, as a tree of nodes that know where they stand.
//!
//! `read` makes the tree from text, `resolve` gives plain scalars their type, `get` asks a tree for what it should be, `write` prints
//! one as PyYAML's `safe_dump` does, `python` gives one to templates.

mod get;
mod python;
mod read;
mod resolve;
mod write;

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map as JsonMap, Value as Json};

use crate::error::Place;

pub use read::{parse, parse_text};
pub use write::{to_indented_yaml, to_yaml};

/// Where a node stands in its file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// Path as the user would write it.
    pub file: Arc<Path>,
    /// Counted from 1; 0 when only the file is known.
    pub line: u32,
    /// In characters, counted from 1.
    pub column: u32,
}

impl Origin {
    /// The file as a whole.
    pub fn file(path: impl Into<Arc<Path>>) -> Origin {
        Origin { file: path.into(), line: 0, column: 0 }
    }

    /// The same position as errors carry it.
    pub fn place(&self) -> Place {
        Place::at(self.file.to_path_buf(), self.line, self.column)
    }
}

/// One value of a YAML text, and where it stands.
#[derive(Debug, Clone)]
pub struct Node {
    /// The value; after rendering, what its Jinja gave.
    pub value: Value,
    /// Where the value starts.
    pub origin: Origin,
    /// The text before rendering, of a value that held Jinja and was rendered.
    pub template: Option<Arc<str>>,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `~`, `null` or nothing at all.
    Null,
    /// `yes`, `no`, `true` and their like, unquoted.
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// A number with a point.
    Float(f64),
    /// Any text, quoted or not.
    Text(String),
    /// A date or time, unquoted in the source; its ISO text (`2024-01-05`, `2024-01-05T10:00:00+00:00`).
    Time(String),
    /// A list.
    Seq(Vec<Node>),
    /// A mapping, in the order of the text.
    Map(Map),
}

/// A mapping in the order of its text; no two keys are equal.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Map {
    /// Keys with their values.
    pub entries: Vec<Entry>,
}

/// One key of a mapping and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key, a scalar; nearly always text.
    pub key: Node,
    /// Its value.
    pub value: Node,
}

/// Nodes are equal when their values are, wherever they stand.
impl PartialEq for Node {
    fn eq(&self, other: &Node) -> bool {
        self.value == other.value
    }
}

impl Entry {
    /// The key as text: `True` and `1` for keys that are no text, as Python's `str` writes them.
    pub fn name(&self) -> String {
        match &self.key.value {
            Value::Text(text) => text.clone(),
            other => other.python_text(),
        }
    }
}

impl Map {
    /// The value of the text key `name`.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.entry(name).map(|entry| &entry.value)
    }

    /// The entry of the text key `name`.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| matches!(&entry.key.value, Value::Text(text) if text == name))
    }

    /// Takes the value of the text key `name` out.
    pub fn take(&mut self, name: &str) -> Option<Node> {
        let index =
            self.entries.iter().position(|entry| matches!(&entry.key.value, Value::Text(text) if text == name))?;
        Some(self.entries.remove(index).value)
    }

    /// True without entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Text keys and values in order; other keys are left out.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.entries.iter().filter_map(|entry| match &entry.key.value {
            Value::Text(text) => Some((text.as_str(), &entry.value)),
            _ => None,
        })
    }
}

impl Value {
    /// `str()` of the value as Python gives it, for scalars.
    pub fn python_text(&self) -> String {
        write::python_text(self)
    }

    /// What the value is, in the words of messages: `a list`, `` `four` ``.
    pub fn describe(&self) -> String {
        match self {
            Value::Null => "nothing".to_owned(),
            Value::Seq(_) => "a list".to_owned(),
            Value::Map(_) => "a mapping".to_owned(),
            Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) | Value::Time(_) => {
                format!("`{}`", self.python_text())
            }
        }
    }
}

impl Node {
    /// A node that no file holds, such as one made from a command line.
    pub fn new(value: Value, origin: Origin) -> Node {
        Node { value, origin, template: None }
    }

    /// Where the node stands, as errors carry it.
    pub fn place(&self) -> Place {
        self.origin.place()
    }

    /// The value as JSON: dates and times as ISO text, infinities and NaN as null, order kept.
    pub fn to_json(&self) -> Json {
        self.json(false)
    }

    /// The value before rendering as JSON.
    pub fn to_unrendered_json(&self) -> Json {
        self.json(true)
    }

    /// A tree of nodes for `json`, all standing at `origin`.
    pub fn from_json(json: &Json, origin: &Origin) -> Node {
        let value = match json {
            Json::Null => Value::Null,
            Json::Bool(it) => Value::Bool(*it),
            Json::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(it), _) => Value::Int(it.into()),
                (None, Some(it)) => Value::Int(it.into()),
                (None, None) => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(text) => Value::Text(text.clone()),
            Json::Array(items) => Value::Seq(items.iter().map(|item| Node::from_json(item, origin)).collect()),
            Json::Object(members) => Value::Map(Map {
                entries: members
                    .iter()
                    .map(|(name, member)| Entry {
                        key: Node::new(Value::Text(name.clone()), origin.clone()),
                        value: Node::from_json(member, origin),
                    })
                    .collect(),
            }),
        };
        Node::new(value, origin.clone())
    }

    fn json(&self, is_unrendered: bool) -> Json {
        if let (true, Some(template)) = (is_unrendered, &self.template) {
            return Json::String(template.to_string());
        }
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(it) => Json::Bool(*it),
            Value::Int(it) => integer(*it),
            Value::Float(it) => serde_json::Number::from_f64(*it).map_or(Json::Null, Json::Number),
            Value::Text(text) | Value::Time(text) => Json::String(text.clone()),
            Value::Seq(items) => items.iter().map(|item| item.json(is_unrendered)).collect(),
            Value::Map(map) => Json::Object(map.json(is_unrendered)),
        }
    }
}

impl Map {
    /// The mapping as a JSON object.
    pub fn to_json(&self) -> JsonMap<String, Json> {
        self.json(false)
    }

    fn json(&self, is_unrendered: bool) -> JsonMap<String, Json> {
        self.entries.iter().map(|entry| (json_key(&entry.key.value), entry.value.json(is_unrendered))).collect()
    }
}

/// A key as Python's `json.dumps` writes it.
fn json_key(key: &Value) -> String {
    match key {
        Value::Null => "null".to_owned(),
        Value::Bool(it) => it.to_string(),
        Value::Int(_) | Value::Float(_) | Value::Text(_) | Value::Time(_) | Value::Seq(_) | Value::Map(_) => {
            key.python_text()
        }
    }
}

fn integer(it: i128) -> Json {
    match (i64::try_from(it), u64::try_from(it)) {
        (Ok(it), _) => it.into(),
        (Err(_), Ok(it)) => it.into(),
        // Beyond 64 bit JSON's readers have floats only, and so have we.
        (Err(_), Err(_)) => serde_json::Number::from_f64(it as f64).map_or(Json::Null, Json::Number),
    }
}
