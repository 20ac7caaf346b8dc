//! Binding of call arguments to names, as Python does it.

use minijinja::{Error, Value};

use super::{failure, print::text};

/// Positional arguments and named arguments of one call, in order.
pub fn split(arguments: &[Value]) -> (&[Value], Vec<(String, Value)>) {
    match arguments.split_last() {
        Some((last, rest)) if last.is_kwargs() => (rest, named(last)),
        Some(_) | None => (arguments, Vec::new()),
    }
}

fn named(last: &Value) -> Vec<(String, Value)> {
    let Some(object) = last.as_object() else { return Vec::new() };
    object.try_iter_pairs().into_iter().flatten().map(|(name, value)| (text(&name), value)).collect()
}

/// The arguments of a call of `function` in the order of `names`; the first `required` of them must be given.
///
/// # Errors
///
/// Python's words for a missing, doubled, unknown or superfluous argument.
pub fn bind<const N: usize>(
    function: &str,
    arguments: &[Value],
    names: [&str; N],
    required: usize,
) -> Result<[Option<Value>; N], Error> {
    let (positional, named) = split(arguments);
    if positional.len() > N {
        let plural = if N == 1 { "" } else { "s" };
        return Err(failure(format!(
            "{function}() takes at most {N} argument{plural} ({} given)",
            positional.len() + named.len()
        )));
    }
    let mut bound: [Option<Value>; N] = std::array::from_fn(|at| positional.get(at).cloned());
    for (name, value) in named {
        let Some(at) = names.iter().position(|known| *known == name) else {
            return Err(failure(format!("{function}() got an unexpected keyword argument '{name}'")));
        };
        if bound[at].is_some() {
            return Err(failure(format!("{function}() got multiple values for argument '{name}'")));
        }
        bound[at] = Some(value);
    }
    match bound.iter().take(required).position(Option::is_none) {
        Some(at) => Err(failure(format!("{function}() missing required argument: '{}'", names[at]))),
        None => Ok(bound),
    }
}
