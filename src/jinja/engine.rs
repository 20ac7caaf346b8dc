//! The engine: two environments, one to parse with and one to run with, shared by all threads.

use std::path::Path;

use minijinja::Environment;
use minijinja::value::Value;

use super::macros::{MacroDef, MacroId};
use crate::error::Result;

/// Whether nodes are being parsed (undefined names are lenient and callable) or run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Names, refs and configs are recorded; nothing fails because of an undefined name.
    Parse,
    /// An attribute or call of an undefined name fails.
    Run,
}

/// A text to render and where it came from.
#[derive(Debug, Clone, Copy)]
pub struct Template<'a> {
    /// How chains of calls name it: `model orders`.
    pub what: &'a str,
    /// The file that errors name.
    pub file: &'a Path,
    /// Line of the file at which `text` starts, counted from 1.
    pub line: u32,
    /// Column (in characters, counted from 1) at which the first line of `text` starts.
    pub column: u32,
    /// The text as the user wrote it.
    pub text: &'a str,
}

/// What a render gave.
#[derive(Debug, Clone)]
pub struct Output {
    /// The rendered text.
    pub text: String,
    /// The value of a `return` outside of macros, which ended the render.
    pub returned: Option<Value>,
    /// Macros that the text itself called, not those called by macros; in order of their first call.
    pub calls: Vec<MacroId>,
}

/// Arguments for a macro that is called from Rust.
#[derive(Debug, Clone, Default)]
pub struct Arguments {
    /// By position.
    pub positional: Vec<Value>,
    /// By name, in the order in which `kwargs` shall show them.
    pub named: Vec<(String, Value)>,
}

/// Renders texts and calls macros; `&`-shared by all threads.
pub struct Engine {
    run: Environment<'static>,
    parse: Environment<'static>,
}

impl Engine {
    /// An engine that knows `macros`, whose ids are their places in the list.
    ///
    /// `globals` are visible in every render, below the root: functions that need no node, modules, constants. Macros
    /// are compiled when they are first used.
    pub fn new(macros: Vec<MacroDef>, globals: Vec<(String, Value)>) -> Engine {
        let _ = (macros, globals);
        todo!("engine")
    }

    /// The macro of an id.
    pub fn definition(&self, id: MacroId) -> &MacroDef {
        let _ = id;
        todo!("engine")
    }

    /// The value that a name of this macro evaluates to: callable, the same for all renders.
    pub fn macro_value(&self, id: MacroId) -> Value {
        let _ = id;
        todo!("engine")
    }

    /// Compiles the macro; for complaints about macros that nobody calls.
    ///
    /// # Errors
    ///
    /// `Parsing`, with the place in the macro's file.
    pub fn check(&self, id: MacroId) -> Result<()> {
        let _ = id;
        todo!("engine")
    }

    /// Renders `template`; names are looked up as attributes of `root`, then among the globals.
    ///
    /// # Errors
    ///
    /// `Parsing` for bad syntax, the kind of the raised error for one that a function raised, else `Compilation`; with
    /// the place and the chain of calls.
    pub fn render(&self, mode: Mode, template: &Template<'_>, root: &Value) -> Result<Output> {
        let _ = (mode, template, root);
        todo!("engine")
    }

    /// Calls a macro outside of any template and gives back what it returns, or its text.
    ///
    /// # Errors
    ///
    /// As [`Engine::render`].
    pub fn call_macro(&self, mode: Mode, id: MacroId, arguments: Arguments, root: &Value) -> Result<Value> {
        let _ = (mode, id, arguments, root);
        todo!("engine")
    }

    /// The value of a YAML string: one bare expression gives its value, other text the rendered string (reference 4.7).
    ///
    /// Text without Jinja comes back as it is.
    ///
    /// # Errors
    ///
    /// As [`Engine::render`]; `|as_bool`, `|as_number` and `|as_native` fail on text that is not of their kind.
    pub fn evaluate(&self, template: &Template<'_>, root: &Value) -> Result<Value> {
        let _ = (template, root);
        todo!("engine")
    }

    /// Renders `text` inside a running render, with the same root: the `render` function of templates.
    ///
    /// # Errors
    ///
    /// As [`Engine::render`], as an error of the calling template.
    pub fn render_inside(
        state: &mut minijinja::State<'_, '_>,
        what: &str,
        text: &str,
    ) -> std::result::Result<Value, minijinja::Error> {
        let _ = (state, what, text);
        todo!("engine")
    }
}
