//! Functions that walk through a sequence: islice, groupby, accumulate, takewhile and the like.

use minijinja::value::Tuple;
use minijinja::{Error, State, Value};

use super::Body;
use crate::jinja::value::{
    Operator, View, as_optional_integer, bind, equal, failure, items, operate, split, type_name,
};

pub const FUNCTIONS: &[(&str, Body)] = &[
    ("islice", islice),
    ("groupby", groupby),
    ("accumulate", accumulate),
    ("starmap", starmap),
    ("takewhile", takewhile),
    ("dropwhile", dropwhile),
    ("filterfalse", filterfalse),
    ("compress", compress),
    ("pairwise", pairwise),
    ("tee", tee),
];

/// What Python would compute item by item.
pub fn generator(all: Vec<Value>) -> Value {
    View::value("generator", all)
}

/// Steps through `sequence` without asking for more items than are used.
fn walk(sequence: &Value) -> Result<impl Iterator<Item = Result<Value, Error>>, Error> {
    match sequence.try_iter() {
        Ok(iterator) if !sequence.is_none() => Ok(iterator.checked()),
        Ok(_) | Err(_) => Err(failure(format!("'{}' object is not iterable", type_name(sequence)))),
    }
}

fn islice(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let (positional, _) = split(arguments);
    let Some((sequence, bounds)) = positional.split_first() else {
        return Err(failure("islice expected at least 2 arguments, got 0"));
    };
    let number = |at: usize| as_optional_integer(bounds.get(at));
    let (start, stop, step) = match bounds.len() {
        1 => (None, number(0)?, None),
        _ => (number(0)?, number(1)?, number(2)?),
    };
    let (start, step) = (start.unwrap_or(0), step.unwrap_or(1));
    if start < 0 || stop.is_some_and(|stop| stop < 0) || step < 1 {
        return Err(failure("Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize."));
    }
    let stop = stop.map_or(usize::MAX, |stop| stop as usize);
    let taken = walk(sequence)?.take(stop).skip(start as usize).step_by(step as usize);
    taken.collect::<Result<Vec<_>, _>>().map(generator)
}

fn groupby(state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let [sequence, key] = bind("groupby", arguments, ["iterable", "key"], 1)?;
    let key = key.filter(|key| !key.is_none());
    let mut groups: Vec<(Value, Vec<Value>)> = Vec::new();
    for item in items(&sequence.unwrap_or_default())? {
        let by = match &key {
            Some(key) => key.call(state, std::slice::from_ref(&item))?,
            None => item.clone(),
        };
        match groups.last_mut().filter(|(last, _)| equal(last, &by)) {
            Some((_, members)) => members.push(item),
            None => groups.push((by, vec![item])),
        }
    }
    let pair = |(key, members)| Value::from(Tuple::from([key, generator(members)]));
    Ok(generator(groups.into_iter().map(pair).collect()))
}

fn accumulate(state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let [sequence, function, initial] = bind("accumulate", arguments, ["iterable", "func", "initial"], 1)?;
    let function = function.filter(|function| !function.is_none());
    let mut total = initial.filter(|initial| !initial.is_none());
    let mut totals: Vec<Value> = total.iter().cloned().collect();
    for item in items(&sequence.unwrap_or_default())? {
        let next = match (&total, &function) {
            (None, _) => item,
            (Some(total), Some(function)) => function.call(state, &[total.clone(), item])?,
            (Some(total), None) => operate(Operator::Add, total, &item)?,
        };
        totals.push(next.clone());
        total = Some(next);
    }
    Ok(generator(totals))
}

fn starmap(state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let [function, sequence] = bind("starmap", arguments, ["function", "iterable"], 2)?;
    let function = function.unwrap_or_default();
    let mut results = Vec::new();
    for row in items(&sequence.unwrap_or_default())? {
        results.push(function.call(state, &items(&row)?)?);
    }
    Ok(generator(results))
}

fn holds(state: &mut State<'_, '_>, predicate: &Value, item: &Value) -> Result<bool, Error> {
    match predicate.is_none() {
        true => Ok(item.is_true()),
        false => Ok(predicate.call(state, std::slice::from_ref(item))?.is_true()),
    }
}

fn takewhile(state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let [predicate, sequence] = bind("takewhile", arguments, ["predicate", "iterable"], 2)?;
    let predicate = predicate.unwrap_or_default();
    let mut taken = Vec::new();
    for item in walk(&sequence.unwrap_or_default())? {
        let item = item?;
        if !holds(state, &predicate, &item)? {
            break;
        }
        taken.push(item);
    }
    Ok(generator(taken))
}

fn dropwhile(state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let [predicate, sequence] = bind("dropwhile", arguments, ["predicate", "iterable"], 2)?;
    let predicate = predicate.unwrap_or_default();
    let mut kept = Vec::new();
    for item in items(&sequence.unwrap_or_default())? {
        if !kept.is_empty() || !holds(state, &predicate, &item)? {
            kept.push(item);
        }
    }
    Ok(generator(kept))
}

fn filterfalse(state: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let [predicate, sequence] = bind("filterfalse", arguments, ["predicate", "iterable"], 2)?;
    let predicate = predicate.unwrap_or_default();
    let mut kept = Vec::new();
    for item in items(&sequence.unwrap_or_default())? {
        if !holds(state, &predicate, &item)? {
            kept.push(item);
        }
    }
    Ok(generator(kept))
}

fn compress(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let [sequence, selectors] = bind("compress", arguments, ["data", "selectors"], 2)?;
    let selectors = items(&selectors.unwrap_or_default())?;
    let kept = items(&sequence.unwrap_or_default())?.into_iter().zip(selectors);
    Ok(generator(kept.filter(|(_, selector)| selector.is_true()).map(|(item, _)| item).collect()))
}

fn pairwise(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let [sequence] = bind("pairwise", arguments, ["iterable"], 1)?;
    let all = items(&sequence.unwrap_or_default())?;
    let pair = |pair: &[Value]| Value::from(Tuple::new(pair.to_vec()));
    Ok(generator(all.windows(2).map(pair).collect()))
}

fn tee(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let [sequence, count] = bind("tee", arguments, ["iterable", "n"], 1)?;
    let all = items(&sequence.unwrap_or_default())?;
    let count = as_optional_integer(count.as_ref())?.unwrap_or(2).clamp(0, 1000);
    Ok(Value::from(Tuple::new((0..count).map(|_| generator(all.clone())).collect())))
}
