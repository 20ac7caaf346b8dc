//! Python's `itertools`.

mod combine;
mod endless;
mod walk;

use minijinja::value::{Object, ObjectRepr, Rest, ValueOrKwargs};
use minijinja::{Error, State, Value};

use super::class::Module;
use crate::jinja::value::{items, no_method, split};

/// Body of a function of this module.
type Body = fn(&mut State<'_, '_>, &[Value]) -> Result<Value, Error>;

/// The module.
pub fn module() -> Value {
    let mut members = vec![("chain", Value::from_object(ChainClass))];
    for (name, body) in [combine::FUNCTIONS, walk::FUNCTIONS, endless::FUNCTIONS].into_iter().flatten() {
        let body = *body;
        let function = move |state: &mut State<'_, '_>, all: Rest<ValueOrKwargs>| body(state, &all.into_values());
        members.push((*name, Value::from_function(function)));
    }
    Module::value("itertools", members)
}

/// `chain(*iterables)` and `chain.from_iterable(iterable)`.
#[derive(Debug)]
struct ChainClass;

impl Object for ChainClass {
    fn repr(self: &std::sync::Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &std::sync::Arc<Self>, _: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
        chain(split(arguments).0)
    }

    fn call_method(
        self: &std::sync::Arc<Self>,
        _: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        match (method, arguments) {
            ("from_iterable", [sequences]) => chain(&items(sequences)?),
            (_, _) => Err(no_method(&Value::from_dyn_object(self.clone()), method)),
        }
    }
}

fn chain(sequences: &[Value]) -> Result<Value, Error> {
    let parts = sequences.iter().map(items).collect::<Result<Vec<_>, _>>()?;
    Ok(walk::generator(parts.concat()))
}
