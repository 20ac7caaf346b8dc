//! Methods of a set of tables, what `group_by` gives: most are called on each of its tables.

use minijinja::{Error, State, Value};

use super::guess::is_null;
use super::mapped::Mapped;
use super::methods;
use super::print::two_columns;
use super::{ColumnType, Layout, Table};
use crate::jinja::value::{bind, failure, items, no_method, text};

/// Methods that are called on each table.
const EACH: [&str; 15] = [
    "bins",
    "compute",
    "denormalize",
    "distinct",
    "exclude",
    "find",
    "group_by",
    "homogenize",
    "join",
    "limit",
    "normalize",
    "order_by",
    "pivot",
    "select",
    "where",
];

/// Groups that are printed.
const SHOWN: usize = 20;

/// The tables of a set under their keys.
pub struct Groups<'a> {
    pub key_name: String,
    pub key_type: ColumnType,
    pub keys: &'a [Value],
    pub tables: &'a [Value],
}

impl Groups<'_> {
    /// Calls `method` of the set; `None` if it is not one of sets.
    pub fn call(&self, state: &mut State<'_, '_>, method: &str, args: &[Value]) -> Option<Result<Value, Error>> {
        Some(match method {
            method if EACH.contains(&method) => self.each(state, method, args),
            "merge" => self.merge(args),
            "aggregate" => self.aggregate(args),
            "having" => Err(failure("having() takes agate's aggregations, which templates cannot make")),
            "print_structure" => {
                let written = self.structure();
                methods::print(state, written.trim_end_matches('\n'))
            }
            _ => return None,
        })
    }

    fn each(&self, state: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        let mut results = Vec::with_capacity(self.tables.len());
        for table in self.tables {
            let Some(table) = Table::of(table) else { return Err(no_method(table, method)) };
            let result = methods::call(state, table, method, args)?;
            if Table::of(&result).is_none() && Mapped::group_names(&result).is_none() {
                return Err(failure("'Row' object has no attribute 'column_types'"));
            }
            results.push(result);
        }
        Ok(Mapped::groups(&self.key_name, self.key_type, self.keys.to_vec(), results))
    }

    /// All rows, each behind the key of its group.
    fn merge(&self, args: &[Value]) -> Result<Value, Error> {
        let [groups, name, _] = bind("merge", args, ["groups", "group_name", "group_type"], 0)?;
        let groups = groups.filter(|groups| !groups.is_none()).map(|groups| items(&groups)).transpose()?;
        if groups.as_ref().is_some_and(|groups| groups.len() != self.tables.len()) {
            return Err(failure("Groups length must be equal to TableSet length."));
        }
        let mut layout = Layout::default();
        let name = name.filter(Value::is_true).map_or_else(|| self.key_name.clone(), |name| text(&name));
        layout.add(name, self.key_type);
        let tables: Vec<&Table> = self.tables.iter().filter_map(Table::of).collect();
        if tables.len() < self.tables.len() {
            return Err(failure("'TableSet' object has no attribute '_rows'"));
        }
        for (name, kind) in tables.first().iter().flat_map(|table| table.names().iter().zip(table.types())) {
            layout.add(name.clone(), *kind);
        }
        let keys = groups.unwrap_or_else(|| self.keys.to_vec());
        let mut rows: Vec<Vec<Value>> = Vec::new();
        for (key, table) in keys.iter().zip(tables) {
            rows.extend(table.rows().iter().map(|row| std::iter::once(key).chain(row).cloned().collect()));
        }
        layout.fill(&mut rows);
        Ok(layout.table(rows, None))
    }

    fn aggregate(&self, args: &[Value]) -> Result<Value, Error> {
        let [aggregations] = bind("aggregate", args, ["aggregations"], 1)?;
        if !items(&aggregations.unwrap_or_default())?.is_empty() {
            return Err(failure("aggregate() takes agate's aggregations, which templates cannot make"));
        }
        let mut layout = Layout::default();
        layout.add(self.key_name.clone(), self.key_type);
        let rows = self.keys.iter().map(|key| vec![key.clone()]).collect();
        Ok(layout.table(rows, Some(self.keys.to_vec())))
    }

    /// The keys and how many rows each has, as a set prints itself.
    pub fn structure(&self) -> String {
        let rows = self.keys.iter().zip(self.tables).take(SHOWN).map(|(key, table)| {
            let key = if key.is_none() || is_null(&text(key)) { String::new() } else { text(key) };
            (key, Table::of(table).map_or(0, |table| table.rows().len()).to_string())
        });
        two_columns(("table", "rows"), rows.collect())
    }
}
