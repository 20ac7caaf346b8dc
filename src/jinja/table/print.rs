//! Tables as text: aligned columns, CSV, JSON.

use minijinja::{Error, Value};

use super::guess::is_null;
use super::methods::place;
use super::{ColumnType, Table};
use crate::jinja::format::format_value;
use crate::jinja::value::{Dict, Dump, List, Number, Special, as_optional_integer, bind, dump, text};

/// Digits after the point that `print_table` shows.
const MOST_PLACES: usize = 3;

/// What a printing method prints, without the last newline.
pub fn written(table: &Table, method: &str, arguments: &[Value]) -> Result<String, Error> {
    match method {
        "print_csv" => {
            let names = ["delimiter", "quoting", "quotechar", "lineterminator"];
            let [delimiter, _, _, _] = bind(method, arguments, names, 0)?;
            let delimiter = delimiter.map_or_else(|| ",".to_string(), |delimiter| text(&delimiter));
            Ok(csv(table, &delimiter).trim_end_matches('\n').to_string())
        }
        "print_json" => {
            let [key, newline, indent] = bind(method, arguments, ["key", "newline", "indent"], 0)?;
            let indent = as_optional_integer(indent.as_ref())?.and_then(|indent| usize::try_from(indent).ok());
            json(table, key.filter(|key| !key.is_none()), newline.is_some_and(|flag| flag.is_true()), indent)
        }
        "print_structure" => {
            let [_, most] = bind(method, arguments, ["output", "max_rows"], 0)?;
            let most = as_optional_integer(most.as_ref())?.and_then(|most| usize::try_from(most).ok());
            Ok(structure_of(table, most.unwrap_or(usize::MAX)).trim_end_matches('\n').to_string())
        }
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
            Ok(if method == "print_html" { html(table, &most) } else { aligned(table, &most) })
        }
    }
}

struct Most {
    rows: usize,
    columns: usize,
    width: usize,
    places: usize,
}

/// The cells of a column that are shown, its name first, and whether they begin at the left.
fn cells(table: &Table, most: &Most) -> Vec<(Vec<String>, bool)> {
    let shown = table.names().len().min(most.columns);
    let mut columns: Vec<(Vec<String>, bool)> = Vec::new();
    for at in 0..shown {
        let rows = table.rows().iter().take(most.rows);
        let places = decimal_places(rows.clone().map(|row| &row[at]));
        let cells = rows.map(|row| cut(&cell(&row[at], table.types()[at], places, most.places), most.width));
        let all = std::iter::once(cut(&table.names()[at], most.width)).chain(cells).collect();
        columns.push((all, table.types()[at] == ColumnType::Text));
    }
    if shown < table.names().len() {
        let count = table.rows().len().min(most.rows) + 1;
        columns.push((vec!["...".to_string(); count], true));
    }
    columns
}

fn aligned(table: &Table, most: &Most) -> String {
    let columns = cells(table, most);
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

fn html_cell(cell: &str, is_left: bool) -> String {
    let side = if is_left { "left" } else { "right" };
    format!("<td style=\"text-align: {side};\">{cell}</td>")
}

fn html(table: &Table, most: &Most) -> String {
    let columns = cells(table, most);
    let mut lines = vec!["<table>".to_string(), "<thead>".to_string(), "<tr>".to_string()];
    lines.extend(columns.iter().map(|(cells, _)| format!("<th>{}</th>", cells[0])));
    lines.extend(["</tr>", "</thead>", "<tbody>"].map(String::from));
    for number in 1..=table.rows().len().min(most.rows) {
        lines.push("<tr>".to_string());
        lines.extend(columns.iter().map(|(cells, is_left)| html_cell(&cells[number], *is_left && cells[0] != "...")));
        lines.push("</tr>".to_string());
    }
    if table.rows().len() > most.rows {
        lines.push("<tr>".to_string());
        lines.extend(columns.iter().map(|(cells, is_left)| html_cell("...", *is_left && cells[0] != "...")));
        lines.push("</tr>".to_string());
    }
    lines.extend(["</tbody>", "</table>"].map(String::from));
    lines.join("\n")
}

fn cut(text: &str, width: usize) -> String {
    match text.chars().count() > width {
        true => text.chars().take(width.saturating_sub(3)).chain("...".chars()).collect(),
        false => text.to_string(),
    }
}

/// Digits after the point that the values of a column need.
fn decimal_places<'a>(values: impl Iterator<Item = &'a Value>) -> usize {
    let places = values.filter_map(|value| match Number::of(value) {
        Some(Number::Decimal(number)) => Some(number.normalized().as_bigint_and_exponent().1.max(0) as usize),
        Some(Number::Int(_) | Number::Float(_)) | None => None,
    });
    places.max().unwrap_or(0)
}

fn cell(value: &Value, kind: ColumnType, places: usize, most_places: usize) -> String {
    if value.is_none() {
        return String::new();
    }
    if kind != ColumnType::Number || Special::of(value).is_some() {
        return text(value);
    }
    let digits = format_value(value, &format!(",.{}f", places.min(most_places))).unwrap_or_else(|_| text(value));
    if places > most_places { format!("{digits}…") } else { digits }
}

/// Names and types of the columns, as printing a table shows them.
pub fn structure(table: &Table) -> String {
    structure_of(table, usize::MAX)
}

fn structure_of(table: &Table, most: usize) -> String {
    // agate makes a table of them, in which such names are null.
    let shown = |name: &String| if is_null(name) { String::new() } else { name.clone() };
    let rows = table.names().iter().map(shown).zip(table.types().iter().map(|kind| kind.name().to_string()));
    let more = (table.names().len() > most).then(|| ("...".to_string(), "...".to_string()));
    two_columns(("column", "data_type"), rows.take(most).chain(more).collect())
}

/// A table of two columns of text.
pub fn two_columns(head: (&str, &str), rows: Vec<(String, String)>) -> String {
    let width = |own: fn(&(String, String)) -> &String, name: &str| {
        rows.iter().map(|row| own(row).chars().count()).chain([name.len()]).max().unwrap_or(0)
    };
    let (left, right) = (width(|row| &row.0, head.0), width(|row| &row.1, head.1));
    let line = |first: &str, second: &str| format!("| {first:<left$} | {second:<right$} |\n");
    let mut lines = vec![line(head.0, head.1), line(&"-".repeat(left), &"-".repeat(right))];
    lines.extend(rows.iter().map(|(first, second)| line(first, second)));
    lines.concat()
}

/// The table as CSV, with a line of names.
fn csv(table: &Table, delimiter: &str) -> String {
    // A line of one empty cell would be an empty line.
    let cells = |cells: Vec<String>| match cells.as_slice() {
        [only] if only.is_empty() => "\"\"".to_string(),
        cells => cells.join(delimiter),
    };
    let mut lines = vec![cells(table.names().iter().map(|name| csv_cell(name, delimiter)).collect())];
    for row in table.rows() {
        lines.push(cells(row.iter().map(|value| csv_cell(&plain(value), delimiter)).collect()));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn csv_cell(text: &str, delimiter: &str) -> String {
    match text.contains(['"', '\n', '\r']) || text.contains(delimiter) {
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

/// The table as JSON: a list of one object for each row, an object under the values of a column, or a row a line.
fn json(table: &Table, key: Option<Value>, newline: bool, indent: Option<usize>) -> Result<String, Error> {
    let row = |row: &Vec<Value>| {
        let cells = row.iter().zip(table.types()).map(|(value, kind)| json_value(value, *kind));
        Dict::value(table.names().iter().map(String::as_str).zip(cells))
    };
    let layout = Dump { indent, ..Dump::default() };
    if newline {
        let lines = table.rows().iter().map(|values| dump(&row(values), layout));
        return Ok(lines.collect::<Result<Vec<_>, Error>>()?.join("\n"));
    }
    match key {
        None => dump(&List::value(table.rows().iter().map(row).collect()), layout),
        Some(key) => {
            let at = place(table, &text(&key))?;
            dump(&Dict::value(table.rows().iter().map(|values| (text(&values[at]), row(values)))), layout)
        }
    }
}

fn json_value(value: &Value, kind: ColumnType) -> Value {
    match (kind, Number::of(value)) {
        (_, _) if value.is_none() => value.clone(),
        (ColumnType::Number, Some(number)) => Value::from(number.float()),
        (ColumnType::Integer | ColumnType::Boolean, _) => value.clone(),
        (_, _) => Value::from(plain(value)),
    }
}
