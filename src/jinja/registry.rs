//! All macros of an engine, each rewritten when it is first used.

use std::sync::OnceLock;

use super::macros::{MacroDef, MacroId};
use super::position::line_and_column;
use super::prepass::{self, Fault, Prepared, Signature};
use crate::error::{Call, Error, Place, Result};

/// A macro in the form in which it is compiled and called.
pub struct Ready {
    /// Text and position map.
    pub prepared: Prepared,
    /// How it is called.
    pub signature: Signature,
}

/// All macros, by id.
pub struct Registry {
    entries: Vec<Entry>,
}

struct Entry {
    definition: MacroDef,
    ready: OnceLock<Result<Ready, Fault>>,
}

impl Registry {
    /// A registry of `macros`, whose ids are their places in the list.
    pub fn new(macros: Vec<MacroDef>) -> Registry {
        let entries = macros.into_iter().map(|definition| Entry { definition, ready: OnceLock::new() });
        Registry { entries: entries.collect() }
    }

    /// The macro of an id.
    pub fn definition(&self, id: MacroId) -> &MacroDef {
        &self.entries[id.0 as usize].definition
    }

    /// The names of all macros, in order of their ids.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| &*entry.definition.name)
    }

    /// The package of the first macro called `name`.
    pub fn package_of(&self, name: &str) -> Option<&str> {
        let mut definitions = self.entries.iter().map(|entry| &entry.definition);
        definitions.find(|definition| &*definition.name == name).map(|definition| &*definition.package)
    }

    /// The macro of an id in the form in which it is called.
    ///
    /// # Errors
    ///
    /// `Parsing`: the block is not balanced, or its parameters cannot be read.
    pub fn ready(&self, id: MacroId) -> Result<&Ready> {
        let entry = &self.entries[id.0 as usize];
        let ready = entry.ready.get_or_init(|| {
            let (prepared, signature) = prepass::macro_block(&entry.definition.text)?;
            Ok(Ready { prepared, signature })
        });
        ready.as_ref().map_err(|fault| {
            let definition = &entry.definition;
            let origin = Origin { file: &definition.file, line: definition.line, column: definition.column };
            origin.fault(&format!("macro {}.{}", definition.package, definition.name), &definition.text, fault)
        })
    }
}

/// Where a text begins in its file.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The file.
    pub file: &'a std::path::Path,
    /// Line of its start, counted from 1.
    pub line: u32,
    /// Column of its start, counted from 1.
    pub column: u32,
}

impl Origin<'_> {
    /// The place in the file of byte `offset` of `text`, which begins here.
    pub fn place(&self, text: &str, offset: usize) -> Place {
        let (line, column) = line_and_column(text, offset);
        let column = if line == 1 { column + self.column.max(1) - 1 } else { column };
        Place::at(self.file, line + self.line.max(1) - 1, column)
    }

    /// The place in the file of line `line` of the text that begins here, counted from 1.
    pub fn line(&self, line: usize) -> Place {
        let line = u32::try_from(line.max(1)).unwrap_or(u32::MAX);
        Place::at(self.file, line + self.line.max(1) - 1, 0)
    }

    /// The error for a text that could not be rewritten; `what` is its name in the chain of calls.
    pub fn fault(&self, what: &str, text: &str, fault: &Fault) -> Error {
        let place = self.place(text, fault.at);
        let call = Call { what: what.to_string(), place: Some(place.clone()) };
        let error = Error::parsing(fault.message.clone()).at(place).called_from(call);
        match &fault.also {
            Some((at, what)) => error.hint(format!("{what} at {}", self.place(text, *at))),
            None => error,
        }
    }
}
