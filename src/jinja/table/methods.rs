//! Methods of tables that give other tables, and those that print.

use std::cmp::Ordering;

use minijinja::value::{Tuple, ValueKind};
use minijinja::{Error, State, Value};

use super::mapped::Mapped;
use super::{ColumnType, Table, print};
use crate::jinja::value::{as_optional_integer, bind, compare, equal, failure, items, no_method, pairs, quote, text};

/// Calls `method` of the table.
pub fn call(state: &mut State<'_, '_>, table: &Table, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    match method {
        "select" | "exclude" => {
            let [key] = bind(method, arguments, ["key"], 1)?;
            choose(table, method, &key.unwrap_or_default())
        }
        "rename" => {
            let [names, _, _, _] =
                bind(method, arguments, ["column_names", "row_names", "slug_columns", "slug_rows"], 0)?;
            rename(table, names)
        }
        "limit" => limit(table, arguments),
        "order_by" => {
            let [key, reverse] = bind(method, arguments, ["key", "reverse"], 1)?;
            order_by(state, table, &key.unwrap_or_default(), reverse.is_some_and(|reverse| reverse.is_true()))
        }
        "distinct" => {
            let [key] = bind(method, arguments, ["key"], 0)?;
            distinct(state, table, key)
        }
        "where" | "find" => {
            let [test] = bind(method, arguments, ["test"], 1)?;
            filter(state, table, method, &test.unwrap_or_default())
        }
        "group_by" => {
            let [key, name, _] = bind(method, arguments, ["key", "key_name", "key_type"], 1)?;
            group_by(state, table, &key.unwrap_or_default(), name)
        }
        "join" => join(table, arguments),
        "print_table" | "print_csv" | "print_json" | "print_structure" => {
            let written = print::written(table, method, arguments)?;
            if let Some(print) = state.lookup("print") {
                print.call(state, &[Value::from(written)])?;
            }
            Ok(Value::from(()))
        }
        "to_json" => print::json(table).map(Value::from),
        "to_csv" => Ok(Value::from(print::csv(table))),
        _ => Err(no_method(&Table::empty(), method)),
    }
}

/// `table` with other rows.
fn with_rows(table: &Table, rows: Vec<Vec<Value>>) -> Value {
    Table::value(table.names().to_vec(), table.types().to_vec(), rows)
}

/// `table` with only the columns at `places`.
fn with_columns(table: &Table, places: &[usize]) -> Value {
    let pick = |row: &Vec<Value>| places.iter().map(|at| row[*at].clone()).collect();
    Table::value(
        places.iter().map(|at| table.names()[*at].clone()).collect(),
        places.iter().map(|at| table.types()[*at]).collect(),
        table.rows().iter().map(pick).collect(),
    )
}

fn one_or_more(key: &Value) -> Result<Vec<String>, Error> {
    match key.as_str() {
        Some(name) => Ok(vec![name.to_string()]),
        None => Ok(items(key)?.iter().map(text).collect()),
    }
}

fn place(table: &Table, name: &str) -> Result<usize, Error> {
    table.place(name).ok_or_else(|| failure(format!("the table has no column {}", quote(name))))
}

fn places(table: &Table, key: &Value) -> Result<Vec<usize>, Error> {
    one_or_more(key)?.iter().map(|name| place(table, name)).collect()
}

fn choose(table: &Table, method: &str, key: &Value) -> Result<Value, Error> {
    if method == "select" {
        return Ok(with_columns(table, &places(table, key)?));
    }
    let left_out = one_or_more(key)?;
    let kept: Vec<usize> = (0..table.names().len()).filter(|at| !left_out.contains(&table.names()[*at])).collect();
    Ok(with_columns(table, &kept))
}

fn rename(table: &Table, names: Option<Value>) -> Result<Value, Error> {
    let mut renamed = table.names().to_vec();
    match names.filter(|names| !names.is_none()) {
        None => {}
        Some(names) if names.kind() == ValueKind::Map => {
            for (old, new) in pairs(&names)? {
                if let Some(at) = table.place(&text(&old)) {
                    renamed[at] = text(&new);
                }
            }
        }
        Some(names) => {
            let given = one_or_more(&names)?;
            if given.len() != renamed.len() {
                return Err(failure("the number of new names is not the number of columns"));
            }
            renamed = given;
        }
    }
    Ok(Table::value(renamed, table.types().to_vec(), table.rows().to_vec()))
}

fn limit(table: &Table, arguments: &[Value]) -> Result<Value, Error> {
    let [first, stop, step] = bind("limit", arguments, ["start_or_stop", "stop", "step"], 0)?;
    let first = as_optional_integer(first.as_ref())?;
    let stop = as_optional_integer(stop.as_ref())?;
    let step = as_optional_integer(step.as_ref())?.unwrap_or(1).max(1) as usize;
    let (start, stop) = if stop.is_some() || step > 1 { (first, stop) } else { (None, first) };
    let count = table.rows().len() as i64;
    let bound = |at: i64| (if at < 0 { at + count } else { at }).clamp(0, count) as usize;
    let (start, stop) = (start.map_or(0, bound), stop.map_or(count as usize, bound));
    let rows = table.rows().get(start..stop.max(start)).unwrap_or_default();
    Ok(with_rows(table, rows.iter().step_by(step).cloned().collect()))
}

/// What a row is ordered, grouped or told apart by: a column, several, or what a macro gives for it.
fn keys(state: &mut State<'_, '_>, table: &Table, key: &Value) -> Result<Vec<Value>, Error> {
    if matches!(key.kind(), ValueKind::String | ValueKind::Seq | ValueKind::Iterable) {
        let places = places(table, key)?;
        let of_row = |row: &Vec<Value>| match (key.as_str(), places.as_slice()) {
            (Some(_), [at]) => row[*at].clone(),
            (_, places) => Value::from(Tuple::new(places.iter().map(|at| row[*at].clone()).collect())),
        };
        return Ok(table.rows().iter().map(of_row).collect());
    }
    items(&table.rows_value())?.iter().map(|row| key.call(state, std::slice::from_ref(row))).collect()
}

/// agate's order: nulls after everything else.
pub fn null_last(left: &Value, right: &Value) -> Ordering {
    if left.is_tuple() && right.is_tuple() {
        let (left, right) = (items(left).unwrap_or_default(), items(right).unwrap_or_default());
        let orders = left.iter().zip(&right).map(|(left, right)| null_last(left, right));
        return orders.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal);
    }
    match (left.is_none(), right.is_none()) {
        (false, false) => compare("<", left, right).ok().flatten().unwrap_or(Ordering::Equal),
        (left, right) => left.cmp(&right),
    }
}

fn order_by(state: &mut State<'_, '_>, table: &Table, key: &Value, reverse: bool) -> Result<Value, Error> {
    let mut keyed: Vec<(Value, &Vec<Value>)> = keys(state, table, key)?.into_iter().zip(table.rows()).collect();
    keyed.sort_by(|left, right| {
        let order = null_last(&left.0, &right.0);
        if reverse { order.reverse() } else { order }
    });
    Ok(with_rows(table, keyed.into_iter().map(|(_, row)| row.clone()).collect()))
}

fn distinct(state: &mut State<'_, '_>, table: &Table, key: Option<Value>) -> Result<Value, Error> {
    let keys = match key.filter(|key| !key.is_none()) {
        Some(key) => keys(state, table, &key)?,
        None => table.rows().iter().map(|row| Value::from(Tuple::new(row.clone()))).collect(),
    };
    let mut seen: Vec<&Value> = Vec::new();
    let mut rows = Vec::new();
    for (key, row) in keys.iter().zip(table.rows()) {
        if !seen.iter().any(|known| equal(known, key)) {
            seen.push(key);
            rows.push(row.clone());
        }
    }
    Ok(with_rows(table, rows))
}

fn filter(state: &mut State<'_, '_>, table: &Table, method: &str, test: &Value) -> Result<Value, Error> {
    let mut rows = Vec::new();
    for (value, row) in items(&table.rows_value())?.into_iter().zip(table.rows()) {
        if test.call(state, std::slice::from_ref(&value))?.is_true() {
            if method == "find" {
                return Ok(value);
            }
            rows.push(row.clone());
        }
    }
    Ok(if method == "find" { Value::from(()) } else { with_rows(table, rows) })
}

fn group_by(state: &mut State<'_, '_>, table: &Table, key: &Value, name: Option<Value>) -> Result<Value, Error> {
    let mut groups: Vec<(Value, Vec<Vec<Value>>)> = Vec::new();
    for (key, row) in keys(state, table, key)?.into_iter().zip(table.rows()) {
        match groups.iter_mut().find(|(known, _)| equal(known, &key)) {
            Some((_, rows)) => rows.push(row.clone()),
            None => groups.push((key, vec![row.clone()])),
        }
    }
    let name = name.map(|name| text(&name)).or_else(|| key.as_str().map(String::from));
    let (keys, rows): (Vec<Value>, Vec<Vec<Vec<Value>>>) = groups.into_iter().unzip();
    let tables = rows.into_iter().map(|rows| with_rows(table, rows)).collect();
    Ok(Mapped::groups(&name.unwrap_or_else(|| "group".to_string()), keys, tables))
}

fn join(left: &Table, arguments: &[Value]) -> Result<Value, Error> {
    let names = ["right_table", "left_key", "right_key", "inner", "full_outer", "require_match", "columns"];
    let [right, left_key, right_key, inner, full_outer, _, columns] = bind("join", arguments, names, 1)?;
    let right = right.unwrap_or_default();
    let Some(right) = Table::of(&right) else { return Err(failure("join() wants a table")) };
    let is_set = |flag: Option<Value>| flag.is_some_and(|flag| flag.is_true());
    let (inner, full_outer) = (is_set(inner), is_set(full_outer));
    let left_key = left_key.filter(|key| !key.is_none());
    let right_key = right_key.filter(|key| !key.is_none()).or_else(|| left_key.clone());
    let left_at = left_key.as_ref().map(|key| places(left, key)).transpose()?;
    let right_at = right_key.as_ref().map(|key| places(right, key)).transpose()?;
    let kept: Vec<usize> = match columns.filter(|columns| !columns.is_none()) {
        Some(columns) => places(right, &columns)?,
        None => {
            let is_key = |at: &usize| !full_outer && right_at.as_ref().is_some_and(|places| places.contains(at));
            (0..right.names().len()).filter(|at| !is_key(at)).collect()
        }
    };
    let rows = joined_rows(Sides { left, right, left_at, right_at, kept: &kept, inner, full_outer });
    let mut names = left.names().to_vec();
    for at in &kept {
        let name = &right.names()[*at];
        names.push(if names.contains(name) { format!("{name}2") } else { name.clone() });
    }
    let types: Vec<ColumnType> = left.types().iter().copied().chain(kept.iter().map(|at| right.types()[*at])).collect();
    Ok(Table::value(names, types, rows))
}

struct Sides<'a> {
    left: &'a Table,
    right: &'a Table,
    /// Columns that are compared; the number of the row if there are none.
    left_at: Option<Vec<usize>>,
    right_at: Option<Vec<usize>>,
    /// Columns of the right table that the result has.
    kept: &'a [usize],
    inner: bool,
    full_outer: bool,
}

fn joined_rows(sides: Sides<'_>) -> Vec<Vec<Value>> {
    let matches = |left: usize, right: usize| match (&sides.left_at, &sides.right_at) {
        (Some(left_at), Some(right_at)) => left_at.iter().zip(right_at).all(|(left_column, right_column)| {
            equal(&sides.left.rows()[left][*left_column], &sides.right.rows()[right][*right_column])
        }),
        (_, _) => left == right,
    };
    let none = || Value::from(());
    let right_part = |at: Option<usize>| {
        sides.kept.iter().map(move |column| at.map_or_else(none, |at| sides.right.rows()[at][*column].clone()))
    };
    let mut used = vec![false; sides.right.rows().len()];
    let mut rows = Vec::new();
    for (at, row) in sides.left.rows().iter().enumerate() {
        let found: Vec<usize> = (0..used.len()).filter(|right| matches(at, *right)).collect();
        for right in &found {
            used[*right] = true;
            rows.push(row.iter().cloned().chain(right_part(Some(*right))).collect());
        }
        if found.is_empty() && !sides.inner {
            rows.push(row.iter().cloned().chain(right_part(None)).collect());
        }
    }
    if sides.full_outer {
        for right in (0..used.len()).filter(|right| !used[*right]) {
            let left = sides.left.names().iter().map(|_| none());
            rows.push(left.chain(right_part(Some(right))).collect());
        }
    }
    rows
}
