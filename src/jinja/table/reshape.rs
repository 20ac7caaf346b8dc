//! Methods that give tables with other columns: `pivot`, `normalize`, `denormalize`, `bins`, `merge` and the like.

use minijinja::value::Tuple;
use minijinja::{Error, State, Value};

use super::bins;
use super::guess::guess;
use super::kind::number;
use super::methods::{keys, one_or_more, place, places};
use super::{ColumnType, Layout, Table};
use crate::jinja::value::{Decimal, Dict, bind, equal, failure, items, pairs, text, type_name};

/// Calls `method` of the table; `None` if it is not of this group.
pub fn call(state: &mut State<'_, '_>, table: &Table, method: &str, args: &[Value]) -> Option<Result<Value, Error>> {
    Some(match method {
        "pivot" => pivot(state, table, args),
        "normalize" => normalize(table, args),
        "denormalize" => denormalize(table, args),
        "homogenize" => homogenize(state, table, args),
        "bins" => bins::call(table, args),
        "merge" => merge(args),
        "aggregate" => aggregate(args),
        "compute" => compute(table, args),
        "from_object" => from_object(args),
        _ => return None,
    })
}

fn given(value: Option<Value>) -> Option<Value> {
    value.filter(|value| !value.is_none())
}

/// Python's `None`.
pub fn none() -> Value {
    Value::from(())
}

/// Keys, as one value or as a tuple of several.
fn one_key(mut key: Vec<Value>) -> Value {
    if key.len() == 1 { key.swap_remove(0) } else { Value::from(Tuple::new(key)) }
}

/// Rows counted by key, and by what they have in a column that becomes columns.
fn pivot(state: &mut State<'_, '_>, table: &Table, args: &[Value]) -> Result<Value, Error> {
    let names = ["key", "pivot", "aggregation", "computation", "default_value", "key_name"];
    let [key, pivot, aggregation, computation, default, key_name] = bind("pivot", args, names, 0)?;
    if given(aggregation).is_some() || given(computation).is_some() {
        return Err(failure("pivot() counts: other aggregations and computations are agate's own objects"));
    }
    let steps = match given(key) {
        None => Vec::new(),
        Some(key) if key.as_str().is_none() && key.try_iter().is_ok() => items(&key)?,
        Some(key) => vec![key],
    };
    let key_name = given(key_name).map(|name| text(&name));
    let mut layout = Layout::default();
    let mut all_keys: Vec<Vec<Value>> = vec![Vec::new(); table.rows().len()];
    for step in &steps {
        let (name, kind) = match step.as_str() {
            Some(name) => (name.to_owned(), table.types()[place(table, name)?]),
            None => ("group".to_owned(), ColumnType::Text),
        };
        layout.add(key_name.clone().unwrap_or(name), kind);
        for (key, found) in all_keys.iter_mut().zip(keys(state, table, step)?) {
            key.push(if step.as_str().is_some() { found } else { Value::from(text(&found)) });
        }
    }
    let columns = match given(pivot) {
        None if steps.is_empty() => {
            return Ok(Dict::ordered([(Value::from("Count"), Value::from(table.rows().len()))]));
        }
        None => vec![Value::from("Count"); table.rows().len()],
        Some(pivot) => keys(state, table, &pivot)?,
    };
    let absent = default.map_or_else(|| Decimal::value(0.into()), |value| number(&value).unwrap_or(value));
    Ok(counted(layout, nested(all_keys.into_iter().zip(columns).collect()), &absent))
}

/// Entries of a key and a column in the order of groups within groups: each step in the order of first appearance.
fn nested(entries: Vec<(Vec<Value>, Value)>) -> Vec<(Vec<Value>, Value)> {
    let paths: Vec<Vec<&Value>> = entries.iter().map(|(key, column)| key.iter().chain([column]).collect()).collect();
    let first =
        |path: &[&Value]| paths.iter().position(|other| path.iter().zip(other).all(|(left, right)| equal(left, right)));
    let ranks: Vec<Vec<Option<usize>>> =
        paths.iter().map(|path| (1..=path.len()).map(|length| first(&path[..length])).collect()).collect();
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by(|left, right| ranks[*left].cmp(&ranks[*right]));
    order.into_iter().map(|at| entries[at].clone()).collect()
}

/// One row for each key, one column for each value of the column that became columns.
fn counted(mut layout: Layout, entries: Vec<(Vec<Value>, Value)>, absent: &Value) -> Value {
    let mut columns: Vec<Value> = Vec::new();
    let mut groups: Vec<(Vec<Value>, Vec<u64>)> = Vec::new();
    for (key, column) in entries {
        let at = columns.iter().position(|known| equal(known, &column)).unwrap_or_else(|| {
            columns.push(column);
            columns.len() - 1
        });
        let group = group_of(&mut groups, key);
        let counts = &mut groups[group].1;
        if counts.len() <= at {
            counts.resize(at + 1, 0);
        }
        counts[at] += 1;
    }
    for column in &columns {
        layout.add(text(column), ColumnType::Number);
    }
    let names = groups.iter().map(|(key, _)| one_key(key.clone())).collect();
    let row = |(key, counts): (Vec<Value>, Vec<u64>)| {
        let count = |at: usize| match counts.get(at).copied().unwrap_or_default() {
            0 => absent.clone(),
            count => Decimal::value(count.into()),
        };
        key.into_iter().chain((0..columns.len()).map(count)).collect()
    };
    layout.table(groups.into_iter().map(row).collect(), Some(names))
}

/// Place of the group of a key, which is added if it is new.
fn group_of<T: Default>(groups: &mut Vec<(Vec<Value>, T)>, key: Vec<Value>) -> usize {
    let same = |known: &[Value]| known.iter().zip(&key).all(|(left, right)| equal(left, right));
    match groups.iter().position(|(known, _)| same(known)) {
        Some(at) => at,
        None => {
            groups.push((key, T::default()));
            groups.len() - 1
        }
    }
}

/// Columns become rows.
fn normalize(table: &Table, args: &[Value]) -> Result<Value, Error> {
    let names = ["key", "properties", "property_column", "value_column", "column_types"];
    let [key, properties, property, value, _] = bind("normalize", args, names, 2)?;
    let key = places(table, &key.unwrap_or_default())?;
    let properties = one_or_more(&properties.unwrap_or_default())?;
    let mut layout = Layout::default();
    for at in &key {
        layout.add(table.names()[*at].clone(), table.types()[*at]);
    }
    let (mut left, mut said, mut values) = (Vec::new(), Vec::new(), Vec::new());
    let columns = properties.iter().map(|name| place(table, name)).collect::<Result<Vec<_>, _>>()?;
    for row in table.rows() {
        for (name, column) in properties.iter().zip(&columns) {
            left.push(key.iter().map(|at| row[*at].clone()).collect::<Vec<_>>());
            said.push(Value::from(name.as_str()));
            values.push(row[*column].clone());
        }
    }
    let name = |name: Option<Value>, absent: &str| name.map_or_else(|| absent.to_owned(), |name| text(&name));
    for (name, values) in [(name(property, "property"), said), (name(value, "value"), values)] {
        let (kind, values) = guess(values);
        layout.add(name, kind);
        left.iter_mut().zip(values).for_each(|(row, value)| row.push(value));
    }
    Ok(layout.table(left, None))
}

/// Rows become columns.
fn denormalize(table: &Table, args: &[Value]) -> Result<Value, Error> {
    let names = ["key", "property_column", "value_column", "default_value", "column_types"];
    let [key, property, value, default, _] = bind("denormalize", args, names, 0)?;
    let key = given(key).map_or(Ok(Vec::new()), |key| places(table, &key))?;
    let column =
        |name: Option<Value>, absent: &str| place(table, &name.map_or_else(|| absent.to_owned(), |name| text(&name)));
    let (property, value) = (column(property, "property")?, column(value, "value")?);
    let default = default.unwrap_or_else(|| match table.types()[value] {
        ColumnType::Number => Decimal::value(0.into()),
        _ => none(),
    });
    let mut fields: Vec<String> = Vec::new();
    let mut found: Vec<(Vec<Value>, Vec<Option<Value>>)> = Vec::new();
    for row in table.rows() {
        let own: Vec<Value> = key.iter().map(|at| row[*at].clone()).collect();
        let field = text(&row[property]);
        let at = fields.iter().position(|known| *known == field).unwrap_or_else(|| {
            fields.push(field);
            fields.len() - 1
        });
        let group = group_of(&mut found, own);
        let values = &mut found[group].1;
        if values.len() <= at {
            values.resize(at + 1, None);
        }
        values[at] = Some(row[value].clone());
    }
    let row_names: Vec<Value> = found.iter().map(|(key, _)| one_key(key.clone())).collect();
    check_row_names(&row_names)?;
    let mut layout = Layout::default();
    for at in &key {
        layout.add(table.names()[*at].clone(), table.types()[*at]);
    }
    let mut rows: Vec<Vec<Value>> = found.iter().map(|(key, _)| key.clone()).collect();
    for (at, field) in fields.into_iter().enumerate() {
        let values =
            found.iter().map(|(_, values)| values.get(at).cloned().flatten().unwrap_or_else(|| default.clone()));
        let (kind, values) = guess(values.collect());
        layout.add(field, kind);
        rows.iter_mut().zip(values).for_each(|(row, value)| row.push(value));
    }
    Ok(layout.table(rows, Some(row_names)))
}

fn check_row_names(names: &[Value]) -> Result<(), Error> {
    match names.iter().any(|name| type_name(name) == "int") {
        true => Err(failure("Row names cannot be of type int. Use Decimal for numbered row names.")),
        false => Ok(()),
    }
}

/// A row for each key that is not there.
fn homogenize(state: &mut State<'_, '_>, table: &Table, args: &[Value]) -> Result<Value, Error> {
    let [key, wanted, default] = bind("homogenize", args, ["key", "compare_values", "default_row"], 2)?;
    let key = places(table, &key.unwrap_or_default())?;
    let default = given(default);
    let mut rows = table.rows().to_vec();
    for wanted in items(&wanted.unwrap_or_default())? {
        let wanted = items(&wanted)?;
        let is_known = |row: &Vec<Value>| {
            key.len() == wanted.len() && key.iter().zip(&wanted).all(|(at, value)| equal(&row[*at], value))
        };
        if table.rows().iter().any(is_known) {
            continue;
        }
        let added = match &default {
            Some(default) if default.try_iter().is_err() => {
                items(&default.call(state, &[Value::from(Tuple::new(wanted))])?)?
            }
            default => {
                let rest = table.names().len().saturating_sub(key.len());
                let mut row = default.as_ref().map_or_else(|| Ok(vec![none(); rest]), items)?;
                for (at, value) in key.iter().zip(wanted) {
                    row.insert((*at).min(row.len()), value);
                }
                row
            }
        };
        rows.push(added);
    }
    let layout = Layout::of(table);
    layout.fill(&mut rows);
    Ok(layout.table(rows, None))
}

/// The rows of several tables under each other.
fn merge(args: &[Value]) -> Result<Value, Error> {
    let [tables, row_names, wanted] = bind("merge", args, ["tables", "row_names", "column_names"], 1)?;
    let tables = items(&tables.unwrap_or_default())?;
    let wanted = given(wanted).map(|names| one_or_more(&names)).transpose()?;
    let mut layout = Layout::default();
    let mut parts = Vec::new();
    for table in &tables {
        let Some(table) = Table::of(table) else {
            return Err(failure(format!("'{}' object has no attribute 'columns'", type_name(table))));
        };
        for (name, kind) in table.names().iter().zip(table.types()) {
            if wanted.as_ref().is_some_and(|wanted| !wanted.contains(name)) {
                continue;
            }
            match layout.names.iter().position(|known| known == name) {
                None => layout.add(name.clone(), *kind),
                Some(at) if layout.types[at] == *kind => {}
                Some(_) => {
                    return Err(failure("Tables contain columns with the same names, but different types."));
                }
            }
        }
        parts.push(table);
    }
    let mut rows = Vec::new();
    for table in parts {
        let columns: Vec<Option<usize>> = layout.names.iter().map(|name| table.place(name)).collect();
        let pick = |row: &Vec<Value>| columns.iter().map(|at| at.map_or_else(none, |at| row[at].clone())).collect();
        rows.extend(table.rows().iter().map(pick));
    }
    let row_names = given(row_names).map(|names| items(&names)).transpose()?;
    Ok(layout.table(rows, row_names))
}

fn aggregate(args: &[Value]) -> Result<Value, Error> {
    let [aggregations] = bind("aggregate", args, ["aggregations"], 1)?;
    let aggregations = aggregations.unwrap_or_default();
    match items(&aggregations) {
        Ok(all) if all.is_empty() && aggregations.as_str().is_none() => Ok(Dict::ordered([])),
        // Aggregations are agate's own objects, which no template can make.
        _ => Err(failure(format!("'{}' object has no attribute 'validate'", type_name(&aggregations)))),
    }
}

fn compute(table: &Table, args: &[Value]) -> Result<Value, Error> {
    let [computations, _] = bind("compute", args, ["computations", "replace"], 1)?;
    match items(&computations.unwrap_or_default())?.first() {
        None => Ok(Layout::of(table).table(table.rows().to_vec(), None)),
        Some(first) => Err(failure(format!("'{}' object has no attribute 'validate'", type_name(first)))),
    }
}

/// A table of a list of dicts or of lists; what is nested in them becomes columns with a slash in their names.
fn from_object(args: &[Value]) -> Result<Value, Error> {
    let [object, row_names, _] = bind("from_object", args, ["obj", "row_names", "column_types"], 1)?;
    let mut names: Vec<String> = Vec::new();
    let mut found: Vec<Vec<(String, Value)>> = Vec::new();
    for entry in items(&object.unwrap_or_default())? {
        let mut cells = Vec::new();
        flatten(&entry, "", &mut cells)?;
        for (name, _) in &cells {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        found.push(cells);
    }
    let mut layout = Layout::default();
    let mut rows: Vec<Vec<Value>> = vec![Vec::new(); found.len()];
    for name in names {
        let value = |cells: &Vec<(String, Value)>| {
            cells.iter().find(|(known, _)| *known == name).map_or_else(none, |(_, value)| value.clone())
        };
        let (kind, values) = guess(found.iter().map(value).collect());
        layout.add(name, kind);
        rows.iter_mut().zip(values).for_each(|(row, value)| row.push(value));
    }
    let row_names = given(row_names).map(|names| items(&names)).transpose()?;
    Ok(layout.table(rows, row_names))
}

fn flatten(value: &Value, path: &str, cells: &mut Vec<(String, Value)>) -> Result<(), Error> {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}/{key}") };
    if let Ok(entries) = pairs(value) {
        return entries.iter().try_for_each(|(key, value)| flatten(value, &below(&text(key)), cells));
    }
    match value.as_str().is_none().then(|| items(value)) {
        Some(Ok(all)) => {
            all.iter().enumerate().try_for_each(|(at, value)| flatten(value, &below(&at.to_string()), cells))
        }
        Some(Err(_)) | None => {
            cells.push((path.to_owned(), value.clone()));
            Ok(())
        }
    }
}
