//! What a command was asked for: names of `ls`, SQL of `compile`, rows of `show`.

use serde_json::{Map, Value, json};

use super::event::{Payload, Preview};
use super::line::Line;
use crate::flag::Level;

/// The line that prints `payload`; headings such as `Compiled node 'x' is:` are part of it.
pub(super) fn line(payload: &Payload, is_quiet: bool) -> Line {
    let line = match payload {
        Payload::Listed(text) | Payload::Text(text) => {
            Line::new("PrintEvent", "Z052", Level::Info, text.clone(), json!({ "msg": text }))
        }
        Payload::Compiled { node, unique_id, sql, json: as_json } => {
            let text = if *as_json { compiled_json(node.as_deref(), sql) } else { sql.clone() };
            let data = json!({
                "compiled": sql, "is_inline": node.is_none(), "node_name": called(node), "unique_id": unique_id,
                "quiet": is_quiet,
                "output_format": if *as_json { "json" } else { "text" },
            });
            Line::new("CompiledNode", "Q042", Level::Info, text, data)
        }
        Payload::Shown { node, unique_id, table, json: as_json } => {
            let text = if *as_json { shown_json(node.as_deref(), table) } else { text_table(table) };
            let data = json!({
                "preview": text, "is_inline": node.is_none(), "node_name": called(node), "unique_id": unique_id,
                "quiet": is_quiet,
                "output_format": if *as_json { "json" } else { "text" },
            });
            Line::new("ShowNode", "Q041", Level::Info, text, data)
        }
    };
    Line { heading: heading(payload).filter(|_| !is_quiet), ..line }.asked_for()
}

/// The name of what is shown.
fn called(node: &Option<String>) -> &str {
    node.as_deref().unwrap_or("inline_query")
}

/// The heading that a text payload has unless `--quiet`.
fn heading(payload: &Payload) -> Option<String> {
    let (verb, node) = match payload {
        Payload::Listed(_) | Payload::Text(_) => return None,
        Payload::Compiled { json: true, .. } | Payload::Shown { json: true, .. } => return None,
        Payload::Compiled { node, .. } => ("Compiled", node),
        Payload::Shown { node, .. } => ("Previewing", node),
    };
    Some(match (verb, node) {
        ("Compiled", Some(name)) => format!("Compiled node '{name}' is:"),
        ("Compiled", None) => "Compiled inline node is:".to_owned(),
        (_, Some(name)) => format!("Previewing node '{name}':"),
        (_, None) => "Previewing inline node:".to_owned(),
    })
}

fn compiled_json(node: Option<&str>, sql: &str) -> String {
    let mut all = Map::new();
    if let Some(name) = node {
        all.insert("node".to_owned(), json!(name));
    }
    all.insert("compiled".to_owned(), json!(sql));
    pretty(&Value::Object(all))
}

fn shown_json(node: Option<&str>, table: &Preview) -> String {
    let row = |row: &Vec<Value>| -> Value {
        table.columns.iter().cloned().zip(row.iter().cloned()).collect::<Map<_, _>>().into()
    };
    let mut all = Map::new();
    if let Some(name) = node {
        all.insert("node".to_owned(), json!(name));
    }
    all.insert("show".to_owned(), table.rows.iter().map(row).collect());
    pretty(&Value::Object(all))
}

/// JSON with two blanks for each level.
fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("a JSON value can always be written")
}

/// A table with a frame of `|`: numbers, truth values and dates to the right, text to the left, null as nothing.
fn text_table(table: &Preview) -> String {
    let cells: Vec<Vec<String>> = table.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    let columns: Vec<Column> =
        table.columns.iter().enumerate().map(|(at, name)| Column::new(at, name, table, &cells)).collect();
    let mut text = frame(columns.iter().map(|column| column.pad(&column.name)));
    text.push_str(&frame(columns.iter().map(|column| "-".repeat(column.width))));
    for row in &cells {
        text.push_str(&frame(columns.iter().zip(row).map(|(column, cell)| column.pad(cell))));
    }
    text
}

/// One row between its frame, with a newline.
fn frame(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

/// Cells longer than this are cut, as dbt's are.
const MAX_CELL_CHARS: usize = 20;

/// Name, width in characters, and side of a column.
struct Column {
    name: String,
    width: usize,
    is_right: bool,
}

impl Column {
    fn new(at: usize, name: &str, table: &Preview, cells: &[Vec<String>]) -> Column {
        let widest = cells.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max();
        let values = || table.rows.iter().filter_map(|row| row.get(at)).filter(|value| !value.is_null());
        let is_right = values().next().is_some() && values().all(is_numberlike);
        Column { name: name.to_owned(), width: widest.unwrap_or(0).max(name.chars().count()), is_right }
    }

    fn pad(&self, text: &str) -> String {
        let missing = " ".repeat(self.width.saturating_sub(text.chars().count()));
        if self.is_right { format!("{missing}{text}") } else { format!("{text}{missing}") }
    }
}

/// A value as a table shows it.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string().trim_end_matches(".0").to_owned(),
        Value::String(text) => match is_moment(text) {
            true => text.replacen('T', " ", 1),
            false => text.replace('\n', " "),
        },
        Value::Array(_) | Value::Object(_) => value.to_string(),
    };
    match text.chars().count() > MAX_CELL_CHARS && matches!(value, Value::String(text) if !is_moment(text)) {
        true => text.chars().take(MAX_CELL_CHARS - 3).chain("...".chars()).collect(),
        false => text,
    }
}

fn is_numberlike(value: &Value) -> bool {
    match value {
        Value::Number(_) | Value::Bool(_) => true,
        Value::String(text) => is_moment(text),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

/// Whether `text` is a date, with or without a time, in ISO form.
fn is_moment(text: &str) -> bool {
    let bytes = text.as_bytes();
    let date = bytes.len() >= 10
        && bytes[..10]
            .iter()
            .enumerate()
            .all(|(at, byte)| if at == 4 || at == 7 { *byte == b'-' } else { byte.is_ascii_digit() });
    date && (bytes.len() == 10 || (bytes[10] == b'T' && bytes.len() >= 19))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(json: bool) -> String {
        let table = Preview {
            columns: ["id", "name", "at", "is_new"].map(str::to_owned).to_vec(),
            rows: vec![
                vec![json!(1), json!("a"), json!("2020-01-01T00:00:00"), json!(true)],
                vec![json!(22), json!(null), json!("2020-01-02T00:00:00"), json!(null)],
                vec![json!(3), json!("a text that is longer than a cell"), json!(null), json!(false)],
            ],
        };
        let payload = Payload::Shown { node: Some("v".to_owned()), unique_id: "model.shop.v".to_owned(), table, json };
        assert_eq!(heading(&payload).is_some(), !json);
        line(&payload, false).text
    }

    #[test]
    fn rows_stand_in_a_frame() {
        insta::assert_snapshot!(shown(false), @r"
        | id | name                 |                  at | is_new |
        | -- | -------------------- | ------------------- | ------ |
        |  1 | a                    | 2020-01-01 00:00:00 |   True |
        | 22 |                      | 2020-01-02 00:00:00 |        |
        |  3 | a text that is lo... |                     |  False |
        ");
    }

    #[test]
    fn rows_as_json_keep_their_whole_texts() {
        let value: Value = serde_json::from_str(&shown(true)).unwrap();
        assert_eq!(value["node"], "v");
        assert_eq!(value["show"][2]["name"], "a text that is longer than a cell");
        assert_eq!(value["show"][1]["name"], Value::Null);
    }

    #[test]
    fn inline_sql_has_no_node() {
        let payload =
            Payload::Compiled { node: None, unique_id: String::new(), sql: "select 1".to_owned(), json: true };
        assert_eq!(line(&payload, false).text, "{\n  \"compiled\": \"select 1\"\n}");
    }
}
