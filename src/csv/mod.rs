//! CSV files as seeds: first their shape, from all rows in constant memory, then their rows, as COPY text or as values.
//!
//! Both passes read a value in the way of dbt, whose oddities decide what ends up in a table: `$5` and `2,55` are whole numbers there.
//! What such a reading changes is told by a [`Warning`].

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use crate::error::{Error, Result};

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

/// Reads the whole file at `path` once and says what it holds.
///
/// # Errors
///
/// `Io` when it cannot be read, `Parsing` with the line when it is no such file: no header, a row that is longer than the
/// header, text that is not UTF-8.
pub fn infer(path: &Path, options: &Options) -> Result<Shape> {
    infer_from(open(path)?, options)
}

/// As [`infer`], from an open reader.
pub fn infer_from(_input: impl Read, _options: &Options) -> Result<Shape> {
    todo!()
}

/// Turns a file into rows of COPY's text format, some at a time.
pub struct Copier<R> {
    input: R,
}

impl<R: Read> Copier<R> {
    /// Reads `input` anew, whose `shape` is known; the session's `zone` is where times with an offset are put.
    pub fn new(_input: R, _shape: &Shape, _options: &Options, _zone: Tz) -> Copier<R> {
        todo!()
    }

    /// Appends rows to `buffer` until it holds about `enough` bytes; false when nothing is left to append.
    ///
    /// # Errors
    ///
    /// As [`infer`], and `Parsing` when the file is not the one whose shape is known.
    pub fn fill(&mut self, _buffer: &mut Vec<u8>, _enough: usize) -> Result<bool> {
        todo!()
    }
}

/// All rows of a file whose shape is known, one vector of values for each.
pub fn rows<R: Read>(_input: R, _shape: &Shape, _options: &Options) -> impl Iterator<Item = Result<Vec<Value>>> {
    std::iter::from_fn(|| todo!())
}

/// Opens a seed's file.
pub fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|err| Error::io("read", path, err))
}
