//! The names of nodes in the database, by the project's macros.

use std::sync::Arc;

use serde_json::Value as Json;

use super::library::BUILT_IN;
use super::node::{Node, lock};
use super::{NamePart, Subject, Templates};
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

impl Templates {
    /// The name that the project's macro gives, for a node of `package`; `node` is asked for only where the macro is the
    /// user's, or builds an alias without a custom one.
    ///
    /// # Errors
    ///
    /// `Compilation` for what the macro raises.
    pub fn generate_name(
        &self,
        part: NamePart,
        custom: Option<&str>,
        package: &str,
        node: &dyn Fn() -> Json,
    ) -> Result<String> {
        let custom = custom.map(str::to_owned);
        let depends_on_node = self.is_renamed(part, package) || (part == NamePart::Alias && custom.is_none());
        if depends_on_node {
            return self.call_naming(part, custom.as_deref(), package, node());
        }
        let key = (part, package.to_owned(), custom);
        if let Some(known) = lock(&self.names).get(&key) {
            return Ok(known.clone());
        }
        let name = self.call_naming(part, key.2.as_deref(), package, Json::Object(serde_json::Map::new()))?;
        lock(&self.names).insert(key, name.clone());
        Ok(name)
    }

    /// Whether the project or `package` decides over this part of names, instead of the built-in macro.
    pub fn is_renamed(&self, part: NamePart, package: &str) -> bool {
        let library = &self.shared.library;
        let name = part.macro_name();
        let theirs = |id| !BUILT_IN.contains(&library.definition(id).package.as_ref());
        library.bare(package, name).is_some_and(theirs)
            || library.dispatch(package, name, Some("dbt")).is_ok_and(theirs)
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
