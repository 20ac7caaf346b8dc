//! Methods of Python's list and tuple.

use minijinja::{Error, State, Value};

use crate::jinja::value::{List, as_integer, as_optional_integer, bind, equal, failure, items, no_method, repr, sort};

/// Calls `method` of the list.
pub fn call(state: &mut State<'_, '_>, list: &List, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    match method {
        "append" => {
            let item = one("list.append", arguments)?;
            list.push(item);
        }
        "extend" => {
            let more = items(&one("list.extend", arguments)?)?;
            list.edit(|items| items.extend(more));
        }
        "insert" => insert(list, arguments)?,
        "pop" => return pop(list, arguments),
        "remove" => {
            let item = one("list.remove", arguments)?;
            let at = list.snapshot().iter().position(|found| equal(found, &item));
            let at = at.ok_or_else(|| failure("list.remove(x): x not in list"))?;
            list.edit(|items| items.remove(at));
        }
        "clear" => {
            bind("list.clear", arguments, [], 0)?;
            list.edit(Vec::clear);
        }
        "reverse" => {
            bind("list.reverse", arguments, [], 0)?;
            list.edit(|items| items.reverse());
        }
        "copy" => {
            bind("list.copy", arguments, [], 0)?;
            return Ok(List::value(list.snapshot()));
        }
        "sort" => sort_list(state, list, arguments)?,
        "index" => return index("list", &list.snapshot(), arguments),
        "count" => return count("list.count", &list.snapshot(), arguments),
        _ => return Err(no_method(&List::value(Vec::new()), method)),
    }
    Ok(Value::from(()))
}

/// Calls `method` of a tuple.
pub fn call_tuple(tuple: &Value, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    match method {
        "index" => index("tuple", &items(tuple)?, arguments),
        "count" => count("tuple.count", &items(tuple)?, arguments),
        _ => Err(no_method(tuple, method)),
    }
}

fn one(function: &str, arguments: &[Value]) -> Result<Value, Error> {
    match arguments {
        [argument] if !argument.is_kwargs() => Ok(argument.clone()),
        _ => Err(failure(format!("{function}() takes exactly one argument ({} given)", arguments.len()))),
    }
}

fn insert(list: &List, arguments: &[Value]) -> Result<(), Error> {
    let [at, item] = arguments else {
        return Err(failure(format!("insert expected 2 arguments, got {}", arguments.len())));
    };
    let at = as_integer(at)?;
    let item = item.clone();
    list.edit(|items| {
        let at = place(at, items.len()).clamp(0, items.len() as i64);
        items.insert(at as usize, item);
    });
    Ok(())
}

/// A Python index as one counted from the front; may lie outside.
fn place(at: i64, length: usize) -> i64 {
    if at < 0 { at + length as i64 } else { at }
}

fn pop(list: &List, arguments: &[Value]) -> Result<Value, Error> {
    let [at] = bind("list.pop", arguments, ["index"], 0)?;
    let at = at.as_ref().map_or(Ok(-1), as_integer)?;
    list.edit(|items| {
        if items.is_empty() {
            return Err(failure("pop from empty list"));
        }
        let at = usize::try_from(place(at, items.len())).ok().filter(|at| *at < items.len());
        at.map(|at| items.remove(at)).ok_or_else(|| failure("pop index out of range"))
    })
}

fn sort_list(state: &mut State<'_, '_>, list: &List, arguments: &[Value]) -> Result<(), Error> {
    let [key, reverse] = bind("sort", arguments, ["key", "reverse"], 0)?;
    let key = key.filter(|key| !key.is_none());
    let mut keyed = Vec::new();
    for item in list.snapshot() {
        let by = match &key {
            Some(key) => key.call(state, std::slice::from_ref(&item))?,
            None => item.clone(),
        };
        keyed.push((by, item));
    }
    sort(&mut keyed, reverse.is_some_and(|reverse| reverse.is_true()))?;
    list.edit(|items| *items = keyed.into_iter().map(|(_, item)| item).collect());
    Ok(())
}

fn index(type_name: &str, items: &[Value], arguments: &[Value]) -> Result<Value, Error> {
    let [item, start, stop] = bind("index", arguments, ["value", "start", "stop"], 1)?;
    let item = item.unwrap_or_default();
    let bound = |at: Option<i64>, absent: usize| match at {
        Some(at) => place(at, items.len()).clamp(0, items.len() as i64) as usize,
        None => absent,
    };
    let start = bound(as_optional_integer(start.as_ref())?, 0);
    let stop = bound(as_optional_integer(stop.as_ref())?, items.len());
    let found = (start..stop).find(|at| equal(&items[*at], &item));
    found.map(Value::from).ok_or_else(|| match type_name {
        "tuple" => failure("tuple.index(x): x not in tuple"),
        _ => failure(format!("{} is not in list", repr(&item))),
    })
}

fn count(function: &str, items: &[Value], arguments: &[Value]) -> Result<Value, Error> {
    let item = one(function, arguments)?;
    Ok(Value::from(items.iter().filter(|found| equal(found, &item)).count()))
}
