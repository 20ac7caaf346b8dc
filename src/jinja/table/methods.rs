//! Methods of tables that give other tables, and those that print.

use std::cmp::Ordering;

use minijinja::value::{Kwargs, Tuple, ValueKind};
use minijinja::{Error, State, Value};

use super::mapped::Mapped;
use super::{ColumnType, Layout, Table, print, reshape};
use crate::jinja::value::{
    as_optional_integer, bind, compare, equal, failure, items, no_method, pairs, quote, split, text,
};

/// Calls `method` of the table.
pub fn call(state: &mut State<'_, '_>, table: &Table, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    match method {
        "select" | "exclude" => {
            let [key] = bind(method, arguments, ["key"], 1)?;
            choose(table, method, &key.unwrap_or_default())
        }
        "rename" => rename(table, arguments),
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
        "print_table" | "print_csv" | "print_json" | "print_structure" | "print_html" => {
            let written = print::written(table, method, arguments)?;
            print(state, &written)
        }
        "to_json" | "to_csv" => write_file(table, method, arguments),
        _ => reshape::call(state, table, method, arguments).unwrap_or_else(|| Err(no_method(&Table::empty(), method))),
    }
}

/// Prints a text as `print` does.
pub fn print(state: &mut State<'_, '_>, written: &str) -> Result<Value, Error> {
    if let Some(print) = state.lookup("print") {
        print.call(state, &[Value::from(written)])?;
    }
    Ok(Value::from(()))
}

/// Writes the table to the file that is named first.
fn write_file(table: &Table, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    let (positional, mut named) = split(arguments);
    let named_path = named.iter().position(|(name, _)| name == "path").map(|at| named.remove(at).1);
    let path = positional.first().cloned().or(named_path);
    let path = path.ok_or_else(|| failure(format!("{method}() missing required argument: 'path'")))?;
    let options = Value::from(Kwargs::from_iter(named));
    let printing = if method == "to_csv" { "print_csv" } else { "print_json" };
    let mut written = print::written(table, printing, &[options])?;
    if method == "to_csv" {
        written.push('\n');
    }
    let path = std::path::PathBuf::from(text(&path));
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&path, written));
    made.map_err(|error| failure(format!("cannot write {}: {error}", path.display())))?;
    Ok(Value::from(()))
}

/// `table` with only the rows at `places`.
fn with_rows(table: &Table, places: &[usize]) -> Value {
    let rows = places.iter().map(|at| table.rows()[*at].clone()).collect();
    let names = table.row_names().map(|names| places.iter().filter_map(|at| names.get(*at).cloned()).collect());
    Layout::of(table).table(rows, names)
}

/// `table` with only the columns at `places`.
fn with_columns(table: &Table, places: &[usize]) -> Value {
    let pick = |row: &Vec<Value>| places.iter().map(|at| row[*at].clone()).collect();
    let mut layout = Layout::default();
    places.iter().for_each(|at| layout.add(table.names()[*at].clone(), table.types()[*at]));
    layout.table(table.rows().iter().map(pick).collect(), table.row_names().map(<[Value]>::to_vec))
}

/// One name, or all of a list.
pub fn one_or_more(key: &Value) -> Result<Vec<String>, Error> {
    match key.as_str() {
        Some(name) => Ok(vec![name.to_string()]),
        None => Ok(items(key)?.iter().map(text).collect()),
    }
}

/// Place of the column of a name.
pub fn place(table: &Table, name: &str) -> Result<usize, Error> {
    table
        .place(name)
        .ok_or_else(|| failure(format!("tuple.index(x): x not in tuple: there is no column {}", quote(name))))
}

/// Places of the columns of one name or several.
pub fn places(table: &Table, key: &Value) -> Result<Vec<usize>, Error> {
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

fn rename(table: &Table, arguments: &[Value]) -> Result<Value, Error> {
    let options = ["column_names", "row_names", "slug_columns", "slug_rows"];
    let [names, row_names, slugs, row_slugs] = bind("rename", arguments, options, 0)?;
    let columns: Vec<Value> = table.names().iter().map(|name| Value::from(name.as_str())).collect();
    let renamed = renamed(Some(&columns), names)?.unwrap_or(columns);
    let rows = renamed_rows(table, row_names)?;
    if renamed.len() != table.names().len() {
        return Err(failure("the number of new names is not the number of columns"));
    }
    let is_set = |flag: Option<Value>| flag.is_some_and(|flag| flag.is_true());
    let (slugs, row_slugs) = (is_set(slugs), is_set(row_slugs));
    let mut layout = Layout::default();
    for (name, kind) in renamed.iter().zip(table.types()) {
        layout.add(if slugs { slug(&text(name)) } else { text(name) }, *kind);
    }
    let rows = rows.map(|rows| match row_slugs {
        true => rows.iter().map(|name| Value::from(slug(&text(name)))).collect(),
        false => rows,
    });
    Ok(layout.table(table.rows().to_vec(), rows))
}

fn renamed_rows(table: &Table, given: Option<Value>) -> Result<Option<Vec<Value>>, Error> {
    let given = given.filter(|given| !given.is_none());
    if given.as_ref().is_some_and(|given| given.kind() == ValueKind::Map) && table.row_names().is_none() {
        return Err(failure("'NoneType' object is not iterable"));
    }
    renamed(table.row_names(), given)
}

/// Names that a dict changes or a list replaces.
fn renamed(names: Option<&[Value]>, given: Option<Value>) -> Result<Option<Vec<Value>>, Error> {
    match given.filter(|given| !given.is_none()) {
        None => Ok(names.map(<[Value]>::to_vec)),
        Some(given) if given.kind() == ValueKind::Map => {
            let changes = pairs(&given)?;
            let change = |name: &Value| {
                changes.iter().find(|(old, _)| equal(old, name)).map_or_else(|| name.clone(), |(_, new)| new.clone())
            };
            Ok(names.map(|names| names.iter().map(change).collect()))
        }
        Some(given) => items(&given).map(Some),
    }
}

/// A name of small letters, digits and underscores.
fn slug(name: &str) -> String {
    let letters: String = name.to_lowercase().chars().map(|it| if it.is_alphanumeric() { it } else { ' ' }).collect();
    letters.split_whitespace().collect::<Vec<_>>().join("_")
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
    Ok(with_rows(table, &(start..stop.max(start)).step_by(step).collect::<Vec<_>>()))
}

/// What a row is ordered, grouped or told apart by: a column, several, or what a macro gives for it.
pub fn keys(state: &mut State<'_, '_>, table: &Table, key: &Value) -> Result<Vec<Value>, Error> {
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
    let keys = keys(state, table, key)?;
    let mut places: Vec<usize> = (0..table.rows().len()).collect();
    places.sort_by(|left, right| {
        let order = null_last(&keys[*left], &keys[*right]);
        if reverse { order.reverse() } else { order }
    });
    Ok(with_rows(table, &places))
}

fn distinct(state: &mut State<'_, '_>, table: &Table, key: Option<Value>) -> Result<Value, Error> {
    let keys = match key.filter(|key| !key.is_none()) {
        Some(key) => keys(state, table, &key)?,
        None => table.rows().iter().map(|row| Value::from(Tuple::new(row.clone()))).collect(),
    };
    let is_first = |at: &usize| !keys[..*at].iter().any(|known| equal(known, &keys[*at]));
    Ok(with_rows(table, &(0..keys.len()).filter(is_first).collect::<Vec<_>>()))
}

fn filter(state: &mut State<'_, '_>, table: &Table, method: &str, test: &Value) -> Result<Value, Error> {
    let mut places = Vec::new();
    for (at, value) in items(&table.rows_value())?.into_iter().enumerate() {
        if test.call(state, std::slice::from_ref(&value))?.is_true() {
            if method == "find" {
                return Ok(value);
            }
            places.push(at);
        }
    }
    Ok(if method == "find" { Value::from(()) } else { with_rows(table, &places) })
}

fn group_by(state: &mut State<'_, '_>, table: &Table, key: &Value, name: Option<Value>) -> Result<Value, Error> {
    // What a macro gives is text.
    let kind = key.as_str().map(|name| place(table, name)).transpose()?.map(|at| table.types()[at]);
    let mut groups: Vec<(Value, Vec<usize>)> = Vec::new();
    for (at, found) in keys(state, table, key)?.into_iter().enumerate() {
        let found = if kind.is_some() || found.is_tuple() { found } else { Value::from(text(&found)) };
        match groups.iter_mut().find(|(known, _)| equal(known, &found)) {
            Some((_, places)) => places.push(at),
            None => groups.push((found, vec![at])),
        }
    }
    let name = name.filter(|name| !name.is_none()).map(|name| text(&name)).or_else(|| key.as_str().map(String::from));
    let name = name.unwrap_or_else(|| "group".to_string());
    let (keys, places): (Vec<Value>, Vec<Vec<usize>>) = groups.into_iter().unzip();
    let tables = places.iter().map(|places| with_rows(table, places)).collect();
    Ok(Mapped::groups(&name, kind.unwrap_or(ColumnType::Text), keys, tables))
}

fn join(left: &Table, arguments: &[Value]) -> Result<Value, Error> {
    let names = ["right_table", "left_key", "right_key", "inner", "full_outer", "require_match", "columns"];
    let [right, left_key, right_key, inner, full_outer, require_match, columns] = bind("join", arguments, names, 1)?;
    let right = right.unwrap_or_default();
    let Some(right) = Table::of(&right) else { return Err(failure("join() wants a table")) };
    let is_set = |flag: Option<Value>| flag.is_some_and(|flag| flag.is_true());
    let (inner, full_outer, require_match) = (is_set(inner), is_set(full_outer), is_set(require_match));
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
    let rows = joined_rows(Sides { left, right, left_at, right_at, kept: &kept, inner, full_outer, require_match })?;
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
    require_match: bool,
}

fn joined_rows(sides: Sides<'_>) -> Result<Vec<Vec<Value>>, Error> {
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
        if found.is_empty() && sides.require_match {
            let key = sides.left_at.as_ref().map_or_else(
                || at.to_string(),
                |places| match places.as_slice() {
                    [at] => text(&row[*at]),
                    places => text(&Value::from(Tuple::new(places.iter().map(|at| row[*at].clone()).collect()))),
                },
            );
            return Err(failure(format!("Left key \"{key}\" does not have a matching right key.")));
        }
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
    Ok(rows)
}
