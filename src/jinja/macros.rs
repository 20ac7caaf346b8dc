//! Macros: their definitions, and the packages in which templates find them.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Value};
use minijinja::{Error, ErrorKind, State};

#[cfg(test)]
use super::blocks::BlockKind;
use super::engine::Mode;
use super::root::mode;
use super::undefined::Undefined;

/// Place of a macro in the engine's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacroId(pub u32);

/// One `macro`, `materialization`, `test` or `data_test` block.
#[derive(Debug, Clone)]
pub struct MacroDef {
    /// Package that it belongs to.
    pub package: Arc<str>,
    /// Name under which it is called: `materialization_table_default`, `test_unique`.
    pub name: Arc<str>,
    /// File, as errors name it.
    pub file: PathBuf,
    /// Line of the file at which `text` starts, counted from 1.
    pub line: u32,
    /// Column of that place, counted from 1.
    pub column: u32,
    /// The whole block, with its tags.
    pub text: Arc<str>,
}

impl MacroDef {
    /// The macro that `block` of a file defines; `None` for snapshots and docs.
    #[cfg(test)]
    pub fn from_block(package: &Arc<str>, file: impl Into<PathBuf>, block: &super::Block<'_>) -> Option<MacroDef> {
        let name = match block.kind {
            BlockKind::Macro => block.name.to_string(),
            BlockKind::Test => format!("test_{}", block.name),
            BlockKind::Materialization => format!("materialization_{}_{}", block.name, adapter_of(block.arguments)),
            BlockKind::Snapshot | BlockKind::Docs => return None,
        };
        Some(MacroDef {
            package: package.clone(),
            name: name.into(),
            file: file.into(),
            line: block.line,
            column: block.column,
            text: block.text.into(),
        })
    }
}

/// The adapter that a materialization is for: `postgres` from `, adapter='postgres'`, else `default`.
#[cfg(test)]
fn adapter_of(arguments: &str) -> &str {
    let value = arguments.split_once("adapter").and_then(|(_, rest)| rest.trim_start().strip_prefix('='));
    let value = value.map(str::trim_start).unwrap_or_default();
    match value.chars().next() {
        Some(quote @ ('\'' | '"')) => value[1..].split(quote).next().unwrap_or("default"),
        Some(_) | None => "default",
    }
}

/// The macros of one package, as `dbt_utils.` in templates.
///
/// A name it does not have is an error that says so, or undefined while parsing.
pub struct MacroNamespace {
    package: String,
    members: HashMap<String, Value>,
}

impl MacroNamespace {
    /// The namespace of `package` with its `members`, usually of [`super::Engine::macro_value`].
    pub fn value(package: &str, members: impl IntoIterator<Item = (String, Value)>) -> Value {
        Value::from_object(MacroNamespace { package: package.to_string(), members: members.into_iter().collect() })
    }

    fn missing(&self, name: &str) -> Error {
        let known = self.members.keys().map(String::as_str);
        let hint = crate::error::closest(name, known).map(|it| format!("; did you mean `{it}`?")).unwrap_or_default();
        let message =
            format!("'{}.{name}' is undefined: the package `{}` has no such macro{hint}", self.package, self.package);
        Error::new(ErrorKind::UndefinedError, message)
    }
}

impl fmt::Debug for MacroNamespace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "<package {}>", self.package)
    }
}

impl Object for MacroNamespace {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.members.get(key).cloned()
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let mut names: Vec<&String> = self.members.keys().collect();
        names.sort();
        Enumerator::Values(names.into_iter().map(Value::from).collect())
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        if let Some(member) = self.members.get(method) {
            return member.call(state, arguments);
        }
        match (method, mode(state)) {
            // Python's namespaces are dicts; macros look up others with `get`.
            ("get", _) => {
                let default = arguments.get(1).cloned().unwrap_or(Value::from(()));
                let found = arguments.first().and_then(Value::as_str).and_then(|name| self.members.get(name));
                Ok(found.cloned().unwrap_or(default))
            }
            ("keys" | "items" | "values", _) => Err(Error::from(ErrorKind::UnknownMethod)),
            (_, Mode::Parse) => Ok(Undefined::value(method, Mode::Parse)),
            (_, Mode::Run) => Err(self.missing(method)),
        }
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}
