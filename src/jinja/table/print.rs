//! Tables as text: aligned columns, CSV, JSON.

use minijinja::{Error, Value};

use super::{ColumnType, Table};
use crate::jinja::format::format_value;
use crate::jinja::value::{Dict, Dump, List, Number, as_optional_integer, bind, dump, text};

/// Digits after the point that `print_table` shows.
const MOST_PLACES: usize = 3;

/// What a printing method prints, without the last newline.
pub fn written(table: &Table, method: &str, arguments: &[Value]) -> Result<String, Error> {
    match method {
        "print_csv" => Ok(csv(table).trim_end_matches('\n').to_string()),
        "print_json" => json(table),
        "print_structure" => Ok(structure(table).trim_end_matches('\n').to_string()),
        _ => {
            let names = ["max_rows", "max_columns", "output", "max_column_width", "locale", "max_precision"];
            let [rows, columns, _, width, _, places] = bind(method, arguments, names, 0)?;
            let number = |value: Option<Value>, absent: usize| {
                let given = as_optional_integer(value.as_ref())?;
                Ok::<_, Error>(given.map_or(absent, |number| usize::try_from(number).unwrap_or_default()))
            };
            let most = Most {
                rows: number(rows, 20)?,
                columns: number(columns, 6)?,
                width: number(width, 20)?,
                places: number(places, MOST_PLACES)?,
            };
            Ok(aligned(table, &most))
        }
    }
}

struct Most {
    rows: usize,
    columns: usize,
    width: usize,
    places: usize,
}

fn aligned(table: &Table, most: &Most) -> String {
    let shown = table.names().len().min(most.columns);
    let mut columns: Vec<(Vec<String>, bool)> = Vec::new();
    for at in 0..shown {
        let places = decimal_places(table, at);
        let rows = table.rows().iter().take(most.rows);
        let cells = rows.map(|row| cut(&cell(&row[at], table.types()[at], places, most.places), most.width));
        let all = std::iter::once(cut(&table.names()[at], most.width)).chain(cells).collect();
        columns.push((all, table.types()[at] == ColumnType::Text));
    }
    if shown < table.names().len() {
        let count = table.rows().len().min(most.rows) + 1;
        columns.push((vec!["...".to_string(); count], true));
    }
    let widths: Vec<usize> =
        columns.iter().map(|(cells, _)| cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0)).collect();
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let pad = |cell: &str, at: usize| match columns[at].1 {
        true => format!("{cell:<width$}", width = widths[at]),
        false => format!("{cell:>width$}", width = widths[at]),
    };
    let row = |number: usize| line((0..columns.len()).map(|at| pad(&columns[at].0[number], at)).collect());
    let mut lines = vec![row(0), line(widths.iter().map(|width| "-".repeat(*width)).collect())];
    lines.extend((1..=table.rows().len().min(most.rows)).map(row));
    if table.rows().len() > most.rows {
        lines.push(line((0..columns.len()).map(|at| pad("...", at)).collect()));
    }
    lines.join("\n")
}

fn cut(text: &str, width: usize) -> String {
    match text.chars().count() > width {
        true => text.chars().take(width.saturating_sub(3)).chain("...".chars()).collect(),
        false => text.to_string(),
    }
}

/// Digits after the point that the values of a column need.
fn decimal_places(table: &Table, at: usize) -> usize {
    let places = table.rows().iter().filter_map(|row| match Number::of(&row[at]) {
        Some(Number::Decimal(number)) => Some(number.normalized().as_bigint_and_exponent().1.max(0) as usize),
        Some(Number::Int(_) | Number::Float(_)) | None => None,
    });
    places.max().unwrap_or(0)
}

fn cell(value: &Value, kind: ColumnType, places: usize, most_places: usize) -> String {
    if value.is_none() {
        return String::new();
    }
    if kind != ColumnType::Number {
        return text(value);
    }
    let digits = format_value(value, &format!(",.{}f", places.min(most_places))).unwrap_or_else(|_| text(value));
    if places > most_places { format!("{digits}…") } else { digits }
}

/// Names and types of the columns, as printing a table shows them.
pub fn structure(table: &Table) -> String {
    let names = table.names().iter().map(String::as_str).chain(["column"]);
    let width = names.map(|name| name.chars().count()).max().unwrap_or(0);
    let line = |name: &str, kind: &str| format!("| {name:<width$} | {kind:<9} |\n");
    let rows = table.names().iter().zip(table.types()).map(|(name, kind)| line(name, kind.name()));
    [line("column", "data_type"), line(&"-".repeat(width), "---------")].into_iter().chain(rows).collect()
}

/// The table as CSV, with a line of names.
pub fn csv(table: &Table) -> String {
    let mut lines = vec![table.names().iter().map(|name| csv_cell(name)).collect::<Vec<_>>().join(",")];
    for row in table.rows() {
        let cells: Vec<String> = row.iter().map(|value| csv_cell(&plain(value))).collect();
        lines.push(cells.join(","));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn csv_cell(text: &str) -> String {
    match text.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_string(),
    }
}

/// Text of a value for CSV and JSON: nothing for null, ISO for dates.
fn plain(value: &Value) -> String {
    let is_moment = value.downcast_object_ref::<crate::jinja::python::DateTime>().is_some();
    match value.is_none() {
        true => String::new(),
        false if is_moment => text(value).replacen(' ', "T", 1),
        false => text(value),
    }
}

/// The table as JSON: a list of one object for each row.
pub fn json(table: &Table) -> Result<String, Error> {
    let row = |row: &Vec<Value>| {
        let cells = row.iter().zip(table.types()).map(|(value, kind)| json_value(value, *kind));
        Dict::value(table.names().iter().map(String::as_str).zip(cells))
    };
    dump(&List::value(table.rows().iter().map(row).collect()), Dump::default())
}

fn json_value(value: &Value, kind: ColumnType) -> Value {
    match (kind, Number::of(value)) {
        (_, _) if value.is_none() => value.clone(),
        (ColumnType::Number, Some(number)) => Value::from(number.float()),
        (ColumnType::Integer | ColumnType::Boolean, _) => value.clone(),
        (_, _) => Value::from(plain(value)),
    }
}
