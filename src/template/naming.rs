//! The names of nodes in the database, by the project's macros.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::library::BUILT_IN;
use super::node::{Node, lock};
use super::{NamePart, Names, Subject, Templates};
use crate::error::{Error, Result};
use crate::jinja::{Arguments, Mode, Value, from_json, text};

impl NamePart {
    /// The macro that decides.
    fn macro_name(self) -> &'static str {
        match self {
            NamePart::Database => "generate_database_name",
            NamePart::Schema => "generate_schema_name",
            NamePart::Alias => "generate_alias_name",
        }
    }

    fn argument(self) -> &'static str {
        match self {
            NamePart::Database => "custom_database_name",
            NamePart::Schema => "custom_schema_name",
            NamePart::Alias => "custom_alias_name",
        }
    }
}

/// A node about to get its names.
pub struct Named<'a> {
    /// The package whose macros decide.
    pub package: &'a str,
    /// Its own name.
    pub name: &'a str,
    /// Version of a versioned model.
    pub version: Option<&'a Json>,
    /// Makes what a project's macro sees as `node`.
    pub json: &'a dyn Fn() -> Json,
}

/// What is known of naming in one package.
pub(super) struct Naming {
    /// Parts over which a project's macro decides.
    renamed: Vec<NamePart>,
    /// Names that built-in macros gave, by part and what was asked for.
    known: HashMap<(NamePart, Option<String>), String>,
}

impl Templates {
    /// The name that the project's macro gives, else the built-in one.
    ///
    /// Built-in macros look at little of a node, so that for most nodes their answer is known without another call.
    ///
    /// # Errors
    ///
    /// `Compilation` for what the macro raises.
    pub fn generate_name(&self, part: NamePart, custom: Option<&str>, node: &Named<'_>) -> Result<String> {
        if self.is_renamed(part, node.package) {
            return self.call_naming(part, custom, node.package, (node.json)());
        }
        if part == NamePart::Alias {
            let alias = built_in_alias(custom, node);
            // The macro is left to complain about an empty one.
            let empty = || self.call_naming(part, custom, node.package, (node.json)());
            return if alias.is_empty() { empty() } else { Ok(alias) };
        }
        let key = (part, custom.map(str::to_owned));
        let known = |names: &Names| names.get(node.package)?.known.get(&key).cloned();
        if let Some(known) = known(&lock(&self.names)) {
            return Ok(known);
        }
        let name = self.call_naming(part, custom, node.package, Json::Object(serde_json::Map::new()))?;
        if let Some(naming) = lock(&self.names).get_mut(node.package) {
            naming.known.insert(key, name.clone());
        }
        Ok(name)
    }

    /// Whether the project or `package` decides over this part of names, instead of the built-in macro.
    fn is_renamed(&self, part: NamePart, package: &str) -> bool {
        if let Some(naming) = lock(&self.names).get(package) {
            return naming.renamed.contains(&part);
        }
        let library = &self.shared.library;
        let theirs = |id| !BUILT_IN.contains(&library.definition(id).package.as_ref());
        let is_theirs = |part: &NamePart| {
            library.bare(package, part.macro_name()).is_some_and(theirs)
                || library.dispatch(package, part.macro_name(), Some("dbt")).is_ok_and(theirs)
        };
        let renamed: Vec<NamePart> =
            [NamePart::Database, NamePart::Schema, NamePart::Alias].into_iter().filter(is_theirs).collect();
        let is_renamed = renamed.contains(&part);
        lock(&self.names).entry(package.to_owned()).or_insert(Naming { renamed, known: HashMap::new() });
        is_renamed
    }

    fn call_naming(&self, part: NamePart, custom: Option<&str>, package: &str, node: Json) -> Result<String> {
        let library = &self.shared.library;
        let Some(id) = library.bare(package, part.macro_name()) else {
            return Err(Error::internal(format!("there is no macro `{}`", part.macro_name())));
        };
        let subject = Arc::new(Subject::nameless("naming", package, ""));
        let root = Arc::new(Node::new(&self.shared, &subject, None)).root();
        // By position, because projects give the parameters names of their own.
        let custom_value = custom.map_or(Value::from(()), Value::from);
        let arguments = Arguments { positional: vec![custom_value, from_json(&node)], named: Vec::new() };
        let given = self.shared.engine.call_macro(Mode::Parse, id, arguments, &root)?;
        let name = text(&given).trim().to_owned();
        if !name.is_empty() && !given.is_none() {
            return Ok(name);
        }
        let what = part.argument().trim_start_matches("custom_").replace('_', " ");
        Err(Error::compilation(format!("the macro `{}` gave an empty {what}", part.macro_name())))
    }
}

/// What the macro `generate_alias_name` of the built-in library gives: said once more, for it is asked for every node, and
/// calling a macro costs more than parsing one.
fn built_in_alias(custom: Option<&str>, node: &Named<'_>) -> String {
    match (custom.filter(|custom| !custom.is_empty()), node.version.map(from_json).filter(Value::is_true)) {
        (Some(custom), _) => custom.trim().to_owned(),
        (None, Some(version)) => format!("{}_v{}", node.name, text(&version).replace('.', "_")),
        (None, None) => node.name.to_owned(),
    }
}
