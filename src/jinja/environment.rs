//! Sets up the engine's environments: filters, the functions that macros need, the loader of macros.

use std::sync::Arc;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior};

use super::call;
use super::engine::{Engine, Mode};
use super::failure::raise;
use super::macros::MacroId;
use super::native;
use super::prepass::PRELUDE;
use super::registry::Registry;
use super::undefined::Undefined;

/// Name of the template by which Rust calls a macro.
pub const CALL: &str = "call";

/// How deep calls may nest; a macro costs some six to eight of these.
const RECURSION_LIMIT: usize = 4000;

/// The environment for `mode`, which loads macros from `registry` when they are first used.
pub fn environment(mode: Mode, registry: &Arc<Registry>, globals: &[(String, Value)]) -> Environment<'static> {
    let mut environment = Environment::new();
    minijinja_contrib::add_to_environment(&mut environment);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_recursion_limit(RECURSION_LIMIT);
    // Names what is undefined in errors.
    environment.set_debug(true);
    environment.set_undefined_behavior(match mode {
        Mode::Parse => UndefinedBehavior::Chainable,
        Mode::Run => UndefinedBehavior::Lenient,
    });
    super::filters::register(&mut environment);
    if mode == Mode::Parse {
        environment.set_unknown_method_callback(lenient_method);
    }
    add_own(&mut environment);
    native::register(&mut environment);
    for (name, value) in globals {
        environment.add_global(name.clone(), value.clone());
    }
    let texts = registry.clone();
    environment.set_loader(move |name| load(&texts, name));
    environment
}

fn add_own(environment: &mut Environment<'static>) {
    environment.add_function("_boot", call::boot);
    environment.add_function("_reg", call::register);
    environment.add_function("_call", call::call_from_rust);
    environment.add_function("_capture", call::capture);
    environment.add_function("return", call::return_value);
    environment.add_function("render", |state: &mut State<'_, '_>, text: String| {
        Engine::render_inside(state, "rendered text", &text)
    });
    environment.add_test("_unset", |value: &Value| value.is_undefined());
}

/// While parsing, a method that is not there gives undefined; values under that name come first.
fn lenient_method(state: &mut State<'_, '_>, value: &Value, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    match super::methods::call(state, value, method, arguments) {
        Err(error) if error.kind() == ErrorKind::UnknownMethod => {
            let stored = value.as_object().and_then(|object| object.get_value(&Value::from(method)));
            if stored.is_some() { Err(error) } else { Ok(Undefined::value(method, Mode::Parse)) }
        }
        result => result,
    }
}

fn load(registry: &Registry, name: &str) -> Result<Option<String>, Error> {
    match name {
        "boot" => return Ok(Some("{% macro importer(_kt) %}{% include _kt %}{% endmacro %}".to_string())),
        CALL => return Ok(Some(format!("{PRELUDE}{{{{ _call() }}}}"))),
        _ => {}
    }
    let id = name.strip_prefix('m').and_then(|number| number.parse().ok());
    let Some(id) = id.map(MacroId) else {
        return Err(Error::new(ErrorKind::TemplateNotFound, format!("template `{name}` does not exist")));
    };
    Ok(Some(registry.ready(id).map_err(raise)?.prepared.text.clone()))
}
