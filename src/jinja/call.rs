//! `MacroRef`: what a macro's name evaluates to, and how it is called.
//!
//! A macro of the engine is bound to the state of one render, and the only way to load another template into a running
//! render is template code. So each render starts with a prelude that hands over `importer`, a macro that includes
//! the template named by its argument; a macro's template registers its macro with `_reg`, and it stays in the
//! render's cache. `return` is an error that the innermost macro catches.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError};

use minijinja::value::{Kwargs, Object, Rest, Tuple, Value, ValueOrKwargs};
use minijinja::{Error, ErrorKind, State};

use super::failure::{fail, raise};
use super::macros::MacroId;
use super::prepass::Signature;
use super::registry::Registry;
use super::root::Root;
use super::undefined::Undefined;
use super::value::{Dict, own};

/// Detail of the error by which `return` leaves a macro.
const RETURN: &str = "return outside of a macro";

/// What one render needs besides its root.
pub struct Render {
    /// The root.
    pub root: Arc<Root>,
    /// Includes a template into this render.
    importer: Value,
    /// Macros that were loaded, and whether they ask for `caller`.
    cache: HashMap<MacroId, (Value, bool)>,
    /// The macro that was registered last.
    registered: Option<Value>,
    /// What `return` was given.
    returned: Option<Value>,
    /// How many macros are running.
    depth: usize,
}

/// Forgets the macros that were loaded; for when the root's names change, as macros keep the values that they saw first.
pub fn forget_macros(state: &mut State<'_, '_>) {
    if let Some(render) = state.get_extension_mut::<Render>() {
        render.cache.clear();
    }
}

/// `_boot(importer)`: the prelude of every render.
pub fn boot(state: &mut State<'_, '_>, importer: Value) -> Result<Value, Error> {
    let root = state.lookup("_kroot").and_then(|root| root.downcast_object::<Root>());
    let root = root.ok_or_else(|| fail("the root of this render is not ours"))?;
    state.get_or_insert_extension_with(|| Render {
        root,
        importer,
        cache: HashMap::new(),
        registered: None,
        returned: None,
        depth: 0,
    });
    Ok(Value::from(""))
}

/// `_reg(macro)`: the end of every macro's template.
pub fn register(state: &mut State<'_, '_>, value: Value) -> Value {
    if let Some(render) = state.get_extension_mut::<Render>() {
        render.registered = Some(value);
    }
    Value::from("")
}

/// `return(data)`; an undefined value stays undefined.
pub fn return_value(state: &mut State<'_, '_>, all: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let [data] = super::value::bind("return", &all.into_values(), ["data"], 0)?;
    let value = data.map_or(Value::from(()), |value| own(&value));
    let value = if value.is_undefined() { Undefined::value("", super::root::mode(state)) } else { value };
    if let Some(render) = state.get_extension_mut::<Render>() {
        if render.depth == 0 {
            render.root.outcome().returned = Some(value);
        } else {
            render.returned = Some(value);
        }
    }
    Err(Error::new(ErrorKind::InvalidOperation, RETURN))
}

/// `return` as a value, for contexts that are asked for it by name.
pub fn return_function() -> Value {
    Value::from_function(return_value)
}

/// True for the error of `return`.
pub fn is_return(error: &Error) -> bool {
    error.detail() == Some(RETURN)
}

/// A macro as a value; callable in every render.
pub struct MacroRef {
    id: MacroId,
    registry: Arc<Registry>,
}

impl MacroRef {
    /// The value of a macro.
    pub fn new(id: MacroId, registry: Arc<Registry>) -> MacroRef {
        MacroRef { id, registry }
    }

    fn load(&self, state: &mut State<'_, '_>) -> Result<(Value, bool), Error> {
        let Some(render) = state.get_extension_mut::<Render>() else {
            return Err(fail("macros cannot be called here"));
        };
        if let Some(loaded) = render.cache.get(&self.id) {
            return Ok(loaded.clone());
        }
        let importer = render.importer.clone();
        render.registered = None;
        importer.call(state, &[Value::from(template_name(self.id))])?;
        let render = state.get_extension_mut::<Render>();
        let registered = render.and_then(|render| Some((render.registered.take()?, &mut render.cache)));
        let Some((value, cache)) = registered else { return Err(fail("the macro did not load")) };
        let asks_for_caller = value.get_attr("caller").is_ok_and(|caller| caller.is_true());
        cache.insert(self.id, (value.clone(), asks_for_caller));
        Ok((value, asks_for_caller))
    }

    fn enter(&self, state: &mut State<'_, '_>) {
        if let Some(render) = state.get_extension_mut::<Render>() {
            if render.depth == 0 {
                let mut outcome = render.root.outcome();
                if !outcome.calls.contains(&self.id) {
                    outcome.calls.push(self.id);
                }
            }
            render.depth += 1;
        }
    }

    fn run(&self, state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        let (value, asks_for_caller) = self.load(state)?;
        let ready = self.registry.ready(self.id).map_err(raise)?;
        let name = &self.registry.definition(self.id).name;
        let bound = bind(name, &ready.signature, asks_for_caller, arguments, state)?;
        value.call(state, &bound)
    }
}

/// Name of the template of a macro.
pub fn template_name(id: MacroId) -> String {
    format!("m{}", id.0)
}

impl fmt::Debug for MacroRef {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "<Macro {}>", self.registry.definition(self.id).name)
    }
}

impl Object for MacroRef {
    fn repr(self: &Arc<Self>) -> minijinja::value::ObjectRepr {
        minijinja::value::ObjectRepr::Plain
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        (key == "name").then(|| Value::from(&*self.registry.definition(self.id).name))
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        self.enter(state);
        let result = self.run(state, arguments);
        let Some(render) = state.get_extension_mut::<Render>() else { return result };
        render.depth = render.depth.saturating_sub(1);
        match result {
            Err(error) if is_return(&error) => Ok(render.returned.take().unwrap_or(Value::from(()))),
            // One link of the chain of calls; the engine adds the place of the call.
            Err(error) => Err(Error::new(error.kind(), "in a macro").with_source(error)),
            Ok(value) => Ok(value),
        }
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        match method {
            // What dbt's own object has: packages call it to leave no trace in dbt's stack of macros.
            "call_macro" => self.call(state, args),
            _ => Err(Error::from(minijinja::ErrorKind::UnknownMethod)),
        }
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}

/// The arguments in the order of the rewritten macro's parameters, as Jinja2 binds them.
fn bind(
    name: &str,
    signature: &Signature,
    asks_for_caller: bool,
    arguments: &[Value],
    state: &State<'_, '_>,
) -> Result<Vec<Value>, Error> {
    let mode = super::root::mode(state);
    let (positional, mut named) = split(arguments);
    let count = signature.parameters.len();
    if positional.len() > count && !signature.has_varargs {
        return Err(fail(format!("macro '{name}' takes not more than {count} argument(s)")));
    }
    let mut bound = Vec::with_capacity(count + 3);
    if signature.has_varargs {
        let rest = positional.get(count..).unwrap_or_default();
        bound.push(Value::from(Tuple::from(rest.iter().map(own).collect::<Vec<_>>())));
    }
    let kwargs_at = bound.len();
    for (at, (parameter, has_default)) in signature.parameters.iter().enumerate() {
        let by_name = take(&mut named, parameter);
        let value = match (positional.get(at), by_name) {
            (Some(_), Some(_)) => {
                return Err(fail(format!("macro '{name}' got multiple values for argument '{parameter}'")));
            }
            (Some(value), None) => own(value),
            (None, Some(value)) => own(&value),
            (None, None) if *has_default => {
                bound.push(Value::UNDEFINED);
                continue;
            }
            (None, None) => Value::UNDEFINED,
        };
        // The engine would take the default for an argument that is undefined, Jinja2 does not.
        bound.push(if value.is_undefined() { Undefined::value(parameter, mode) } else { value });
    }
    let caller = if asks_for_caller { take(&mut named, "caller") } else { None };
    if signature.has_kwargs {
        let pairs = named.into_iter().map(|(name, value)| (Value::from(name), own(&value)));
        bound.insert(kwargs_at, Dict::value(pairs));
    } else if let Some((unknown, _)) = named.first() {
        return Err(fail(format!("macro '{name}' takes no keyword argument '{unknown}'")));
    }
    if let Some(caller) = caller {
        bound.push(Value::from(Kwargs::from_iter([("caller", caller)])));
    }
    Ok(bound)
}

fn split(arguments: &[Value]) -> (&[Value], Vec<(String, Value)>) {
    super::value::split(arguments)
}

fn take(named: &mut Vec<(String, Value)>, name: &str) -> Option<Value> {
    let at = named.iter().position(|(known, _)| known == name)?;
    Some(named.remove(at).1)
}

/// `_call()`: the whole text of the template by which Rust calls a macro.
pub fn call_from_rust(state: &mut State<'_, '_>) -> Result<Value, Error> {
    let Some(render) = state.get_extension::<Render>() else { return Err(fail("no render")) };
    let root = render.root.clone();
    let request = root.request.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some((callee, arguments)) = request else { return Err(fail("no macro to call")) };
    let value = callee.call(state, &arguments)?;
    root.outcome().captured = Some(value);
    Ok(Value::from(""))
}

/// `_capture(value)`: takes the value of an expression out of a render.
pub fn capture(state: &mut State<'_, '_>, value: Value) -> Value {
    if let Some(render) = state.get_extension::<Render>() {
        render.root.outcome().captured = Some(own(&value));
    }
    Value::from("")
}
