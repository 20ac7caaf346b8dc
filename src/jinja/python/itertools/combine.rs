//! Functions that combine items: product, permutations, combinations, zip_longest.

use minijinja::value::Tuple;
use minijinja::{Error, State, Value};

use super::Body;
use super::walk::generator;
use crate::jinja::value::{as_integer, as_optional_integer, bind, failure, items, split};

/// Most rows that a function here makes.
const MOST_ROWS: usize = 1_000_000;

pub const FUNCTIONS: &[(&str, Body)] = &[
    ("product", product),
    ("permutations", permutations),
    ("combinations", |_, arguments| combinations("combinations", arguments, 1)),
    ("combinations_with_replacement", |_, arguments| combinations("combinations_with_replacement", arguments, 0)),
    ("zip_longest", zip_longest),
];

fn rows(rows: Vec<Vec<Value>>) -> Value {
    generator(rows.into_iter().map(|row| Value::from(Tuple::new(row))).collect())
}

fn check_size(rows: usize) -> Result<(), Error> {
    if rows > MOST_ROWS { Err(failure(format!("more than {MOST_ROWS} combinations"))) } else { Ok(()) }
}

fn product(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let (positional, named) = split(arguments);
    let repeat = named.iter().find(|(name, _)| name == "repeat").map_or(Ok(1), |(_, count)| as_integer(count))?;
    let pools = positional.iter().map(items).collect::<Result<Vec<_>, _>>()?;
    let mut all = vec![Vec::new()];
    for _ in 0..repeat {
        for pool in &pools {
            check_size(all.len().saturating_mul(pool.len()))?;
            let extended = all.iter().flat_map(|row: &Vec<Value>| {
                pool.iter().map(move |item| row.iter().cloned().chain([item.clone()]).collect::<Vec<_>>())
            });
            all = extended.collect();
        }
    }
    Ok(rows(all))
}

fn permutations(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let [sequence, size] = bind("permutations", arguments, ["iterable", "r"], 1)?;
    let pool = items(&sequence.unwrap_or_default())?;
    let size = as_optional_integer(size.as_ref())?.map_or(pool.len(), |size| size.max(0) as usize);
    let mut places: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..size {
        check_size(places.len().saturating_mul(pool.len()))?;
        places = extend(&places, |row, at| !row.contains(&at), pool.len());
    }
    Ok(rows(pick(&pool, places)))
}

/// Combinations in order; `gap` is how far each place lies at least behind the one before it.
fn combinations(function: &str, arguments: &[Value], gap: usize) -> Result<Value, Error> {
    let [sequence, size] = bind(function, arguments, ["iterable", "r"], 2)?;
    let pool = items(&sequence.unwrap_or_default())?;
    let size = as_integer(&size.unwrap_or_default())?.max(0) as usize;
    let mut places: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..size {
        check_size(places.len().saturating_mul(pool.len()))?;
        places = extend(&places, |row, at| row.last().is_none_or(|last| at >= last + gap), pool.len());
    }
    Ok(rows(pick(&pool, places)))
}

/// Each row with each further place that fits behind it.
fn extend(rows: &[Vec<usize>], fits: impl Fn(&[usize], usize) -> bool, length: usize) -> Vec<Vec<usize>> {
    let mut extended = Vec::new();
    for row in rows {
        for at in (0..length).filter(|at| fits(row, *at)) {
            extended.push(row.iter().copied().chain([at]).collect());
        }
    }
    extended
}

fn pick(pool: &[Value], places: Vec<Vec<usize>>) -> Vec<Vec<Value>> {
    places.into_iter().map(|row| row.into_iter().map(|at| pool[at].clone()).collect()).collect()
}

fn zip_longest(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let (positional, named) = split(arguments);
    let fill = named.into_iter().find(|(name, _)| name == "fillvalue").map_or(Value::from(()), |(_, fill)| fill);
    let columns = positional.iter().map(items).collect::<Result<Vec<_>, _>>()?;
    let length = columns.iter().map(Vec::len).max().unwrap_or_default();
    let row = |at: usize| columns.iter().map(|column| column.get(at).unwrap_or(&fill).clone()).collect();
    Ok(rows((0..length).map(row).collect()))
}
