//! Unit tests: their one statement, and its rows as plain data.

use std::sync::Arc;

use super::node::{Node, lock};
use super::run;
use crate::error::{Error, Result};
use crate::jinja::{Table, Value, repr, text, type_name};

/// Column that tells the rows of the model from the expected ones.
const SIDE: &str = "actual_or_expected";

/// What a model gave, and what it should have given.
#[derive(Debug, Clone, Default)]
pub struct UnitRows {
    /// Names of the compared columns.
    pub columns: Vec<String>,
    /// Rows of the model.
    pub actual: Vec<Vec<Cell>>,
    /// Rows that the test expects.
    pub expected: Vec<Vec<Cell>>,
}

/// One value as Python would show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// What it is.
    pub kind: CellKind,
    /// As `str` writes it.
    pub text: String,
    /// As `repr` writes it; text without its quotes.
    pub repr: String,
}

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// Nothing.
    Null,
    /// A truth value.
    Bool,
    /// A number of any kind.
    Number,
    /// Text.
    Text,
    /// A date, a time and whatever else there is.
    Other,
}

/// Runs the materialization `unit`, and parts the rows of its statement `main`.
pub(super) fn run(node: &Arc<Node>) -> Result<UnitRows> {
    let materialized = run::materialize(node);
    let stored = lock(&node.statements).get("main").cloned().flatten();
    materialized?;
    let wrong = || Error::compilation("the materialization `unit` did not fetch rows in a statement `main`");
    let stored = stored.ok_or_else(wrong)?;
    let table = Table::of(&stored.table).ok_or_else(wrong)?;
    let is_side = |name: &String| name.eq_ignore_ascii_case(SIDE);
    let side = table
        .names()
        .iter()
        .position(is_side)
        .ok_or_else(|| Error::compilation(format!("the statement of a unit test has no column `{SIDE}`")))?;
    let columns = table.names().iter().filter(|name| !is_side(name)).cloned().collect();
    let mut rows = UnitRows { columns, ..UnitRows::default() };
    for row in table.rows() {
        let cells = row.iter().enumerate().filter(|(at, _)| *at != side).map(|(_, value)| cell(value)).collect();
        match row.get(side).map(text).as_deref() {
            Some("actual") => rows.actual.push(cells),
            Some(_) | None => rows.expected.push(cells),
        }
    }
    Ok(rows)
}

fn cell(value: &Value) -> Cell {
    let text = text(value);
    let kind = match type_name(value) {
        "NoneType" => CellKind::Null,
        "bool" => CellKind::Bool,
        "int" | "float" | "Decimal" | "decimal.Decimal" => CellKind::Number,
        "str" => CellKind::Text,
        _ => CellKind::Other,
    };
    let repr = if kind == CellKind::Text { text.clone() } else { repr(value) };
    Cell { kind, text, repr }
}
