//! `Table`: what queries give back, with the interface of agate's tables.
//!
//! Only what templates can reach: methods that take Python functions accept macros instead, and what writes files is
//! not there.

mod infer;
mod mapped;
mod methods;
mod print;

use std::cmp::Ordering;
use std::fmt;
use std::sync::{Arc, OnceLock};

use minijinja::value::{DynObject, Enumerator, Object, ObjectRepr, Tuple};
use minijinja::{Error, State, Value};

use mapped::Mapped;

use crate::jinja::value::{bind, text};

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
}

impl Object for ColumnType {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        Some(self.name().cmp(other.downcast_ref::<ColumnType>()?.name()))
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        if !matches!(method, "jsonify" | "csvify") {
            return Err(Error::from(minijinja::ErrorKind::UnknownMethod));
        }
        let [value] = bind(method, args, ["d"], 1)?;
        let value = value.filter(|value| !value.is_none());
        let Some(value) = value else { return Ok(Value::from(())) };
        Ok(match (**self, method) {
            (ColumnType::Date | ColumnType::DateTime, _) => value.call_method(state, "isoformat", &[])?,
            (ColumnType::Integer | ColumnType::Boolean, "jsonify") => value,
            (ColumnType::Number, "jsonify") => text(&value).parse::<f64>().map_or(value, Value::from),
            (ColumnType::Integer | ColumnType::Boolean | ColumnType::Number | ColumnType::Text, _) => {
                Value::from(text(&value))
            }
        })
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "<agate.{}>", self.name())
    }
}

/// Rows and named, typed columns; does not change once made.
#[derive(Debug)]
pub struct Table {
    names: Vec<String>,
    types: Vec<ColumnType>,
    rows: Vec<Vec<Value>>,
    rows_seen: OnceLock<Value>,
    columns_seen: OnceLock<Value>,
}

impl Table {
    /// A table of values that are of the types given; every row has one value for each name.
    pub fn value(names: Vec<String>, types: Vec<ColumnType>, rows: Vec<Vec<Value>>) -> Value {
        Value::from_object(Table { names, types, rows, rows_seen: OnceLock::new(), columns_seen: OnceLock::new() })
    }

    /// A table of the values of a query: the types are inferred and the values converted as dbt does.
    ///
    /// Numbers are integers or, if one of the column is none, decimals; a text makes its column text; lists and dicts
    /// become JSON text; spans of time become text. A column without any value is of type integer.
    pub fn infer(names: Vec<String>, rows: Vec<Vec<Value>>) -> Value {
        let (types, rows) = infer::infer(names.len(), rows);
        Table::value(names, types, rows)
    }

    /// A table without columns and rows.
    pub fn empty() -> Value {
        Table::value(Vec::new(), Vec::new(), Vec::new())
    }

    /// The table inside `value`, if it is one.
    pub fn of(value: &Value) -> Option<&Table> {
        value.downcast_object_ref()
    }

    /// Names of the columns, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Types of the columns, in order.
    pub fn types(&self) -> &[ColumnType] {
        &self.types
    }

    /// The rows, in order.
    pub fn rows(&self) -> &[Vec<Value>] {
        &self.rows
    }

    /// Place of the column of a name, counted from 0.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    fn name_values(&self) -> Vec<Value> {
        self.names.iter().map(|name| Value::from(name.as_str())).collect()
    }

    fn rows_value(&self) -> Value {
        let make = || {
            let names: Arc<[Value]> = self.name_values().into();
            let row = |values: &Vec<Value>| Mapped::row(names.clone(), values.clone());
            Mapped::sequence(None, self.rows.iter().map(row).collect())
        };
        self.rows_seen.get_or_init(make).clone()
    }

    fn columns_value(&self) -> Value {
        let make = || {
            let column = |(at, name): (usize, &String)| {
                let values = self.rows.iter().map(|row| row[at].clone()).collect();
                Mapped::column(name, at, self.types[at], values)
            };
            let columns = self.names.iter().enumerate().map(column).collect();
            Mapped::sequence(Some(self.name_values()), columns)
        };
        self.columns_seen.get_or_init(make).clone()
    }
}

/// True for rows, columns and sequences of them: a slice of them is a tuple.
pub fn gives_tuples(value: &Value) -> bool {
    value.downcast_object_ref::<Mapped>().is_some()
}

/// agate's name for the type of `value`, if it belongs to a table.
pub fn type_name(value: &Value) -> Option<&'static str> {
    match Table::of(value) {
        Some(_) => Some("agate.Table"),
        None => value.downcast_object_ref::<Mapped>().map(Mapped::class),
    }
}

impl Object for Table {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str() {
            Some("rows") => Some(self.rows_value()),
            Some("columns") => Some(self.columns_value()),
            Some("column_names") => Some(Value::from(Tuple::new(self.name_values()))),
            Some("column_types") => {
                Some(Value::from(Tuple::new(self.types.iter().map(|kind| Value::from_object(*kind)).collect())))
            }
            Some("row_names") => Some(Value::from(())),
            Some(_) => None,
            None => self.rows_value().get_item(key).ok().filter(|row| !row.is_undefined()),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.rows.len())
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        methods::call(state, self, method, arguments)
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&print::structure(self))
    }
}
