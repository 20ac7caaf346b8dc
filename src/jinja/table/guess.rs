//! Types of columns that agate guesses itself, where a method made new columns: it reads more into text than dbt does.

use minijinja::Value;

use super::ColumnType;
use super::kind::{day, moment, number, truth};
use crate::jinja::value::text;

/// Texts that stand for nothing.
const NULLS: [&str; 6] = ["", "na", "n/a", "none", "null", "."];

const YES: [&str; 5] = ["yes", "y", "true", "t", "1"];
const NO: [&str; 5] = ["no", "n", "false", "f", "0"];

/// From the narrowest to the widest.
const CANDIDATES: [ColumnType; 4] = [ColumnType::Boolean, ColumnType::Number, ColumnType::Date, ColumnType::DateTime];

/// True for a text that agate takes for nothing.
pub fn is_null(written: &str) -> bool {
    NULLS.contains(&written.trim().to_lowercase().as_str())
}

/// The type of a column, and its values as that type.
pub fn guess(values: Vec<Value>) -> (ColumnType, Vec<Value>) {
    let all = |kind: ColumnType| values.iter().map(|value| as_kind(value, kind)).collect::<Option<Vec<_>>>();
    CANDIDATES
        .into_iter()
        .find_map(|kind| Some((kind, all(kind)?)))
        .unwrap_or_else(|| (ColumnType::Text, values.iter().map(as_text).collect()))
}

fn as_text(value: &Value) -> Value {
    match value.is_none() || value.as_str().is_some_and(is_null) {
        true => Value::from(()),
        false => Value::from(text(value)),
    }
}

fn as_kind(value: &Value, kind: ColumnType) -> Option<Value> {
    if value.is_none() || value.as_str().is_some_and(is_null) {
        return Some(Value::from(()));
    }
    match kind {
        ColumnType::Boolean => truth(value, &YES, &NO),
        ColumnType::Number => number(value),
        ColumnType::Date => day(value),
        ColumnType::DateTime => moment(value, "%Y-%m-%dT%H:%M:%S").or_else(|| moment(value, "%Y-%m-%d %H:%M:%S")),
        ColumnType::Integer | ColumnType::Text => None,
    }
}
