//! Binding of call arguments to names, as Python does it.

use minijinja::{Error, Value};

use super::{Number, failure, print::text, type_name};

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
        let given = positional.len() + named.len();
        let allowed = match N {
            0 => "no arguments".to_string(),
            1 => "at most 1 argument".to_string(),
            _ => format!("at most {N} arguments"),
        };
        return Err(failure(format!("{function}() takes {allowed} ({given} given)")));
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

/// The text in the argument `name` of `function`.
///
/// # Errors
///
/// Python's words if it is no text.
pub fn as_text<'a>(function: &str, value: &'a Value) -> Result<&'a str, Error> {
    value.as_str().ok_or_else(|| failure(format!("{function}() argument must be str, not {}", type_name(value))))
}

/// The whole number in an argument.
///
/// # Errors
///
/// Python's words if it is none.
pub fn as_integer(value: &Value) -> Result<i64, Error> {
    match Number::of(value) {
        Some(Number::Int(number)) => i64::try_from(number).map_err(|_| failure("int too large to convert")),
        Some(_) | None => Err(failure(format!("'{}' object cannot be interpreted as an integer", type_name(value)))),
    }
}

/// The whole number in an argument that may be missing or `None`.
///
/// # Errors
///
/// As [`as_integer`].
pub fn as_optional_integer(value: Option<&Value>) -> Result<Option<i64>, Error> {
    value.filter(|value| !value.is_none()).map(as_integer).transpose()
}
