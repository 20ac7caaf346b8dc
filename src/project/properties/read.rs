//! One property file: its sections, and what all entries share.

use std::sync::Arc;

use super::{Properties, function, model, other, semantic, source, unit_test};
use crate::error::{Error, Result, closest};
use crate::project::files::TextFile;
use crate::project::render::{Scope, is_hook};
use crate::project::warning::Warning;
use crate::project::yaml::{self, Map, Node, Origin, Value};

const SECTIONS: [&str; 16] = [
    "version",
    "models",
    "seeds",
    "snapshots",
    "analyses",
    "data_tests",
    "tests",
    "sources",
    "macros",
    "exposures",
    "groups",
    "unit_tests",
    "functions",
    "semantic_models",
    "metrics",
    "saved_queries",
];

/// What reading property files gathers besides properties.
#[derive(Debug, Default)]
pub struct Findings {
    /// Mistakes.
    pub errors: Vec<Error>,
    /// What should be told.
    pub warnings: Vec<Warning>,
}

/// What one property file says.
pub fn read(file: &TextFile, scope: &Scope) -> (Properties, Findings) {
    let mut properties = Properties::default();
    let mut findings = Findings::default();
    let document = match yaml::parse(&file.text, &file.file.origin.file) {
        Ok(document) => document,
        Err(error) => {
            findings.errors.push(error);
            return (properties, findings);
        }
    };
    for doubled in document.doubled {
        let message = format!("the key `{}` is given twice; the last one counts", doubled.name);
        findings.warnings.push(Warning::at("DuplicateYAMLKeysDeprecation", message, &doubled.origin));
    }
    let root = match document.root.value {
        Value::Null => return (properties, findings),
        Value::Map(map) => map,
        Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) | Value::Time(_) | Value::Seq(_) => {
            let error = Error::parsing("a property file must hold a mapping").at(document.root.place());
            findings.errors.push(error.hint("start it with a section such as `models:`"));
            return (properties, findings);
        }
    };
    let mut reader = Reader { file: file.file.path.as_str().into(), scope, findings };
    for entry in root.entries {
        reader.section(&entry.name(), entry.value, &entry.key.origin, &mut properties);
    }
    (properties, reader.findings)
}

/// Reads the sections of one file.
pub struct Reader<'a> {
    /// Path of the file relative to its package.
    pub file: Arc<str>,
    /// What Jinja may ask for.
    pub scope: &'a Scope,
    /// Mistakes and warnings so far.
    pub findings: Findings,
}

impl Reader<'_> {
    fn section(&mut self, name: &str, node: Node, key: &Origin, properties: &mut Properties) {
        match name {
            // Any number of it is taken, as dbt does since it means nothing any more.
            "version" => {}
            "models" => self.each(node, name, &mut properties.models, model::read),
            "seeds" => self.each(node, name, &mut properties.seeds, model::read),
            "snapshots" => self.each(node, name, &mut properties.snapshots, model::read),
            "analyses" => self.each(node, name, &mut properties.analyses, model::read),
            "data_tests" | "tests" => self.each(node, name, &mut properties.tests, model::read),
            "sources" => self.each(node, name, &mut properties.sources, source::read),
            "macros" => self.each(node, name, &mut properties.macros, other::macros),
            "exposures" => self.each(node, name, &mut properties.exposures, other::exposure),
            "groups" => self.each(node, name, &mut properties.groups, other::group),
            "unit_tests" => self.each(node, name, &mut properties.unit_tests, unit_test::read),
            "functions" => self.each(node, name, &mut properties.functions, function::read),
            "semantic_models" => self.each(node, name, &mut properties.semantic_models, semantic::read),
            "metrics" => self.each(node, name, &mut properties.metrics, semantic::read),
            "saved_queries" => self.each(node, name, &mut properties.saved_queries, semantic::read),
            // A free area: `anchors`, and whatever starts with `x-` or a dot by custom.
            "anchors" => {}
            _ => {
                let mut message = format!("`{name}` is no section of a property file");
                if let Some(near) = closest(name, SECTIONS) {
                    message.push_str(&format!("; did you mean `{near}`?"));
                }
                self.findings.warnings.push(Warning::at("UnknownKey", message, key));
            }
        }
    }

    /// Reads the entries of a section; a wrong one does not hide the next.
    fn each<T>(&mut self, node: Node, section: &str, into: &mut Vec<T>, read: fn(&mut Self, Item) -> Result<T>) {
        let place = node.place();
        let items = match node.value {
            Value::Null => return,
            Value::Seq(items) => items,
            Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) | Value::Time(_) | Value::Map(_) => {
                let message = format!("`{section}` must be a list, not {}", node.value.describe());
                let error = Error::parsing(message).at(place);
                self.findings.errors.push(error.hint("begin each entry with `- name:`"));
                return;
            }
        };
        into.reserve(items.len());
        for item in items {
            match Item::of(item, section).and_then(|item| read(self, item)) {
                Ok(entry) => into.push(entry),
                Err(error) => self.findings.errors.push(error),
            }
        }
    }

    /// `node` with its Jinja evaluated.
    pub fn render(&mut self, node: Node) -> Node {
        self.scope.render(node, &mut self.findings.errors)
    }

    /// A mapping of configs with its Jinja evaluated, but for hooks and `loaded_at_query`.
    pub fn config(&mut self, node: Option<Node>) -> Result<Map> {
        let Some(node) = node.filter(|node| !node.is_null()) else { return Ok(Map::default()) };
        node.map("config")?;
        let is_kept = |key: &str| is_hook(key) || key == "loaded_at_query";
        match self.scope.render_but(node, &is_kept, &mut self.findings.errors).value {
            Value::Map(map) => Ok(map),
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::Time(_)
            | Value::Seq(_) => Ok(Map::default()),
        }
    }

    /// Keeps a mistake and goes on.
    pub fn note<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.findings.errors.push(error)).ok()
    }

    /// Keeps a warning on a deprecated form.
    pub fn deprecated(&mut self, name: &'static str, message: String, origin: &Origin) {
        self.findings.warnings.push(Warning::at(name, message, origin));
    }

    /// Warns of keys that nothing here knows.
    pub fn warn_of_unknown(&mut self, extra: &Map, what: &str, known: &[&str]) {
        for entry in &extra.entries {
            let key = entry.name();
            let mut message = format!("`{key}` is no key of {what}");
            match closest(&key, known.iter().copied()) {
                Some(near) => message.push_str(&format!("; did you mean `{near}`?")),
                None => message.push_str("; own keys belong under `config: meta:`"),
            }
            self.findings.warnings.push(Warning::at("UnknownKey", message, &entry.key.origin));
        }
    }
}

/// One entry of a section: its keys, of which readers take what they know.
pub struct Item {
    /// What it is, for messages: ``model `orders` ``.
    pub what: String,
    /// Its `name`.
    pub name: String,
    /// Where it starts.
    pub origin: Origin,
    /// Its other keys.
    pub map: Map,
}

impl Item {
    /// The entry in `node`, which must be a mapping with a name.
    pub fn of(node: Node, section: &str) -> Result<Item> {
        let kind = section.strip_suffix('s').unwrap_or(section).replace('_', " ");
        let origin = node.origin.clone();
        let mut map = match node.value {
            Value::Map(map) => map,
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::Time(_)
            | Value::Seq(_) => {
                let message = format!("each entry of `{section}` must be a mapping, not {}", node.value.describe());
                return Err(Error::parsing(message).at(origin.place()).hint("write it as `- name: ..`"));
            }
        };
        let Some(name) = map.take("name").filter(|name| !name.is_null()) else {
            return Err(Error::parsing(format!("this {kind} has no `name`")).at(origin.place()));
        };
        let name = name.scalar_text("name")?;
        Ok(Item { what: format!("{kind} `{name}`"), name, origin, map })
    }

    /// Takes the value of `key`; nothing for null.
    pub fn take(&mut self, key: &str) -> Option<Node> {
        self.map.take(key).filter(|node| !node.is_null())
    }

    /// Takes the text of `key`, whatever scalar it is.
    pub fn text(&mut self, key: &str) -> Result<Option<String>> {
        self.take(key).map(|node| node.scalar_text(key)).transpose()
    }

    /// Takes the evaluated text of `key`.
    pub fn rendered_text(&mut self, key: &str, reader: &mut Reader<'_>) -> Result<Option<String>> {
        self.take(key)
            .map(|node| reader.render(node))
            .filter(|node| !node.is_null())
            .map(|node| node.scalar_text(key))
            .transpose()
    }

    /// Takes the evaluated value of `key`.
    pub fn rendered(&mut self, key: &str, reader: &mut Reader<'_>) -> Option<Node> {
        self.take(key).map(|node| reader.render(node))
    }

    /// Takes the items of the list `key`.
    pub fn list(&mut self, key: &str) -> Result<Vec<Node>> {
        self.take(key).map_or_else(|| Ok(Vec::new()), |node| into_list(node, key))
    }
}

/// The items of `node`, which `key` holds.
pub fn into_list(node: Node, key: &str) -> Result<Vec<Node>> {
    node.seq(key)?;
    match node.value {
        Value::Seq(items) => Ok(items),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::Time(_)
        | Value::Map(_) => Ok(Vec::new()),
    }
}
