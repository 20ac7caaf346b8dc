//! Types of columns from their values, as dbt infers them from the rows of a query.

use minijinja::Value;
use minijinja::value::ValueKind;

use super::ColumnType;
use crate::jinja::python::{Date, DateTime};
use crate::jinja::value::{Decimal, Dump, Number, Special, dump, float_text, text};

/// Types of `width` columns, and the rows with their values converted.
pub fn infer(width: usize, mut rows: Vec<Vec<Value>>) -> (Vec<ColumnType>, Vec<Vec<Value>>) {
    let mut types = Vec::with_capacity(width);
    for at in 0..width {
        let kind = kind_of(rows.iter().map(|row| &row[at]));
        for row in &mut rows {
            row[at] = convert(&row[at], kind);
        }
        types.push(kind);
    }
    (types, rows)
}

/// Candidates from the narrowest to the widest: the first that all values fit.
const CANDIDATES: [ColumnType; 5] =
    [ColumnType::Integer, ColumnType::Number, ColumnType::Date, ColumnType::DateTime, ColumnType::Boolean];

fn kind_of<'a>(values: impl Iterator<Item = &'a Value> + Clone) -> ColumnType {
    let fits = |kind: &ColumnType| values.clone().all(|value| value.is_none() || can_be(value, *kind));
    CANDIDATES.into_iter().find(fits).unwrap_or(ColumnType::Text)
}

fn can_be(value: &Value, kind: ColumnType) -> bool {
    match kind {
        ColumnType::Integer => value.is_integer(),
        ColumnType::Number => value.kind() != ValueKind::Bool && Number::of(value).is_some(),
        ColumnType::Boolean => value.kind() == ValueKind::Bool,
        ColumnType::Date => value.downcast_object_ref::<Date>().is_some(),
        ColumnType::DateTime => {
            value.downcast_object_ref::<DateTime>().is_some() || value.downcast_object_ref::<Date>().is_some()
        }
        ColumnType::Text => true,
    }
}

/// The decimal of a number.
fn as_decimal(value: &Value) -> Option<Value> {
    match Number::of(value)? {
        Number::Float(number) if !number.is_finite() => Special::parse(&number.to_string()),
        Number::Int(number) => Some(Decimal::value(number.into())),
        Number::Float(number) => Decimal::parse(&float_text(number)),
        Number::Decimal(_) => Some(value.clone()),
    }
}

fn convert(value: &Value, kind: ColumnType) -> Value {
    if value.is_none() {
        return value.clone();
    }
    match kind {
        ColumnType::Number => as_decimal(value).unwrap_or_else(|| value.clone()),
        ColumnType::DateTime => match value.downcast_object_ref::<Date>() {
            Some(date) => DateTime::value(date.0.and_time(chrono::NaiveTime::MIN)),
            None => value.clone(),
        },
        ColumnType::Text => match value.kind() {
            ValueKind::String => value.clone(),
            ValueKind::Seq | ValueKind::Map => {
                Value::from(dump(value, Dump::default()).unwrap_or_else(|_| text(value)))
            }
            _ => Value::from(text(value)),
        },
        ColumnType::Integer | ColumnType::Boolean | ColumnType::Date => value.clone(),
    }
}
