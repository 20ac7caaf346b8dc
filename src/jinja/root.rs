//! The root of a render: answers every name that the template did not define itself.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minijinja::State;
use minijinja::value::{Object, Value};

use super::call::Render;
use super::engine::Mode;
use super::macros::MacroId;
use super::registry::Registry;
use super::undefined::Undefined;

/// Names of our own that are never a user's undefined name.
const OURS: [&str; 4] = ["_ki", "_km", "_kt", "_node"];

/// The object of type `T` that the layer above put into its root under the name `_node`.
///
/// Functions that are shared by all nodes find the node of the current render with it.
pub fn node<T: Object + 'static>(state: &State<'_, '_>) -> Option<Arc<T>> {
    state.lookup("_node")?.downcast_object::<T>()
}

/// Whether this render parses or runs.
pub fn mode(state: &State<'_, '_>) -> Mode {
    state.get_extension::<Render>().map_or(Mode::Run, |render| render.root.mode)
}

/// True while a string of a YAML file is evaluated to a value.
pub fn is_native(state: &State<'_, '_>) -> bool {
    state.get_extension::<Render>().is_some_and(|render| render.root.is_native)
}

/// Wraps what the layer above gave as root.
pub struct Root {
    /// What the layer above gave.
    pub inner: Value,
    /// Whether undefined names are lenient.
    pub mode: Mode,
    /// A string of a YAML file is evaluated to a value.
    pub is_native: bool,
    /// Names that the environment answers.
    globals: Arc<HashSet<String>>,
    /// All macros.
    pub registry: Arc<Registry>,
    /// The call that Rust asks for, with its arguments.
    pub request: Mutex<Option<(Value, Vec<Value>)>>,
    outcome: Mutex<Outcome>,
}

/// What a render leaves besides its text.
#[derive(Default)]
pub struct Outcome {
    /// Macros that the text itself called.
    pub calls: Vec<MacroId>,
    /// What a `return` outside of macros was given.
    pub returned: Option<Value>,
    /// What was captured, or given back by the called macro.
    pub captured: Option<Value>,
}

impl Root {
    /// A root for one render.
    pub fn new(
        inner: Value,
        mode: Mode,
        is_native: bool,
        (globals, registry): (Arc<HashSet<String>>, Arc<Registry>),
    ) -> Root {
        Root { inner, mode, is_native, globals, registry, request: Mutex::default(), outcome: Mutex::default() }
    }

    /// A root for a render inside of the render of this one.
    pub fn again(&self) -> Root {
        let shared = (self.globals.clone(), self.registry.clone());
        Root::new(self.inner.clone(), self.mode, self.is_native, shared)
    }

    /// What the render has left so far.
    pub fn outcome(&self) -> MutexGuard<'_, Outcome> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("root")
    }
}

impl Object for Root {
    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match key {
            "_kroot" => return Some(Value::from_dyn_object(self.clone())),
            // Jinja2's `self` is always defined.
            "_kself" => return Some(Value::from("<TemplateReference None>")),
            _ => {}
        }
        let known = self.inner.as_object().and_then(|root| root.get_value_by_str(key));
        match known {
            Some(value) if !value.is_undefined() => Some(value),
            Some(_) | None if self.globals.contains(key) || OURS.contains(&key) => None,
            Some(_) | None => Some(Undefined::value(key, self.mode)),
        }
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }
}
