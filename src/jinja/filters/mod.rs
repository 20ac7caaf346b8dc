//! Filters, tests and functions where Jinja2 and dbt differ from the engine.

mod attribute;
mod function;
mod functions;
mod group;
mod literal;
mod lorem;
mod markup;
mod number;
mod operators;
mod pretty;
mod select;
mod sequence;
mod tests;
mod text;
mod wrap;

use minijinja::value::{Rest, ValueOrKwargs};
use minijinja::{Environment, Error, Output, State, Value};

pub use functions::{Yaml, globals};
pub use literal::{as_bool, as_native, as_number, literal};

use super::{methods, value};

/// Body of a filter or test: the piped value, then the arguments in parentheses.
type Body = fn(&mut State<'_, '_>, &Value, &[Value]) -> Result<Value, Error>;

/// Puts filters, tests, the method callback, the formatter and operator filters into `environment`.
pub fn register(environment: &mut Environment<'static>) {
    environment.set_unknown_method_callback(methods::call);
    environment.set_formatter(write);
    let filters =
        [operators::FILTERS, text::FILTERS, number::FILTERS, sequence::FILTERS, select::FILTERS, group::FILTERS];
    for (name, body) in filters.into_iter().flatten() {
        let body = *body;
        environment.add_filter(*name, move |state: &mut State<'_, '_>, all: Rest<ValueOrKwargs>| run(body, state, all));
    }
    for (name, body) in tests::TESTS {
        let body = *body;
        environment.add_test(*name, move |state: &mut State<'_, '_>, all: Rest<ValueOrKwargs>| run(body, state, all));
    }
    environment.add_filter("striptags", minijinja_contrib::filters::striptags);
    for name in ["range", "dict", "debug"] {
        environment.remove_global(name);
    }
}

fn run(body: Body, state: &mut State<'_, '_>, all: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let all = all.into_values();
    match all.split_first() {
        Some((value, arguments)) => body(state, value, arguments),
        None => Err(value::failure("a filter needs a value")),
    }
}

/// Writes a value as Python's `str` prints it.
fn write(out: &mut Output<'_>, _state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let written = match value.as_str() {
        Some(text) => out.write_str(text),
        None => out.write_str(&value::text(value)),
    };
    written.map_err(|_| value::failure("the text could not be written"))
}
