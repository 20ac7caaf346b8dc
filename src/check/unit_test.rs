//! Unit tests: whether a model gave the expected rows, in any order, and a table of what differs, laid out as dbt's users know it.
//!
//! Rows belong together when they are equal, else when the values of some columns are found once on each side and are the same.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use crate::template::{Cell, CellKind, UnitRows};

/// Columns from which on the rows' alignment does not look any further.
const MAX_KEY_COLUMNS: usize = 5;
/// Characters up to which columns are lined up.
const MAX_WIDTH: usize = 130;

type Row = Vec<Cell>;

/// A line of the table: what became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// Positions of an actual and an expected row that are equal.
    Same(usize),
    /// Positions of an actual and an expected row that belong together.
    Changed(usize, usize),
    /// Position of an actual row that was not expected.
    Added(usize),
    /// Position of an expected row that is not there.
    Removed(usize),
}

/// What differs, as the message of the test; none when the rows are those expected.
pub fn difference(rows: &UnitRows) -> Option<String> {
    let (actual, expected) = (sorted(&rows.actual), sorted(&rows.expected));
    if actual.len() == expected.len() && actual.iter().zip(&expected).all(|(one, other)| is_same_row(one, other)) {
        return None;
    }
    let alignment = align(&actual, &expected);
    let lines = lines(&actual, &expected, &alignment);
    let table = Table { names: &rows.columns, actual: &actual, expected: &expected, lines: &lines };
    Some(format!("\n\nactual differs from expected:\n\n{}\n", layout(&table.cells(&alignment.keys))))
}

fn sorted(rows: &[Row]) -> Vec<Row> {
    let mut rows = rows.to_vec();
    rows.sort_by(|one, other| {
        let mut orders = one.iter().zip(other).map(|(one, other)| order(one, other));
        orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    });
    rows
}

/// Nulls last, numbers by value, all else by its text.
fn order(one: &Cell, other: &Cell) -> Ordering {
    let nulls = (one.kind == CellKind::Null).cmp(&(other.kind == CellKind::Null));
    let number = |cell: &Cell| (cell.kind == CellKind::Number).then(|| cell.text.parse::<f64>().ok()).flatten();
    nulls.then_with(|| match (number(one), number(other)) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        (_, _) => one.text.cmp(&other.text),
    })
}

fn is_same_row(one: &Row, other: &Row) -> bool {
    one.iter().zip(other).all(|(one, other)| key(one) == key(other))
}

/// What two equal cells have in common: `1.50` is `1.5`.
fn key(cell: &Cell) -> (Presence, &str) {
    match cell.kind {
        CellKind::Null => (Presence::Null, ""),
        CellKind::Number if cell.text.contains('.') && !cell.text.contains(['e', 'E']) => {
            (Presence::Value, cell.text.trim_end_matches('0').trim_end_matches('.'))
        }
        CellKind::Number | CellKind::Bool | CellKind::Text | CellKind::Other => (Presence::Value, &cell.text),
    }
}

/// Whether there is a value at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Presence {
    Null,
    Value,
}

/// Which rows belong together.
struct Alignment {
    /// For each actual row, its expected one.
    expected_of: Vec<Option<usize>>,
    /// For each expected row, whether it has an actual one.
    is_found: Vec<bool>,
    /// Columns by which rows were recognised.
    keys: BTreeSet<usize>,
}

fn align(actual: &[Row], expected: &[Row]) -> Alignment {
    let mut alignment = Alignment {
        expected_of: vec![None; actual.len()],
        is_found: vec![false; expected.len()],
        keys: BTreeSet::new(),
    };
    for (at, row) in actual.iter().enumerate() {
        let mut free = (0..expected.len()).filter(|other| !alignment.is_found[*other]);
        if let Some(other) = free.find(|other| is_same_row(row, &expected[*other])) {
            alignment.expected_of[at] = Some(other);
            alignment.is_found[other] = true;
        }
    }
    let count = actual.first().or(expected.first()).map_or(0, Vec::len);
    for columns in subsets(count.min(MAX_KEY_COLUMNS)) {
        let (left, right) = (by_key(actual, &columns), by_key(expected, &columns));
        for (key, rows) in &left {
            let ([one], Some([other])) = (&rows[..], right.get(key).map(|rows| &rows[..])) else { continue };
            let is_new = alignment.expected_of[*one].is_none() && !alignment.is_found[*other];
            if is_new {
                alignment.expected_of[*one] = Some(*other);
                alignment.is_found[*other] = true;
            }
            if is_new || columns.len() == 1 && alignment.keys.is_empty() {
                alignment.keys.extend(&columns);
            }
        }
    }
    alignment
}

/// All sets of the first `count` columns, the smaller ones first.
fn subsets(count: usize) -> Vec<Vec<usize>> {
    let all = 1_usize..1 << count;
    let mut sets: Vec<Vec<usize>> =
        all.map(|bits| (0..count).filter(|column| bits >> column & 1 == 1).collect()).collect();
    sets.sort_by(|one, other| one.len().cmp(&other.len()).then_with(|| one.cmp(other)));
    sets
}

fn by_key<'r>(rows: &'r [Row], columns: &[usize]) -> HashMap<Vec<(Presence, &'r str)>, Vec<usize>> {
    let mut found: HashMap<_, Vec<usize>> = HashMap::new();
    for (at, row) in rows.iter().enumerate() {
        found.entry(columns.iter().map(|column| key(&row[*column])).collect()).or_default().push(at);
    }
    found
}

/// All rows in the order of the actual ones; an expected row that is missing comes before those that follow it.
fn lines(actual: &[Row], expected: &[Row], alignment: &Alignment) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut told = vec![false; expected.len()];
    let mut remove = |lines: &mut Vec<Line>, until: usize| {
        for (other, is_told) in told.iter_mut().enumerate().take(until) {
            if !alignment.is_found[other] && !std::mem::replace(is_told, true) {
                lines.push(Line::Removed(other));
            }
        }
    };
    for (at, row) in actual.iter().enumerate() {
        let Some(other) = alignment.expected_of[at] else {
            lines.push(Line::Added(at));
            continue;
        };
        remove(&mut lines, other);
        lines.push(if is_same_row(row, &expected[other]) { Line::Same(at) } else { Line::Changed(at, other) });
    }
    remove(&mut lines, expected.len());
    lines
}

/// What is to be shown.
struct Table<'r> {
    names: &'r [String],
    actual: &'r [Row],
    expected: &'r [Row],
    lines: &'r [Line],
}

impl Table<'_> {
    /// The cells of all lines, the header's first; the first cell says what became of the row.
    fn cells(&self, keys: &BTreeSet<usize>) -> Vec<Vec<String>> {
        let columns = self.columns(keys);
        let pick = |mark: &str, cells: Vec<String>| {
            let cell = |column: &Option<usize>| column.map_or_else(|| "...".to_owned(), |at| cells[at].clone());
            std::iter::once(mark.to_owned()).chain(columns.iter().map(cell)).collect::<Vec<String>>()
        };
        let mut shown = vec![pick("@@", self.names.to_vec())];
        let is_near = |at: usize| {
            let is_change = |line: &Line| !matches!(line, Line::Same(_));
            self.lines[at.saturating_sub(1)..(at + 2).min(self.lines.len())].iter().any(is_change)
        };
        let mut is_gap = false;
        for (at, line) in self.lines.iter().enumerate() {
            if is_near(at) {
                let (mark, cells) = self.line(*line);
                shown.push(pick(mark, cells));
            } else if !is_gap {
                shown.push(vec!["...".to_owned(); columns.len() + 1]);
            }
            is_gap = !is_near(at);
        }
        shown
    }

    /// The columns to show, none for those left out: where rows only changed, those beside a changed one or a key.
    fn columns(&self, keys: &BTreeSet<usize>) -> Vec<Option<usize>> {
        let count = self.names.len();
        let mut wanted: BTreeSet<usize> = keys.clone();
        for line in self.lines {
            match line {
                Line::Same(_) => {}
                Line::Added(_) | Line::Removed(_) => wanted.extend(0..count),
                Line::Changed(one, other) => {
                    let (one, other) = (&self.actual[*one], &self.expected[*other]);
                    wanted.extend((0..count).filter(|at| key(&one[*at]) != key(&other[*at])));
                }
            }
        }
        let is_near = |at: usize| (at.saturating_sub(1)..=at + 1).any(|near| wanted.contains(&near));
        let mut columns: Vec<Option<usize>> = (0..count).map(|at| is_near(at).then_some(at)).collect();
        columns.dedup();
        columns
    }

    fn line(&self, line: Line) -> (&'static str, Vec<String>) {
        let plain = |cell: &Cell| if cell.kind == CellKind::Null { "NULL".to_owned() } else { cell.text.clone() };
        match line {
            Line::Same(at) => ("", self.actual[at].iter().map(plain).collect()),
            Line::Added(at) => ("+++", self.actual[at].iter().map(raw).collect()),
            Line::Removed(at) => ("---", self.expected[at].iter().map(raw).collect()),
            Line::Changed(one, other) => {
                let cell = |(one, other): (&Cell, &Cell)| match key(one) == key(other) {
                    true => plain(one),
                    false => format!("{}→{}", plain(other), plain(one)),
                };
                ("→", self.actual[one].iter().zip(&self.expected[other]).map(cell).collect())
            }
        }
    }
}

/// A value of a row that stands alone.
fn raw(cell: &Cell) -> String {
    match cell.kind {
        CellKind::Null => "null".to_owned(),
        CellKind::Bool => cell.text.to_lowercase(),
        CellKind::Number | CellKind::Other => cell.repr.clone(),
        CellKind::Text => cell.text.clone(),
    }
}

/// The lines with commas between cells; columns are lined up unless that would make them too wide.
fn layout(lines: &[Vec<String>]) -> String {
    let quoted = |cell: &String| match cell.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.clone(),
    };
    let lines: Vec<Vec<String>> = lines.iter().map(|line| line.iter().map(quoted).collect()).collect();
    let count = lines.first().map_or(0, Vec::len);
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(width).collect();
    let is_lined_up = widths.iter().sum::<usize>() <= MAX_WIDTH;
    let mut text = String::new();
    for line in &lines {
        let cells =
            line.iter().zip(&widths).enumerate().map(|(at, (cell, width))| match is_lined_up && at + 1 < count {
                true => format!("{cell:width$}"),
                false => cell.clone(),
            });
        text.push_str(&cells.collect::<Vec<String>>().join(","));
        text.push_str("\r\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> Cell {
        let kind = match text {
            "NULL" => CellKind::Null,
            "True" | "False" => CellKind::Bool,
            number if number.parse::<f64>().is_ok() => CellKind::Number,
            _ => CellKind::Text,
        };
        let repr = if text.contains('.') { format!("Decimal('{text}')") } else { text.to_owned() };
        Cell { kind, text: text.to_owned(), repr }
    }

    fn rows(text: &str) -> Vec<Row> {
        text.split_whitespace().map(|line| line.split(',').map(cell).collect()).collect()
    }

    fn shown(columns: &str, actual: &str, expected: &str) -> String {
        let columns = columns.split(',').map(str::to_owned).collect();
        let found = difference(&UnitRows { columns, actual: rows(actual), expected: rows(expected) });
        let text = found.unwrap_or_default().replace('\r', "");
        text.trim_start_matches("\n\nactual differs from expected:\n\n").trim_end().to_owned()
    }

    // The tables in these tests are those of dbt 1.11 for the same rows.
    #[test]
    fn rows_in_another_order_are_the_same() {
        assert_eq!(shown("id,v", "1,a 2,NULL 3,1.50", "2,NULL 3,1.5 1,a"), "");
    }

    #[test]
    fn a_changed_row_shows_both_values_and_a_missing_one_stands_alone() {
        let text = shown("id,name,amount", "1,E,20.0 2,NULL,41.0", "1,E,21.0 2,NULL,41.0 3,X,9.0");
        insta::assert_snapshot!(text, @"
        @@ ,id,name,amount
        →  ,1 ,E   ,21.0→20.0
           ,2 ,NULL,41.0
        ---,3 ,X   ,Decimal('9.0')
        ");
    }

    #[test]
    fn rows_far_from_a_difference_are_left_out() {
        let text = shown("id,name", "1,x 2,y 3,z 4,z 5,z 6,z 7,z", "7,z 3,z 4,z 5,z 6,z 1,q 2,w 10,x");
        insta::assert_snapshot!(text, @"
        @@ ,id ,name
        →  ,1  ,q→x
        →  ,2  ,w→y
           ,3  ,z
        ...,...,...
           ,7  ,z
        ---,10 ,x
        ");
    }

    #[test]
    fn columns_far_from_a_difference_are_left_out() {
        let text = shown("a,b,c,d,e,f,g,h", "1,2,3,x,5,6,7,8 a,b,c,d,e,f,g,h", "1,2,3,4,5,6,7,8 a,b,c,d,e,f,g,h");
        insta::assert_snapshot!(text, @"
        @@,a,b,c,d  ,e,...
        → ,1,2,3,4→x,5,...
          ,a,b,c,d  ,e,...
        ");
    }

    #[test]
    fn rows_without_a_common_value_do_not_belong_together() {
        insta::assert_snapshot!(shown("v", "b d", "a b c"), @"
        @@ ,v
        ---,a
           ,b
        +++,d
        ---,c
        ");
    }
}
