//! Rows of a query as a table, with the values that psycopg2 and agate would make of them.

use serde_json::Value as Json;

use crate::jinja::{Decimal, Table, TimeDelta, Value, from_json};
use crate::postgres::{Column, Rows};
use crate::template::typed::{date, datetime};

/// What psycopg2 makes of a Postgres type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Integer,
    Decimal,
    Boolean,
    Date,
    DateTime,
    Time,
    Interval,
    Text,
    Json,
    Array,
}

/// The table of `rows`; a column's type comes from its values, as agate has it.
pub(super) fn table(rows: &Rows) -> Value {
    let shapes: Vec<Shape> = rows.columns.iter().map(shape).collect();
    let cells = |row: &Vec<Option<String>>| -> Vec<Value> {
        row.iter().enumerate().map(|(at, field)| cell(field.as_deref(), shapes[at], &rows.columns[at])).collect()
    };
    Table::infer(unique_names(&rows.columns), rows.rows.iter().map(cells).collect())
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
        "time without time zone" | "time" | "time with time zone" | "timetz" => Shape::Time,
        "interval" => Shape::Interval,
        "json" | "jsonb" => Shape::Json,
        _ => Shape::Text,
    }
}

fn cell(field: Option<&str>, shape: Shape, column: &Column) -> Value {
    let Some(text) = field else { return Value::from(()) };
    let plain = || Value::from(text);
    match shape {
        Shape::Integer => text.parse::<i64>().map_or_else(|_| plain(), Value::from),
        Shape::Decimal => {
            let text = float_text(text, column);
            // Only infinity and not-a-number are no decimals.
            Decimal::parse(&text)
                .or_else(|| text.parse().ok().map(|float: f64| Value::from(float)))
                .unwrap_or_else(plain)
        }
        Shape::Boolean => Value::from(matches!(text, "t" | "true")),
        Shape::Date => date(text).unwrap_or_else(plain),
        Shape::DateTime => datetime(text).unwrap_or_else(plain),
        Shape::Text => plain(),
        Shape::Time => Value::from(time_text(text)),
        Shape::Interval => interval(text).unwrap_or_else(plain),
        Shape::Json => serde_json::from_str::<Json>(text).map_or_else(|_| plain(), |json| from_json(&json)),
        Shape::Array => from_json(&array(text, column)),
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

/// A time of day as Python prints it: the fraction with six digits, an offset with minutes.
fn time_text(text: &str) -> String {
    let (clock, offset) = text.split_at(text.find(['+', '-']).unwrap_or(text.len()));
    let clock = match clock.split_once('.') {
        Some((whole, fraction)) => format!("{whole}.{fraction:0<6}"),
        None => clock.to_owned(),
    };
    let minutes = if offset.is_empty() || offset.contains(':') { "" } else { ":00" };
    format!("{clock}{offset}{minutes}")
}

/// The span that psycopg2 makes of an interval, in which a month has 30 days and a year 365.
fn interval(text: &str) -> Option<Value> {
    let (mut days, mut microseconds) = (0, 0);
    let mut words = text.split(' ');
    while let Some(word) = words.next() {
        if word.contains(':') {
            microseconds = clock_microseconds(word)?;
            continue;
        }
        let count: i64 = word.parse().ok()?;
        days += count
            * match words.next()?.trim_end_matches('s') {
                "year" => 365,
                "mon" => 30,
                "day" => 1,
                _ => return None,
            };
    }
    Some(TimeDelta::value(days * 86_400_000_000 + microseconds))
}

fn clock_microseconds(text: &str) -> Option<i64> {
    let size = text.trim_start_matches(['+', '-']);
    let mut parts = size.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    let number = |text: &str| text.parse::<i64>().ok();
    let whole = number(hours)? * 3600 + number(minutes)? * 60 + number(seconds)?;
    let microseconds = whole * 1_000_000 + number(&format!("{fraction:0<6}"))?;
    Some(if text.starts_with('-') { -microseconds } else { microseconds })
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
        // Python writes a decimal into JSON as a float.
        Shape::Decimal if text.parse::<i64>().is_ok() => {
            text.parse().map_or(Json::Null, |float: f64| Json::from(float))
        }
        Shape::Integer | Shape::Decimal => serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.to_owned())),
        Shape::Boolean => Json::Bool(text == "t"),
        Shape::Json => serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.to_owned())),
        Shape::Date | Shape::DateTime | Shape::Time | Shape::Interval | Shape::Text | Shape::Array => {
            Json::String(text.to_owned())
        }
    }
}
