//! Methods of Python's set.

use minijinja::{Error, State, Value};

use crate::jinja::value::{Set, bind, check_key, failure, items, no_method, repr};

/// Calls `method` of the set.
pub fn call(_state: &mut State<'_, '_>, set: &Set, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    match method {
        "add" | "discard" | "remove" => return change_one(set, method, arguments),
        "pop" => {
            bind("set.pop", arguments, [], 0)?;
            let first = set.edit(|members| members.shift_remove_index(0));
            return first.ok_or_else(|| failure("'pop from an empty set'"));
        }
        "clear" => {
            bind("set.clear", arguments, [], 0)?;
            set.edit(|members| members.clear());
            return Ok(Value::from(()));
        }
        "copy" => {
            bind("set.copy", arguments, [], 0)?;
            return Ok(Set::value(set.snapshot()));
        }
        _ => {}
    }
    let others = arguments.iter().map(items).collect::<Result<Vec<_>, _>>()?;
    if let Some(members) = combine(method.trim_end_matches("_update"), set.snapshot(), &others) {
        if method.ends_with("_update") || method == "update" {
            set.edit(|all| *all = members.into_iter().collect());
            return Ok(Value::from(()));
        }
        return Ok(Set::value(members));
    }
    judge(method, set, &others.concat()).map(Value::from).ok_or_else(|| no_method(&Set::value([]), method))
}

fn change_one(set: &Set, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    let [item] = arguments else {
        return Err(failure(format!("set.{method}() takes exactly one argument ({} given)", arguments.len())));
    };
    check_key(item)?;
    let was_there = match method {
        "add" => {
            set.edit(|members| members.insert(item.clone()));
            true
        }
        _ => set.edit(|members| members.shift_remove(item)),
    };
    if method == "remove" && !was_there { Err(failure(repr(item))) } else { Ok(Value::from(())) }
}

fn combine(method: &str, mut members: Vec<Value>, others: &[Vec<Value>]) -> Option<Vec<Value>> {
    match method {
        "union" | "update" => members.extend(others.concat()),
        "intersection" => members.retain(|member| others.iter().all(|other| other.contains(member))),
        "difference" => members.retain(|member| !others.iter().any(|other| other.contains(member))),
        "symmetric_difference" => {
            let other = others.concat();
            let added: Vec<Value> = other.iter().filter(|item| !members.contains(item)).cloned().collect();
            members.retain(|member| !other.contains(member));
            members.extend(added);
        }
        _ => return None,
    }
    Some(members)
}

fn judge(method: &str, set: &Set, other: &[Value]) -> Option<bool> {
    match method {
        "issubset" => Some(set.snapshot().iter().all(|member| other.contains(member))),
        "issuperset" => Some(other.iter().all(|item| set.contains(item))),
        "isdisjoint" => Some(!other.iter().any(|item| set.contains(item))),
        _ => None,
    }
}
