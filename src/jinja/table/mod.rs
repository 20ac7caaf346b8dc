//! `Table`: what queries give back, with the interface of agate's tables.

use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Object, ObjectRepr};

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
    TimeDelta,
    Text,
}

/// Rows and named, typed columns; does not change once made.
#[derive(Debug)]
pub struct Table {
    names: Vec<String>,
    types: Vec<ColumnType>,
    rows: Vec<Vec<Value>>,
}

impl Table {
    /// A table; every row has one value for each name.
    pub fn value(names: Vec<String>, types: Vec<ColumnType>, rows: Vec<Vec<Value>>) -> Value {
        Value::from_object(Table { names, types, rows })
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
}

impl Object for Table {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }
}
