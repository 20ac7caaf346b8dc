//! `ColumnType`: what the values of a column are, as an object that templates can ask.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{DynObject, Object, ObjectRepr, Tuple, ValueKind};
use minijinja::{Error, State, Value};

use crate::jinja::python::{Date, DateTime};
use crate::jinja::value::{Decimal, List, Number, Special, bind, failure, float_text, no_method, text};

/// Type of a column, inferred from its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// Whole numbers, and columns without any value.
    Integer,
    /// Decimals.
    Number,
    Boolean,
    Date,
    DateTime,
    Text,
}

impl ColumnType {
    /// agate's name of the type.
    pub fn name(self) -> &'static str {
        match self {
            ColumnType::Integer => "Integer",
            ColumnType::Number => "Number",
            ColumnType::Boolean => "Boolean",
            ColumnType::Date => "Date",
            ColumnType::DateTime => "DateTime",
            ColumnType::Text => "Text",
        }
    }

    fn class(self) -> &'static str {
        match self {
            ColumnType::Integer => "dbt_common.clients.agate_helper.Integer",
            ColumnType::Number => "dbt_common.clients.agate_helper.Number",
            ColumnType::Boolean => "agate.data_types.boolean.Boolean",
            ColumnType::Date => "agate.data_types.date.Date",
            ColumnType::DateTime => "agate.data_types.date_time.DateTime",
            ColumnType::Text => "agate.data_types.text.Text",
        }
    }

    /// `value` as one of this type.
    ///
    /// # Errors
    ///
    /// agate's words if it cannot be read so.
    fn cast(self, value: &Value) -> Result<Value, Error> {
        let none = || Value::from(());
        let is_null = value.as_str().is_some_and(|text| matches!(text.trim().to_lowercase().as_str(), "" | "null"));
        if value.is_none() || is_null && self != ColumnType::Text {
            return Ok(none());
        }
        let found = match self {
            ColumnType::Integer => value.is_integer().then(|| value.clone()),
            ColumnType::Text => Some(Value::from(text(value))),
            ColumnType::Number => number(value),
            ColumnType::Boolean => truth(value, &["true"], &["false"]),
            ColumnType::Date => day(value),
            ColumnType::DateTime => moment(value, "%Y-%m-%d %H:%M:%S"),
        };
        found.ok_or_else(|| match self {
            ColumnType::Date | ColumnType::DateTime => {
                failure(format!("Value \"{}\" does not match date format.", text(value)))
            }
            ColumnType::Integer | ColumnType::Number | ColumnType::Boolean | ColumnType::Text => {
                failure(format!("Can not parse value \"{}\" as {}.", text(value), self.name()))
            }
        })
    }

    fn attribute(self, name: &str) -> Option<Value> {
        let texts = |texts: &[&str]| List::value(texts.iter().map(|text| Value::from(*text)).collect());
        let tuple = |text: &str| Value::from(Tuple::from([Value::from(text)]));
        Some(match (self, name) {
            (ColumnType::Text, "null_values") => texts(&[]),
            (_, "null_values") => texts(&["null", ""]),
            (ColumnType::Text, "cast_nulls") => Value::from(true),
            (ColumnType::Number, "group_symbol") => Value::from(","),
            (ColumnType::Number, "decimal_symbol") => Value::from("."),
            (ColumnType::Date, "date_format") => Value::from("%Y-%m-%d"),
            (ColumnType::DateTime, "datetime_format") => Value::from("%Y-%m-%d %H:%M:%S"),
            (ColumnType::Boolean, "true_values") => tuple("true"),
            (ColumnType::Boolean, "false_values") => tuple("false"),
            (_, _) => return None,
        })
    }

    /// A value as JSON or CSV has it.
    fn plain(self, method: &str, value: Value, state: &mut State<'_, '_>) -> Result<Value, Error> {
        Ok(match (self, method) {
            (ColumnType::Date | ColumnType::DateTime, _) => value.call_method(state, "isoformat", &[])?,
            (ColumnType::Integer | ColumnType::Boolean, "jsonify") => value,
            (ColumnType::Number, "jsonify") => text(&value).parse::<f64>().map_or(value, Value::from),
            (ColumnType::Integer | ColumnType::Boolean | ColumnType::Number | ColumnType::Text, _) => {
                Value::from(text(&value))
            }
        })
    }
}

/// The decimal of a number, or of a text that says one.
pub fn number(value: &Value) -> Option<Value> {
    if let Some(written) = value.as_str() {
        let plain = written.trim().trim_matches(['%', '$', '€', '£', '¥']).replace(',', "");
        return Decimal::parse(&plain);
    }
    match Number::of(value)? {
        _ if Special::of(value).is_some() => Some(value.clone()),
        Number::Int(number) => Some(Decimal::value(number.into())),
        Number::Float(number) if number.is_finite() => Decimal::parse(&float_text(number)),
        Number::Float(number) => Special::parse(&number.to_string()),
        Number::Decimal(_) => Some(value.clone()),
    }
}

/// True or false, also of a text that says so and of the numbers one and zero.
pub fn truth(value: &Value, yes: &[&str], no: &[&str]) -> Option<Value> {
    if value.kind() == ValueKind::Bool {
        return Some(value.clone());
    }
    if let Some(written) = value.as_str() {
        let word = written.replace(',', "").trim().to_lowercase();
        return match (yes.contains(&word.as_str()), no.contains(&word.as_str())) {
            (true, _) => Some(Value::from(true)),
            (false, true) => Some(Value::from(false)),
            (false, false) => None,
        };
    }
    match Number::of(value)? {
        Number::Float(_) => None,
        number @ (Number::Int(_) | Number::Decimal(_)) => match number.float() {
            1.0 => Some(Value::from(true)),
            0.0 => Some(Value::from(false)),
            _ => None,
        },
    }
}

/// A day, also of a text in ISO form.
pub fn day(value: &Value) -> Option<Value> {
    if let Some(written) = value.as_str() {
        return chrono::NaiveDate::parse_from_str(written.trim(), "%Y-%m-%d").ok().map(Date::value);
    }
    value.downcast_object_ref::<Date>().map(|_| value.clone())
}

/// A moment, also of a day or of a text in the form of `format`.
pub fn moment(value: &Value, format: &str) -> Option<Value> {
    if let Some(written) = value.as_str() {
        return chrono::NaiveDateTime::parse_from_str(written.trim(), format).ok().map(DateTime::value);
    }
    match value.downcast_object_ref::<Date>() {
        Some(date) => Some(DateTime::value(date.0.and_time(chrono::NaiveTime::MIN))),
        None => value.downcast_object_ref::<DateTime>().map(|_| value.clone()),
    }
}

impl Object for ColumnType {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.attribute(key.as_str()?)
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        Some(self.name().cmp(other.downcast_ref::<ColumnType>()?.name()))
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        if !matches!(method, "jsonify" | "csvify" | "cast" | "test") {
            return Err(no_method(&Value::from_object(**self), method));
        }
        let [value] = bind(method, args, ["d"], 1)?;
        let value = value.unwrap_or_default();
        match method {
            "cast" => self.cast(&value),
            "test" => Ok(Value::from(self.cast(&value).is_ok())),
            _ if value.is_none() => Ok(value),
            _ => self.plain(method, value, state),
        }
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "<{} object>", self.class())
    }
}
