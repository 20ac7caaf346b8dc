//! Macros as values: definitions, namespaces, calls.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use minijinja::value::{Object, Value};

use super::blocks::BlockKind;

/// Place of a macro in the engine's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacroId(pub u32);

/// One parameter of a macro.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// The type written behind it, as text.
    pub type_note: Option<String>,
    /// The default as text.
    pub default: Option<String>,
}

/// One `macro`, `materialization`, `test` or `data_test` block.
#[derive(Debug, Clone)]
pub struct MacroDef {
    /// Package that it belongs to.
    pub package: Arc<str>,
    /// Name under which it is called: `materialization_table_default`, `test_unique`.
    pub name: Arc<str>,
    /// Kind of the block.
    pub kind: BlockKind,
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
    pub fn from_block(package: &Arc<str>, file: impl Into<PathBuf>, block: &super::Block<'_>) -> Option<MacroDef> {
        let _ = (package, file.into(), block);
        todo!("macros")
    }

    /// The parameters in order, with defaults and type notes.
    pub fn parameters(&self) -> Vec<Parameter> {
        todo!("macros")
    }

    /// `macro.<package>.<name>`.
    pub fn unique_id(&self) -> String {
        format!("macro.{}.{}", self.package, self.name)
    }
}

/// The macros of one package, as `dbt_utils.` in templates.
///
/// A name it does not have is an error that says so, or undefined while parsing.
pub struct MacroNamespace {
    package: String,
    members: std::collections::HashMap<String, Value>,
}

impl MacroNamespace {
    /// The namespace of `package` with its `members`, usually of [`super::Engine::macro_value`].
    pub fn value(package: &str, members: impl IntoIterator<Item = (String, Value)>) -> Value {
        Value::from_object(MacroNamespace { package: package.to_string(), members: members.into_iter().collect() })
    }
}

impl fmt::Debug for MacroNamespace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "<package {}>", self.package)
    }
}

impl Object for MacroNamespace {
    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.members.get(key).cloned()
    }
}
