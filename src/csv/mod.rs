//! CSV files as seeds: first their shape, from all rows in constant memory, then their rows, as COPY text or as values.
//!
//! Both passes read a value in the way of dbt, whose oddities decide what ends up in a table: `$5` and `2,55` are whole numbers there.
//! What such a reading changes is told by a [`Warning`].

mod copy;
mod guess;
mod number;
mod reader;
mod time;

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::{Error, Place, Result};

use guess::Guess;
use reader::{Reader, Record};

pub use copy::{Copier, line_of_row, rows};

/// How a file is to be read.
#[derive(Debug, Clone)]
pub struct Options {
    /// The file as messages name it.
    pub path: PathBuf,
    /// Between two fields; one ASCII character.
    pub delimiter: u8,
    /// Columns that are read as text whatever they hold: those that `column_types` names.
    pub text_columns: Vec<String>,
}

/// What a column holds, by all of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Whole numbers that fit in four bytes; also a column without any value.
    Integer,
    /// Whole numbers that fit in eight bytes, where dbt ends in an error.
    BigInt,
    /// Larger whole numbers.
    Numeric,
    /// Numbers with a fraction.
    Float,
    /// Days.
    Date,
    /// Days with a time, with or without an offset from UTC.
    Timestamp,
    /// `true` and `false`.
    Boolean,
    /// Anything else.
    Text,
}

/// One column of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// From the header; an empty name is a letter there, a doubled one ends in `_2`.
    pub name: String,
    /// What all of its values are.
    pub kind: Kind,
}

/// What is known of a file after its first pass.
#[derive(Debug, Clone)]
pub struct Shape {
    /// In the order of the file.
    pub columns: Vec<Column>,
    /// Rows below the header.
    pub rows: u64,
    /// At most a few for each column.
    pub warnings: Vec<Warning>,
}

/// A value that a reader of the file would take for another than the one that is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Name of the column.
    pub column: String,
    /// The first such value, as the file writes it.
    pub value: String,
    /// Line of that value in the file, counted from 1.
    pub line: u64,
    /// A whole sentence on it, without the place.
    pub message: String,
}

/// A value as an agate table shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Empty, or the word `null`.
    Null,
    /// A number as Python's `Decimal` writes it: `1.50`, `1E+5`.
    Decimal(String),
    /// A day in ISO form.
    Date(String),
    /// A day and time in ISO form, with the offset where the file has one.
    DateTime(String),
    /// A truth value.
    Bool(bool),
    /// Text, unchanged.
    Text(String),
}

impl Options {
    /// A comma-separated file without forced columns.
    pub fn new(path: impl Into<PathBuf>) -> Options {
        Options { path: path.into(), delimiter: b',', text_columns: Vec::new() }
    }
}

impl Kind {
    /// The Postgres type that a seed's column of this kind gets.
    pub fn ddl(self) -> &'static str {
        match self {
            Kind::Integer => "integer",
            Kind::BigInt => "bigint",
            Kind::Numeric => "numeric",
            Kind::Float => "float8",
            Kind::Date => "date",
            Kind::Timestamp => "timestamp without time zone",
            Kind::Boolean => "boolean",
            Kind::Text => "text",
        }
    }
}

/// The records of a text, the header's first, as they are written.
///
/// # Errors
///
/// `Parsing` for text that is not UTF-8.
pub fn records(text: &str, options: &Options) -> Result<Vec<Vec<String>>> {
    let mut reader = Reader::new(text.as_bytes(), options)?;
    let mut record = Record::default();
    let mut all = Vec::new();
    while reader.read(&mut record)? {
        all.push((0..record.len()).map(|index| record.field(index).to_owned()).collect());
    }
    Ok(all)
}

/// Reads the whole file at `path` once and says what it holds.
///
/// # Errors
///
/// `Io` when it cannot be read, `Parsing` with the line when it is no such file: no header, a row that is longer than the
/// header, text that is not UTF-8; `Compilation` for a delimiter that is none.
pub fn infer(path: &Path, options: &Options) -> Result<Shape> {
    infer_from(open(path)?, options)
}

/// As [`infer`], from an open reader.
pub fn infer_from(input: impl Read, options: &Options) -> Result<Shape> {
    if !options.delimiter.is_ascii() || matches!(options.delimiter, b'"' | b'\n' | b'\r') {
        return Err(Error::compilation("`delimiter` must be one ASCII character that is no quote or line end")
            .at(Place::file(&options.path)));
    }
    let mut reader = Reader::new(input, options)?;
    let mut record = Record::default();
    let names = header(&mut reader, &mut record, options)?;
    let mut guesses: Vec<Guess> = names.iter().map(|name| Guess::new(options.text_columns.contains(name))).collect();
    let mut rows = 0;
    while reader.read(&mut record)? {
        refuse_long_row(&record, guesses.len(), options)?;
        for (index, guess) in guesses.iter_mut().enumerate() {
            guess.see(record.field(index), record.line);
        }
        rows += 1;
    }
    let mut warnings: Vec<Warning> =
        names.iter().zip(&guesses).flat_map(|(name, guess)| guess.warnings(name)).collect();
    warnings.extend(reader.open_quote.map(|line| unclosed(line, &record, &names)));
    let columns = names.into_iter().zip(&guesses).map(|(name, guess)| Column { name, kind: guess.kind() }).collect();
    Ok(Shape { columns, rows, warnings })
}

/// Reads the first record and gives each column a name of its own.
fn header<R: Read>(reader: &mut Reader<'_, R>, record: &mut Record, options: &Options) -> Result<Vec<String>> {
    if !reader.read(record)? {
        return Err(
            Error::parsing("the file is empty; its first line should name the columns").at(Place::file(&options.path))
        );
    }
    if record.len() == 0 {
        return Err(Error::parsing("the first line is blank; it should name the columns").at(options.place(1)));
    }
    let mut names: Vec<String> = Vec::with_capacity(record.len());
    let mut taken = HashSet::new();
    for index in 0..record.len() {
        let wanted = match record.field(index) {
            "" => letter_name(index),
            name => name.to_owned(),
        };
        let mut name = wanted.clone();
        let mut number = 2;
        while !taken.insert(name.clone()) {
            name = format!("{wanted}_{number}");
            number += 1;
        }
        names.push(name);
    }
    Ok(names)
}

/// `a` to `z`, then `aa`, `bb`.
fn letter_name(index: usize) -> String {
    let letters = b"abcdefghijklmnopqrstuvwxyz";
    char::from(letters[index % letters.len()]).to_string().repeat(index / letters.len() + 1)
}

fn refuse_long_row(record: &Record, width: usize, options: &Options) -> Result<()> {
    if record.len() <= width {
        return Ok(());
    }
    let message = format!("the row has {} values, but the header names {width} columns", record.len());
    Err(Error::parsing(message).at(options.place(record.line)))
}

fn unclosed(line: u64, record: &Record, names: &[String]) -> Warning {
    let index = record.len().clamp(1, names.len()) - 1;
    let value: String = record.field(index).chars().take(40).collect();
    let message = "a quote is opened but never closed, so the rest of the file is one value".to_owned();
    Warning { column: names[index].clone(), value, line, message }
}

/// Whether a value without surrounding space stands for null.
fn is_null(stripped: &str) -> bool {
    stripped.is_empty() || stripped.eq_ignore_ascii_case("null")
}

/// `text` without what Python counts as space at both ends.
fn strip(text: &str) -> &str {
    let is_bare = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_graphic());
    let bytes = text.as_bytes();
    if is_bare(bytes.first()) && is_bare(bytes.last()) { text } else { text.trim_matches(is_space) }
}

fn is_space(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\x1c'..='\x1f')
}

/// Opens a seed's file.
pub fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|err| Error::io("read", path, err))
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;
    use serde_json::Value as Json;

    use super::*;

    fn options(case: &Json) -> Options {
        let texts = case["text_columns"].as_array().cloned().unwrap_or_default();
        Options {
            path: "seeds/case.csv".into(),
            delimiter: case["delimiter"].as_str().map_or(b',', |text| text.as_bytes()[0]),
            text_columns: texts.iter().map(|name| name.as_str().unwrap().to_owned()).collect(),
        }
    }

    fn json(value: &Value) -> Json {
        match value {
            Value::Null => Json::Null,
            Value::Bool(truth) => Json::Bool(*truth),
            Value::Decimal(text) | Value::Date(text) | Value::DateTime(text) | Value::Text(text) => {
                Json::String(text.clone())
            }
        }
    }

    fn copied(text: &str, options: &Options, zone: Tz) -> Result<String> {
        let shape = infer_from(text.as_bytes(), options)?;
        let mut copier = Copier::new(text.as_bytes(), &shape, options, zone)?;
        let mut buffer = Vec::new();
        while copier.fill(&mut buffer, usize::MAX)? {}
        Ok(String::from_utf8(buffer).unwrap())
    }

    fn cases() -> Json {
        serde_json::from_str(include_str!("seed_cases.json")).unwrap()
    }

    #[test]
    fn every_column_has_the_type_and_values_that_dbt_gives() {
        for case in cases()["columns"].as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            let text = case["csv"].as_str().unwrap();
            let options = options(case);
            let shape = infer_from(text.as_bytes(), &options).unwrap();
            let column = &shape.columns[1];
            // Where dbt ends in an error, kiln takes a type that holds the value.
            let ddl = match name {
                "big" => "bigint",
                "bigger" => "numeric",
                _ => case["ddl"].as_str().unwrap(),
            };
            assert_eq!((column.name.as_str(), column.kind.ddl()), (name, ddl));
            let rows = rows(text.as_bytes(), &shape, &options).unwrap();
            let values: Vec<Json> = rows.map(|row| json(&row.unwrap()[1])).collect();
            assert_eq!(Json::Array(values), case["values"], "{name}");
        }
    }

    #[test]
    fn every_file_is_split_as_dbt_does() {
        for case in cases()["files"].as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            let text = case["csv"].as_str().unwrap();
            let options = options(case);
            let found = infer_from(text.as_bytes(), &options);
            if case["error"].is_string() {
                assert!(found.is_err(), "{name}");
                continue;
            }
            let shape = found.unwrap();
            let names: Vec<&str> = shape.columns.iter().map(|column| column.name.as_str()).collect();
            let ddl: Vec<&str> = shape.columns.iter().map(|column| column.kind.ddl()).collect();
            assert_eq!((Json::from(names), Json::from(ddl)), (case["columns"].clone(), case["ddl"].clone()), "{name}");
            let rows = rows(text.as_bytes(), &shape, &options).unwrap();
            let values: Vec<Json> = rows.map(|row| row.unwrap().iter().map(json).collect()).collect();
            assert_eq!(Json::Array(values), case["rows"], "{name}");
        }
    }

    #[test]
    fn rows_are_written_as_copy_text() {
        let text = "n,f,d,t,b,s\n1.0,1.50,2024-1-5,2024-01-05T10:00:00+02:00,TRUE,\"a\tb\\\n\"\n1e5,,,,,\n";
        let expected = "1\t1.50\t2024-01-05\t2024-01-05 09:00:00\tt\ta\\tb\\\\\\n\n100000\t\\N\t\\N\t\\N\t\\N\t\\N\n";
        assert_eq!(copied(text, &Options::new("a.csv"), Tz::Europe__Berlin).unwrap(), expected);
    }

    #[test]
    fn a_value_that_is_changed_is_warned_of_once() {
        let text = "a,b,c,d,e\n\"2,55\",\"1,000\",12%,1,007\n$5,\"2,000\",7%,x,8\n";
        let shape = infer_from(text.as_bytes(), &Options::new("a.csv")).unwrap();
        let found: Vec<(&str, &str, u64)> =
            shape.warnings.iter().map(|it| (it.column.as_str(), it.value.as_str(), it.line)).collect();
        assert_eq!(found, [("a", "2,55", 2), ("c", "12%", 2), ("e", "007", 2)]);
        insta::assert_snapshot!(shape.warnings[0].message, @"column `a` has the value `2,55`, which is read as 255; `column_types` with a type for `a` keeps values as they are");
    }

    #[test]
    fn errors_name_the_line() {
        let options = Options::new("seeds/a.csv");
        let error = |bytes: &[u8]| {
            let found = infer_from(bytes, &options).unwrap_err();
            format!("{}: {found}", found.place().unwrap())
        };
        let copy_error = |text: &str| {
            let found = copied(text, &options, Tz::UTC).unwrap_err();
            format!("{}: {found}", found.place().unwrap())
        };
        insta::assert_snapshot!(error(b""), @"seeds/a.csv: the file is empty; its first line should name the columns");
        insta::assert_snapshot!(error(b"\n1,2\n"), @"seeds/a.csv:1: the first line is blank; it should name the columns");
        insta::assert_snapshot!(error(b"a,b\n\"x\ny\",2\n1,2,3\n"), @"seeds/a.csv:4: the row has 3 values, but the header names 2 columns");
        insta::assert_snapshot!(error(b"a,b\n\"x\n\xFFy\",2\n"), @"seeds/a.csv:3: byte 0xff is not UTF-8");
        insta::assert_snapshot!(copy_error("a,b\nx\0y,2\n"), @"seeds/a.csv:2: column `a` holds a zero byte, which Postgres cannot store");
        insta::assert_snapshot!(copy_error("a\n1\nNaN\n"), @"seeds/a.csv:3: column `a` holds whole numbers, but `NaN` is none");
    }
}
