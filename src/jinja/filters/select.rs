//! Filters that go through a sequence item by item: map, select, reject, selectattr, rejectattr, sum, join.

use minijinja::{Error, State, Value};

use super::Body;
use super::attribute::Attribute;
use crate::jinja::is_undefined;
use crate::jinja::value::{List, Operator, bind, failure, items, operate, split, text};

pub const FILTERS: &[(&str, Body)] = &[
    ("map", map),
    ("select", |state, value, arguments| choose(state, value, arguments, true)),
    ("reject", |state, value, arguments| choose(state, value, arguments, false)),
    ("selectattr", |state, value, arguments| choose_by(state, value, arguments, true)),
    ("rejectattr", |state, value, arguments| choose_by(state, value, arguments, false)),
    ("sum", sum),
    ("join", join),
];

/// The items of `value`; none of whatever is false, as these filters look at nothing then.
fn members(value: &Value) -> Result<Vec<Value>, Error> {
    if value.is_true() { items(value) } else { Ok(Vec::new()) }
}

fn map(state: &mut State<'_, '_>, value: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let (positional, named) = split(arguments);
    let find = |name: &str| named.iter().find(|(known, _)| known == name).map(|(_, value)| value);
    let mut mapped = Vec::new();
    if let (Some(attribute), []) = (find("attribute"), positional) {
        let (attribute, default) = (Attribute::of(Some(attribute)), find("default"));
        for item in members(value)? {
            let part = attribute.get(state, &item)?;
            mapped.push(default.filter(|_| is_undefined(&part)).cloned().unwrap_or(part));
        }
        return Ok(List::value(mapped));
    }
    let Some(filter) = positional.first() else { return Err(failure("map requires a filter argument")) };
    for item in members(value)? {
        let mut all = vec![item];
        all.extend_from_slice(&arguments[1..]);
        mapped.push(state.apply_filter(&text(filter), &all)?);
    }
    Ok(List::value(mapped))
}

fn choose(state: &mut State<'_, '_>, value: &Value, arguments: &[Value], wanted: bool) -> Result<Value, Error> {
    keep(state, value, &Attribute::of(None), arguments, wanted)
}

fn choose_by(state: &mut State<'_, '_>, value: &Value, arguments: &[Value], wanted: bool) -> Result<Value, Error> {
    let Some((attribute, test)) = arguments.split_first() else {
        return Err(failure("Missing parameter for attribute name"));
    };
    keep(state, value, &Attribute::of(Some(attribute)), test, wanted)
}

fn keep(
    state: &mut State<'_, '_>,
    value: &Value,
    attribute: &Attribute,
    test: &[Value],
    wanted: bool,
) -> Result<Value, Error> {
    let mut kept = Vec::new();
    for item in members(value)? {
        let part = attribute.get(state, &item)?;
        let holds = match test.split_first() {
            None => part.is_true(),
            Some((name, more)) => {
                let mut all = vec![part];
                all.extend_from_slice(more);
                state.perform_test(&text(name), &all)?
            }
        };
        if holds == wanted {
            kept.push(item);
        }
    }
    Ok(List::value(kept))
}

fn sum(state: &mut State<'_, '_>, value: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let [attribute, start] = bind("sum", arguments, ["attribute", "start"], 0)?;
    let attribute = Attribute::of(attribute.as_ref());
    let mut total = start.unwrap_or_else(|| Value::from(0));
    for item in items(value)? {
        total = operate(Operator::Add, &total, &attribute.get(state, &item)?)?;
    }
    Ok(total)
}

fn join(state: &mut State<'_, '_>, value: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let [separator, attribute] = bind("join", arguments, ["d", "attribute"], 0)?;
    let attribute = Attribute::of(attribute.as_ref());
    let separator = separator.map_or_else(String::new, |separator| text(&separator));
    let mut joined = String::new();
    for (at, item) in items(value)?.iter().enumerate() {
        if at > 0 {
            joined.push_str(&separator);
        }
        joined.push_str(&text(&attribute.get(state, item)?));
    }
    Ok(Value::from(joined))
}
