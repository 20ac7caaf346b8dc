//! Native rendering: values, not text, from the strings of YAML files; `as_bool` and its kin.

use minijinja::{Environment, State, Value};

use super::filters::{as_bool, as_native, as_number};
use super::root::is_native;
use super::value::text;

/// True if `text` holds a tag, so that it must be rendered at all.
pub fn has_jinja(text: &str) -> bool {
    text.contains("{{") || text.contains("{%") || text.contains("{#")
}

/// Adds the filters that say what a YAML string shall become; they do nothing while text is rendered.
pub fn register(environment: &mut Environment<'static>) {
    environment.add_filter(
        "as_text",
        |state: &State<'_, '_>, value: Value| {
            if is_native(state) { Value::from(text(&value)) } else { value }
        },
    );
    environment.add_filter(
        "as_native",
        |state: &State<'_, '_>, value: Value| {
            if is_native(state) { as_native(&value) } else { value }
        },
    );
    environment.add_filter(
        "as_bool",
        |state: &State<'_, '_>, value: Value| {
            if is_native(state) { as_bool(&value) } else { Ok(value) }
        },
    );
    environment.add_filter(
        "as_number",
        |state: &State<'_, '_>, value: Value| {
            if is_native(state) { as_number(&value) } else { Ok(value) }
        },
    );
}
