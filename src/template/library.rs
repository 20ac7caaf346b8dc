//! The macros of all packages, and which of them a name means where it is used.

use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::name::UniqueId;

/// What kind of block a macro was written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MacroKind {
    /// `{% macro %}`.
    Macro,
    /// `{% materialization %}`.
    Materialization,
    /// `{% test %}`.
    Test,
}

/// One macro block of a file.
#[derive(Debug, Clone)]
pub struct MacroSource {
    /// `macro.shop.cents_to_dollars`.
    pub unique_id: UniqueId,
    /// The package whose file it stands in.
    pub package: Arc<str>,
    /// dbt's name for it: `test_x` for a test, `materialization_x_default` for a materialization.
    pub name: Arc<str>,
    /// How it was written.
    pub kind: MacroKind,
    /// The block from its opening tag to its closing tag.
    pub text: Arc<str>,
    /// The file, as messages name it.
    pub file: Arc<Path>,
    /// Line of the file where the block begins, counted from 1.
    pub first_line: u32,
}

/// One entry of `dispatch:` in the root project.
#[derive(Debug, Clone)]
pub struct DispatchRule {
    /// The namespace that macros dispatch from.
    pub namespace: String,
    /// The packages to search, first hit wins.
    pub search_order: Vec<String>,
}

/// All macros of an invocation.
#[derive(Debug)]
pub struct Library {
    macros: Vec<MacroSource>,
}

impl Library {
    /// Indexes `macros`, which hold those of `root`, of the other packages, and the built-in ones.
    ///
    /// # Errors
    ///
    /// `Parsing` for each name that a package has twice.
    pub fn new(_root: &str, macros: Vec<MacroSource>, _dispatch: Vec<DispatchRule>) -> Result<Library, Vec<Error>> {
        Ok(Library { macros })
    }

    /// All macros, in the order given.
    pub fn macros(&self) -> &[MacroSource] {
        &self.macros
    }

    /// What the bare or `package.`-qualified `name` means in a node of `package`.
    pub fn find(&self, _package: &str, _name: &str) -> Option<&MacroSource> {
        todo!()
    }

    /// The macro that runs the materialization `name`, the best of all packages.
    pub fn materialization(&self, _name: &str) -> Option<&MacroSource> {
        todo!()
    }

    /// The macros that `unique_id` names in its text, each once, sorted.
    pub fn depends_on(&self, _unique_id: &UniqueId) -> Vec<UniqueId> {
        todo!()
    }
}
