//! Rows of a query as a table, with the values that psycopg2 and agate would make of them.

use serde_json::Value as Json;

use crate::jinja::{ColumnType, Table, Value};
use crate::postgres::{Column, Rows};
use crate::template::objects::decimal;
use crate::template::typed::{date, datetime};

/// What psycopg2 makes of a Postgres type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Integer,
    Decimal,
    Boolean,
    Date,
    DateTime,
    Text,
    Json,
    Array,
}

/// The table of `rows`; a column's type comes from its values, as agate has it: without any, it is Integer.
pub(super) fn table(rows: &Rows) -> Value {
    let shapes: Vec<Shape> = rows.columns.iter().map(shape).collect();
    let is_empty = |at: usize| rows.rows.iter().all(|row| row.get(at).is_none_or(Option::is_none));
    let types =
        shapes.iter().enumerate().map(|(at, shape)| if is_empty(at) { ColumnType::Integer } else { kind(*shape) });
    let types = types.collect();
    let cells = |row: &Vec<Option<String>>| -> Vec<Value> {
        row.iter().enumerate().map(|(at, field)| cell(field.as_deref(), shapes[at], &rows.columns[at])).collect()
    };
    Table::value(unique_names(&rows.columns), types, rows.rows.iter().map(cells).collect())
}

/// agate's names of columns: a doubled name gets a number.
fn unique_names(columns: &[Column]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(columns.len());
    for column in columns {
        let mut name = column.name.clone();
        let mut number = 2;
        while names.contains(&name) {
            name = format!("{}_{number}", column.name);
            number += 1;
        }
        names.push(name);
    }
    names
}

fn shape(column: &Column) -> Shape {
    if column.type_name.ends_with("[]") {
        return Shape::Array;
    }
    match column.type_name.as_str() {
        "smallint" | "integer" | "bigint" | "oid" => Shape::Integer,
        "numeric" | "real" | "double precision" => Shape::Decimal,
        "boolean" => Shape::Boolean,
        "date" => Shape::Date,
        "timestamp without time zone" | "timestamp with time zone" | "timestamp" | "timestamptz" => Shape::DateTime,
        "json" | "jsonb" => Shape::Json,
        _ => Shape::Text,
    }
}

fn kind(shape: Shape) -> ColumnType {
    match shape {
        Shape::Integer => ColumnType::Integer,
        Shape::Decimal => ColumnType::Number,
        Shape::Boolean => ColumnType::Boolean,
        Shape::Date => ColumnType::Date,
        Shape::DateTime => ColumnType::DateTime,
        Shape::Text | Shape::Json | Shape::Array => ColumnType::Text,
    }
}

fn cell(field: Option<&str>, shape: Shape, column: &Column) -> Value {
    let Some(text) = field else { return Value::from(()) };
    let plain = || Value::from(text);
    match shape {
        Shape::Integer => text.parse::<i64>().map_or_else(|_| plain(), Value::from),
        Shape::Decimal => decimal(&float_text(text, column)),
        Shape::Boolean => Value::from(matches!(text, "t" | "true")),
        Shape::Date => date(text).unwrap_or_else(plain),
        Shape::DateTime => datetime(text).unwrap_or_else(plain),
        Shape::Text => plain(),
        Shape::Json => serde_json::from_str::<Json>(text).map_or_else(|_| plain(), |json| json_cell(&json)),
        Shape::Array => Value::from(python_json(&array(text, column))),
    }
}

/// The text of a float as Python's `repr` has it, from which agate makes its decimal: `1` is `1.0`.
fn float_text(text: &str, column: &Column) -> String {
    let is_float = matches!(column.type_name.as_str(), "real" | "double precision");
    if is_float && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        format!("{text}.0")
    } else {
        text.to_owned()
    }
}

/// dbt shows what psycopg2 makes a dict or list as JSON text again.
fn json_cell(json: &Json) -> Value {
    match json {
        Json::Object(_) | Json::Array(_) => Value::from(python_json(json)),
        Json::String(text) => Value::from(text.as_str()),
        Json::Bool(truth) => Value::from(if *truth { "True" } else { "False" }),
        Json::Null => Value::from(()),
        Json::Number(number) => Value::from(number.to_string()),
    }
}

/// The elements of Postgres' array text, typed as psycopg2 would.
fn array(text: &str, column: &Column) -> Json {
    let base = column.type_name.trim_end_matches("[]");
    let base = shape(&Column { type_name: base.to_owned(), ..column.clone() });
    let mut rest = text.trim_start_matches(|letter| letter != '{');
    parse_array(&mut rest, base).unwrap_or_else(|| Json::String(text.to_owned()))
}

fn parse_array(rest: &mut &str, base: Shape) -> Option<Json> {
    *rest = rest.strip_prefix('{')?;
    let mut items = Vec::new();
    loop {
        match rest.bytes().next()? {
            b'}' => {
                *rest = &rest[1..];
                return Some(Json::Array(items));
            }
            b',' => *rest = &rest[1..],
            b'{' => items.push(parse_array(rest, base)?),
            b'"' => items.push(element(Some(&quoted(rest)?), base)),
            _ => {
                let end = rest.find([',', '}'])?;
                let text = &rest[..end];
                *rest = &rest[end..];
                items.push(element(Some(text).filter(|text| *text != "NULL"), base));
            }
        }
    }
}

fn quoted(rest: &mut &str) -> Option<String> {
    let mut out = String::new();
    let mut letters = rest.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => {
                *rest = &rest[at + 1..];
                return Some(out);
            }
            '\\' => out.push(letters.next()?.1),
            other => out.push(other),
        }
    }
    None
}

fn element(text: Option<&str>, base: Shape) -> Json {
    let Some(text) = text else { return Json::Null };
    match base {
        Shape::Integer | Shape::Decimal => serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.to_owned())),
        Shape::Boolean => Json::Bool(text == "t"),
        Shape::Json => serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.to_owned())),
        Shape::Date | Shape::DateTime | Shape::Text | Shape::Array => Json::String(text.to_owned()),
    }
}

/// JSON as Python's `json.dumps` writes it: a space after commas and colons.
fn python_json(json: &Json) -> String {
    match json {
        Json::Array(items) => format!("[{}]", items.iter().map(python_json).collect::<Vec<_>>().join(", ")),
        Json::Object(map) => {
            let pairs = map.iter().map(|(key, value)| format!("{}: {}", Json::from(key.as_str()), python_json(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        plain => plain.to_string(),
    }
}
