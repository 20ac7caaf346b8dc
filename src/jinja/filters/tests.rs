//! Tests: `value is name`.

use std::cmp::Ordering;

use minijinja::value::{Tuple, ValueKind};
use minijinja::{Error, State, Value};

use super::Body;
use super::operators::order;
use crate::jinja::is_undefined;
use crate::jinja::value::{
    Decimal, Dict, List, Number, Operator, Range, Set, View, contains, equal, failure, operate, own, text,
};

pub const TESTS: &[(&str, Body)] = &[
    ("defined", |_, value, _| truth(!is_undefined(value))),
    ("undefined", |_, value, _| truth(is_undefined(value))),
    ("none", |_, value, _| truth(value.is_none())),
    ("boolean", |_, value, _| truth(value.kind() == ValueKind::Bool)),
    ("true", |_, value, _| truth(value.kind() == ValueKind::Bool && value.is_true())),
    ("false", |_, value, _| truth(value.kind() == ValueKind::Bool && !value.is_true())),
    ("integer", |_, value, _| truth(value.is_integer())),
    ("float", |_, value, _| truth(value.is_number() && !value.is_integer())),
    ("number", |_, value, _| truth(Number::of(value).is_some())),
    ("string", |_, value, _| truth(value.kind() == ValueKind::String)),
    ("mapping", |_, value, _| truth(value.kind() == ValueKind::Map)),
    ("iterable", |_, value, _| truth(is_iterable(value))),
    ("sequence", |_, value, _| truth(is_undefined(value) || is_sequence(value))),
    ("callable", |_, value, _| truth(is_callable(value))),
    ("is_list", |_, value, _| truth(is_list(value))),
    ("list", |_, value, _| truth(is_list(value))),
    ("sameas", |_, value, other| truth(is_same(value, argument(other)?))),
    ("escaped", |_, _, _| truth(false)),
    ("lower", |_, value, _| methods(value, "islower")),
    ("upper", |_, value, _| methods(value, "isupper")),
    ("odd", |_, value, _| rest(value, 2, 1)),
    ("even", |_, value, _| rest(value, 2, 0)),
    ("divisibleby", |_, value, other| {
        let divisor = argument(other)?;
        Ok(Value::from(equal(&operate(Operator::Modulo, value, divisor)?, &Value::from(0))))
    }),
    ("in", |_, value, other| truth(contains(argument(other)?, value)?)),
    ("eq", equals),
    ("==", equals),
    ("equalto", equals),
    ("ne", differs),
    ("!=", differs),
    ("lt", |_, value, other| order("<", value, argument(other)?, Ordering::is_lt)),
    ("<", |_, value, other| order("<", value, argument(other)?, Ordering::is_lt)),
    ("lessthan", |_, value, other| order("<", value, argument(other)?, Ordering::is_lt)),
    ("le", |_, value, other| order("<=", value, argument(other)?, Ordering::is_le)),
    ("<=", |_, value, other| order("<=", value, argument(other)?, Ordering::is_le)),
    ("gt", |_, value, other| order(">", value, argument(other)?, Ordering::is_gt)),
    (">", |_, value, other| order(">", value, argument(other)?, Ordering::is_gt)),
    ("greaterthan", |_, value, other| order(">", value, argument(other)?, Ordering::is_gt)),
    ("ge", |_, value, other| order(">=", value, argument(other)?, Ordering::is_ge)),
    (">=", |_, value, other| order(">=", value, argument(other)?, Ordering::is_ge)),
];

fn truth(truth: bool) -> Result<Value, Error> {
    Ok(Value::from(truth))
}

fn argument(arguments: &[Value]) -> Result<&Value, Error> {
    arguments.first().ok_or_else(|| failure("the test is missing 1 required positional argument"))
}

fn equals(_: &mut State<'_, '_>, value: &Value, other: &[Value]) -> Result<Value, Error> {
    truth(equal(value, argument(other)?))
}

fn differs(_: &mut State<'_, '_>, value: &Value, other: &[Value]) -> Result<Value, Error> {
    truth(!equal(value, argument(other)?))
}

fn rest(value: &Value, divisor: i64, wanted: i64) -> Result<Value, Error> {
    let rest = operate(Operator::Modulo, value, &Value::from(divisor))?;
    truth(equal(&rest, &Value::from(wanted)))
}

fn methods(value: &Value, method: &str) -> Result<Value, Error> {
    crate::jinja::methods::text(&text(value), method, &[])
}

/// True for a list, and for what Python would have made a list.
pub fn is_list(value: &Value) -> bool {
    List::of(value).is_some() || own(value).downcast_object_ref::<List>().is_some()
}

fn is_iterable(value: &Value) -> bool {
    is_undefined(value) || !value.is_none() && value.try_iter().is_ok()
}

/// What has a length and items: also text and mappings, but no sets and no views.
fn is_sequence(value: &Value) -> bool {
    match value.kind() {
        ValueKind::String | ValueKind::Seq => true,
        ValueKind::Map => value.try_iter().is_ok(),
        ValueKind::Iterable => is_list(value),
        _ => is_undefined(value),
    }
}

/// Functions, macros and methods are told by the names of their types, because the engine does not say which objects
/// can be called: name a callable type `…Function`, `…Methods`, `…Macro…`, `…Callable` or `…Class`.
fn is_callable(value: &Value) -> bool {
    let is_plain_data = Decimal::of(value).is_some()
        || Dict::of(value).is_some()
        || Set::of(value).is_some()
        || is_list(value)
        || value.is_tuple()
        || value.downcast_object_ref::<View>().is_some()
        || value.downcast_object_ref::<Range>().is_some();
    let Some(object) = value.as_object().filter(|_| !is_plain_data) else { return value.is_undefined() };
    let name = object.type_name();
    let name = name.split('<').next().unwrap_or(name).rsplit("::").next().unwrap_or(name);
    is_undefined(value)
        || ["Function", "Methods", "Callable", "Class", "Joiner"].iter().any(|end| name.ends_with(end))
        || name.contains("Macro")
}

/// The same object, or equal simple values of the same kind.
fn is_same(value: &Value, other: &Value) -> bool {
    match (value.downcast_object::<List>(), other.downcast_object::<List>()) {
        (Some(left), Some(right)) => return std::sync::Arc::ptr_eq(&left, &right),
        (None, None) => {}
        (_, _) => return false,
    }
    match (value.downcast_object::<Dict>(), other.downcast_object::<Dict>()) {
        (Some(left), Some(right)) => return std::sync::Arc::ptr_eq(&left, &right),
        (None, None) => {}
        (_, _) => return false,
    }
    let is_tuple = |value: &Value| value.downcast_object_ref::<Tuple>().is_some();
    value.kind() == other.kind()
        && value.is_integer() == other.is_integer()
        && is_tuple(value) == is_tuple(other)
        && value == other
}
