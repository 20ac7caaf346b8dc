//! The engine: two environments, one to parse with and one to run with, shared by all threads.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use minijinja::value::{Kwargs, Value};
use minijinja::{Environment, Error as CallError, State};

use super::call::{MacroRef, Render, is_return, template_name};
use super::environment::{CALL, environment};
use super::failure::{Sources, TEMPLATE, convert, raise};
use super::macros::{MacroDef, MacroId};
use super::native::has_jinja;
use super::prepass::{self, Prepared};
use super::registry::{Origin, Registry};
use super::root::Root;
use super::source_map::{SourceMap, unmark};
use crate::error::{Place, Result};

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

impl Template<'_> {
    /// The place in the file of byte `offset` of the text.
    pub fn place(&self, offset: usize) -> Place {
        self.origin().place(self.text, offset)
    }

    fn origin(&self) -> Origin<'_> {
        Origin { file: self.file, line: self.line, column: self.column }
    }
}

/// What a render gave.
#[derive(Debug, Clone)]
pub struct Output {
    /// The rendered text; empty after a `return` outside of macros.
    pub text: String,
    /// The value of a `return` outside of macros, which ended the render.
    pub returned: Option<Value>,
    /// Macros that the text itself called, not those called by macros; in order of their first call.
    pub calls: Vec<MacroId>,
    /// Leads from bytes of `text` to bytes of the template's text; made in run mode only.
    pub map: SourceMap,
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
    registry: Arc<Registry>,
    globals: Arc<HashSet<String>>,
}

impl Engine {
    /// An engine that knows `macros`, whose ids are their places in the list.
    ///
    /// `globals` are visible in every render, below the root: functions that need no node, modules, constants, to
    /// begin with those of [`super::globals`]. Macros are compiled when they are first used.
    pub fn new(macros: Vec<MacroDef>, globals: Vec<(String, Value)>) -> Engine {
        let registry = Arc::new(Registry::new(macros));
        let run = environment(Mode::Run, &registry, &globals);
        let parse = environment(Mode::Parse, &registry, &globals);
        let globals = run.globals().map(|(name, _)| name.to_string()).collect();
        Engine { run, parse, registry, globals: Arc::new(globals) }
    }

    /// The value that a name of this macro evaluates to: callable, the same for all renders.
    pub fn macro_value(&self, id: MacroId) -> Value {
        Value::from_object(MacroRef::new(id, self.registry.clone()))
    }

    /// Compiles the macro; for complaints about macros that nobody calls.
    ///
    /// # Errors
    ///
    /// `Parsing`, with the place in the macro's file.
    pub fn check(&self, id: MacroId) -> Result<()> {
        self.registry.ready(id)?;
        let sources = Sources { template: None, registry: &self.registry };
        self.run.get_template(&template_name(id)).map(|_| ()).map_err(|error| convert(&error, &sources))
    }

    /// Renders `template`; names are looked up as attributes of `root`, then among the globals.
    ///
    /// # Errors
    ///
    /// `Parsing` for bad syntax, the kind of the raised error for one that a function raised, else `Compilation`; with
    /// the place and the chain of calls.
    pub fn render(&self, mode: Mode, template: &Template<'_>, root: &Value) -> Result<Output> {
        if !has_jinja(template.text) {
            // dbt does not render what holds no tag, so the last newline stays.
            let text = template.text.to_string();
            return Ok(Output { text, returned: None, calls: Vec::new(), map: SourceMap::default() });
        }
        let prepared = match mode {
            Mode::Parse => prepare(template, prepass::template)?,
            Mode::Run => prepare(template, prepass::marked_template)?,
        };
        let root = self.root(root, mode, false);
        let text = self.render_prepared(template, &prepared, &root)?;
        let (text, map) = if prepared.has_marks { unmark(&text) } else { (text, SourceMap::default()) };
        let mut outcome = root.outcome();
        Ok(Output { text, returned: outcome.returned.take(), calls: std::mem::take(&mut outcome.calls), map })
    }

    /// Calls a macro outside of any template and gives back what it returns, or its text.
    ///
    /// # Errors
    ///
    /// As [`Engine::render`].
    pub fn call_macro(&self, mode: Mode, id: MacroId, arguments: Arguments, root: &Value) -> Result<Value> {
        self.call_value(mode, self.macro_value(id), arguments, root)
    }

    /// Calls any callable value outside of any template, such as a function of `template`'s or a macro.
    ///
    /// # Errors
    ///
    /// As [`Engine::render`].
    pub fn call_value(&self, mode: Mode, callee: Value, arguments: Arguments, root: &Value) -> Result<Value> {
        let root = self.root(root, mode, false);
        let mut all = arguments.positional;
        if !arguments.named.is_empty() {
            all.push(Value::from(Kwargs::from_iter(arguments.named)));
        }
        *root.request.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some((callee, all));
        let sources = Sources { template: None, registry: &self.registry };
        let rendered = self.environment(mode).get_template(CALL).and_then(|call| call.render(root_value(&root)));
        rendered.map_err(|error| convert(&error, &sources))?;
        let captured = root.outcome().captured.take();
        Ok(captured.unwrap_or(Value::from(())))
    }

    /// The value of a YAML string: one bare expression gives its value, other text the rendered string (reference 4.7).
    ///
    /// Text without Jinja comes back as it is.
    ///
    /// # Errors
    ///
    /// As [`Engine::render`]; `|as_bool`, `|as_number` and `|as_native` fail on text that is not of their kind.
    pub fn evaluate(&self, mode: Mode, template: &Template<'_>, root: &Value) -> Result<Value> {
        self.evaluate_and_list(mode, template, root).map(|(value, _)| value)
    }

    /// As [`Engine::evaluate`], with the macros that the text itself called.
    ///
    /// # Errors
    ///
    /// As [`Engine::render`].
    pub fn evaluate_and_list(
        &self,
        mode: Mode,
        template: &Template<'_>,
        root: &Value,
    ) -> Result<(Value, Vec<MacroId>)> {
        if !has_jinja(template.text) {
            return Ok((Value::from(template.text), Vec::new()));
        }
        let root = self.root(root, mode, true);
        let single = prepass::single_expression(template.text);
        let is_single = single.is_some();
        let prepared = single.map_or_else(|| prepare(template, prepass::template), Ok)?;
        let text = self.render_prepared(template, &prepared, &root)?;
        let mut outcome = root.outcome();
        let value = if is_single { outcome.captured.take().unwrap_or(Value::from(())) } else { Value::from(text) };
        Ok((value, std::mem::take(&mut outcome.calls)))
    }

    /// Renders `text` inside a running render, with the same root: the `render` function of templates.
    ///
    /// # Errors
    ///
    /// As [`Engine::render`], as an error of the calling template.
    pub fn render_inside(state: &mut State<'_, '_>, what: &str, text: &str) -> Result<Value, CallError> {
        if !has_jinja(text) {
            return Ok(Value::from(text));
        }
        let Some(render) = state.get_extension::<Render>() else {
            return Err(super::failure::fail("nothing can be rendered here"));
        };
        let root = &render.root;
        let inner = Arc::new(root.again());
        let registry = root.registry.clone();
        let template = Template { what, file: Path::new(""), line: 1, column: 1, text };
        let prepared = prepare(&template, prepass::template).map_err(raise)?;
        let sources = Sources { template: Some((&template, &prepared)), registry: &registry };
        let rendered = state.env().render_named_str(TEMPLATE, &prepared.text, root_value(&inner));
        match rendered {
            Err(error) if is_return(&error) => Ok(inner.outcome().returned.take().unwrap_or(Value::from(()))),
            Err(error) => Err(raise(convert(&error, &sources))),
            Ok(text) => Ok(Value::from(text)),
        }
    }

    fn root(&self, inner: &Value, mode: Mode, is_native: bool) -> Arc<Root> {
        let shared = (self.globals.clone(), self.registry.clone());
        Arc::new(Root::new(inner.clone(), mode, is_native, shared))
    }

    fn environment(&self, mode: Mode) -> &Environment<'static> {
        match mode {
            Mode::Parse => &self.parse,
            Mode::Run => &self.run,
        }
    }

    fn render_prepared(&self, template: &Template<'_>, prepared: &Prepared, root: &Arc<Root>) -> Result<String> {
        let environment = borrowed(self.environment(root.mode));
        let rendered = environment.render_named_str(TEMPLATE, &prepared.text, root_value(root));
        match rendered {
            Err(error) if is_return(&error) => Ok(String::new()),
            Err(error) => {
                let sources = Sources { template: Some((template, prepared)), registry: &self.registry };
                Err(convert(&error, &sources))
            }
            Ok(text) => Ok(text),
        }
    }
}

/// The same environment for texts that live shorter.
fn borrowed<'a>(environment: &'a Environment<'static>) -> &'a Environment<'a> {
    environment
}

fn root_value(root: &Arc<Root>) -> Value {
    Value::from_dyn_object(root.clone())
}

fn prepare(
    template: &Template<'_>,
    rewrite: fn(&str) -> std::result::Result<Prepared, prepass::Fault>,
) -> Result<Prepared> {
    rewrite(template.text).map_err(|fault| template.origin().fault(template.what, template.text, &fault))
}
