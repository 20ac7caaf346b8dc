//! The rows of a seed's file, read only when a macro touches them.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::csv::{self, Kind, Shape};
use crate::error::Result;
use crate::jinja::{ColumnType, Object, ObjectRepr, State, Table, Value};
use crate::report::{Reporter, Warning};
use crate::template::function::Answer;
use crate::template::runtime::SeedFile;
use crate::template::typed::tuple;

/// A seed's file after its first pass.
pub(crate) struct SeedTable {
    /// The file.
    pub(crate) file: SeedFile,
    /// What it holds.
    pub(crate) shape: Shape,
    rows: OnceLock<Value>,
}

impl SeedTable {
    /// Reads the file once and gives its table; what will not be stored as it looks is told.
    ///
    /// # Errors
    ///
    /// `Parsing` for a file that is no CSV, `Io` for one that cannot be read.
    pub(crate) fn open(file: SeedFile, reporter: &Reporter) -> Result<Value> {
        let shape = csv::infer(&file.path, &file.options)?;
        for warning in &shape.warnings {
            let text = format!("{}:{}: {}", file.options.path.display(), warning.line, warning.message);
            reporter.warn(Warning { name: "SeedValueReadOtherwise", text })?;
        }
        Ok(Value::from_object(SeedTable { file, shape, rows: OnceLock::new() }))
    }

    /// The column types, as agate has them.
    pub(crate) fn types(&self) -> Vec<ColumnType> {
        self.shape.columns.iter().map(|column| column_type(column.kind)).collect()
    }
}

fn column_type(kind: Kind) -> ColumnType {
    match kind {
        Kind::Integer | Kind::BigInt => ColumnType::Integer,
        Kind::Numeric | Kind::Float => ColumnType::Number,
        Kind::Date => ColumnType::Date,
        Kind::Timestamp => ColumnType::DateTime,
        Kind::Boolean => ColumnType::Boolean,
        Kind::Text => ColumnType::Text,
    }
}

impl SeedTable {
    /// The whole file as a table.
    fn table(&self) -> Result<&Value> {
        if let Some(table) = self.rows.get() {
            return Ok(table);
        }
        let names = self.shape.columns.iter().map(|column| column.name.clone()).collect();
        let reader = csv::open(&self.file.path)?;
        let rows = csv::rows(reader, &self.shape, &self.file.options)?;
        let rows = rows.map(|row| Ok(row?.iter().map(cell).collect())).collect::<Result<Vec<Vec<Value>>>>()?;
        let table = Table::value(names, self.types(), rows);
        Ok(self.rows.get_or_init(|| table))
    }

    fn touched(&self) -> Value {
        match self.table() {
            Ok(table) => table.clone(),
            Err(err) => Value::from(crate::jinja::raise(err)),
        }
    }
}

fn cell(value: &csv::Value) -> Value {
    match value {
        csv::Value::Null => Value::from(()),
        csv::Value::Decimal(text) => decimal(text),
        csv::Value::Date(text) => crate::template::typed::date(text).unwrap_or_else(|| Value::from(text.as_str())),
        csv::Value::DateTime(text) => {
            crate::template::typed::datetime(text).unwrap_or_else(|| Value::from(text.as_str()))
        }
        csv::Value::Bool(truth) => Value::from(*truth),
        csv::Value::Text(text) => Value::from(text.as_str()),
    }
}

/// Python's `Decimal` of a text that is one.
pub(crate) fn decimal(text: &str) -> Value {
    crate::jinja::Decimal::parse(text).unwrap_or_else(|| Value::from(text))
}

impl fmt::Debug for SeedTable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "<table of {}>", self.file.path.display())
    }
}

impl Object for SeedTable {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str() {
            Some("column_names") => {
                let names = self.shape.columns.iter().map(|column| Value::from(column.name.as_str()));
                Some(tuple(names.collect::<Vec<_>>()))
            }
            Some("rows") => Some(Value::from_object(SeedRows(self.clone()))),
            _ => self.touched().get_item(key).ok(),
        }
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Answer {
        self.table().map_err(crate::jinja::raise)?.call_method(state, method, arguments)
    }
}

/// The rows of a seed, whose number is known without reading them again.
#[derive(Debug)]
struct SeedRows(Arc<SeedTable>);

impl Object for SeedRows {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.touched().get_attr("rows").ok()?.get_item(key).ok()
    }

    fn enumerate(self: &Arc<Self>) -> crate::jinja::Enumerator {
        let rows = self.0.touched().get_attr("rows").unwrap_or_default();
        match crate::jinja::items(&rows) {
            Ok(rows) => crate::jinja::Enumerator::Values(rows),
            Err(err) => crate::jinja::Enumerator::Values(vec![Value::from(err)]),
        }
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        usize::try_from(self.0.shape.rows).ok()
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.0.shape.rows > 0
    }
}
