//! `Table`: what queries give back, with the interface of agate's tables.
//!
//! Only what templates can reach: methods that take Python functions accept macros instead, and what writes files is
//! not there.

mod bins;
mod guess;
mod infer;
mod kind;
mod mapped;
mod methods;
mod print;
mod reshape;
mod sets;

use std::fmt;
use std::sync::{Arc, OnceLock};

use minijinja::value::{Enumerator, Object, ObjectRepr, Tuple};
use minijinja::{Error, State, Value};

pub use kind::ColumnType;
use mapped::Mapped;

/// Rows and named, typed columns; does not change once made.
#[derive(Debug)]
pub struct Table {
    names: Vec<String>,
    types: Vec<ColumnType>,
    rows: Vec<Vec<Value>>,
    row_names: Option<Vec<Value>>,
    rows_seen: OnceLock<Value>,
    columns_seen: OnceLock<Value>,
}

impl Table {
    /// A table of values that are of the types given; every row has one value for each name.
    pub fn value(names: Vec<String>, types: Vec<ColumnType>, rows: Vec<Vec<Value>>) -> Value {
        Layout { names, types }.table(rows, None)
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

    /// Names of the rows, where a method gave them some.
    fn row_names(&self) -> Option<&[Value]> {
        self.row_names.as_deref()
    }

    fn name_values(&self) -> Vec<Value> {
        self.names.iter().map(|name| Value::from(name.as_str())).collect()
    }

    fn rows_value(&self) -> Value {
        let make = || {
            let names: Arc<[Value]> = self.name_values().into();
            let row = |values: &Vec<Value>| Mapped::row(names.clone(), values.clone());
            Mapped::sequence(self.row_names.clone(), self.rows.iter().map(row).collect())
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

/// Names and types of the columns of a table about to be made.
#[derive(Debug, Clone, Default)]
struct Layout {
    names: Vec<String>,
    types: Vec<ColumnType>,
}

impl Layout {
    /// That of `table`.
    fn of(table: &Table) -> Layout {
        Layout { names: table.names.clone(), types: table.types.clone() }
    }

    /// Adds a column; a name that is taken gets a number.
    fn add(&mut self, name: String, kind: ColumnType) {
        let free = (2..).map(|number| format!("{name}_{number}")).find(|other| !self.names.contains(other));
        let name = if self.names.contains(&name) { free.unwrap_or(name) } else { name };
        self.names.push(name);
        self.types.push(kind);
    }

    /// Fills rows that are too short with nulls.
    fn fill(&self, rows: &mut [Vec<Value>]) {
        rows.iter_mut().for_each(|row| row.resize(self.names.len(), Value::from(())));
    }

    /// The table of these rows.
    fn table(self, rows: Vec<Vec<Value>>, row_names: Option<Vec<Value>>) -> Value {
        let (rows_seen, columns_seen) = (OnceLock::new(), OnceLock::new());
        Value::from_object(Table { names: self.names, types: self.types, rows, row_names, rows_seen, columns_seen })
    }
}

/// True for tables and sets of tables, whose `str` shows what is in them and whose `repr` does not.
pub fn prints_itself(value: &Value) -> bool {
    Table::of(value).is_some() || Mapped::group_names(value).is_some()
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
            Some("__repr__") => Some(Value::from("<agate.table.Table object>")),
            Some("row_names") => {
                let names = self.row_names.clone().map(|names| Value::from(Tuple::new(names)));
                Some(names.unwrap_or_else(|| Value::from(())))
            }
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
