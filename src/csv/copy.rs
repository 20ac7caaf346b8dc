//! The second pass: every value is read again as its column's kind, and written as COPY text or given out.

use std::io::Read;

use chrono_tz::Tz;

use crate::error::{Error, Result};

use super::guess::read_boolean;
use super::number::Number;
use super::reader::{Reader, Record};
use super::time::{self, Moment};
use super::{Kind, Options, Shape, Value, header, is_null, refuse_long_row, strip};

/// Turns a file into rows of COPY's text format, some at a time.
pub struct Copier<'o, R> {
    reader: Reader<'o, R>,
    shape: &'o Shape,
    options: &'o Options,
    zone: Tz,
    record: Record,
    rows: u64,
}

impl<'o, R: Read> Copier<'o, R> {
    /// Reads `input` anew, whose `shape` is known; the session's `zone` is where times with an offset are put.
    ///
    /// # Errors
    ///
    /// `Io`, and `Parsing` when the header is not the one that was seen.
    pub fn new(input: R, shape: &'o Shape, options: &'o Options, zone: Tz) -> Result<Copier<'o, R>> {
        let mut reader = Reader::new(input, options)?;
        let mut record = Record::default();
        let names = header(&mut reader, &mut record, options)?;
        if !names.iter().eq(shape.columns.iter().map(|column| &column.name)) {
            return Err(changed(options, 1));
        }
        Ok(Copier { reader, shape, options, zone, record, rows: 0 })
    }

    /// Appends rows to `buffer` until it holds `enough` bytes; false when nothing is left to append.
    ///
    /// # Errors
    ///
    /// `Io`, and `Parsing` when a value does not fit the kind that was seen, or cannot be stored.
    pub fn fill(&mut self, buffer: &mut Vec<u8>, enough: usize) -> Result<bool> {
        let before = buffer.len();
        while buffer.len() < enough {
            if !self.reader.read(&mut self.record)? {
                break;
            }
            self.write_row(buffer)?;
            self.rows += 1;
        }
        Ok(buffer.len() > before)
    }

    fn write_row(&self, buffer: &mut Vec<u8>) -> Result<()> {
        refuse_long_row(&self.record, self.shape.columns.len(), self.options)?;
        for (index, column) in self.shape.columns.iter().enumerate() {
            if index > 0 {
                buffer.push(b'\t');
            }
            let field = self.record.field(index);
            if write_field(buffer, field, column.kind, self.zone).is_none() {
                return Err(self.refused(field, index));
            }
        }
        buffer.push(b'\n');
        Ok(())
    }

    fn refused(&self, field: &str, index: usize) -> Error {
        let line = self.record.line;
        let column = &self.shape.columns[index].name;
        if field.contains('\0') {
            let message = format!("column `{column}` holds a zero byte, which Postgres cannot store");
            return Error::parsing(message).at(self.options.place(line));
        }
        if Number::read(strip(field)).is_some() && self.shape.columns[index].kind != Kind::Text {
            let message = format!("column `{column}` holds whole numbers, but `{field}` is none");
            return Error::parsing(message)
                .at(self.options.place(line))
                .hint(format!("give the column a type with `column_types: {{{column}: float8}}`"));
        }
        changed(self.options, line)
    }
}

/// The line on which the row `number` begins, the header not counted, which is the row 0.
///
/// # Errors
///
/// `Io`, and `Parsing` where the file is none.
pub fn line_of_row<R: Read>(input: R, options: &Options, number: u64) -> Result<u64> {
    let mut reader = Reader::new(input, options)?;
    let mut record = Record::default();
    for _ in 0..=number {
        reader.read(&mut record)?;
    }
    Ok(record.line)
}

fn changed(options: &Options, line: u64) -> Error {
    Error::parsing("the file changed while it was read").at(options.place(line))
}

/// Appends one value; none when it is not of `kind`.
fn write_field(buffer: &mut Vec<u8>, field: &str, kind: Kind, zone: Tz) -> Option<()> {
    if kind == Kind::Text {
        return write_text(buffer, field);
    }
    let bytes = field.as_bytes();
    let is_short = (1..=9).contains(&bytes.len()) && bytes[0] != b'0';
    if kind == Kind::Integer && is_short && bytes.iter().all(u8::is_ascii_digit) {
        buffer.extend_from_slice(bytes);
        return Some(());
    }
    let stripped = strip(field);
    if is_null(stripped) {
        buffer.extend_from_slice(b"\\N");
        return Some(());
    }
    match kind {
        Kind::Integer | Kind::BigInt => buffer.extend_from_slice(Number::read(stripped)?.whole()?.as_bytes()),
        Kind::Numeric | Kind::Float => write_number(buffer, stripped)?,
        Kind::Date => write_date(buffer, stripped)?,
        Kind::Timestamp => write_moment(buffer, stripped, zone)?,
        Kind::Boolean => buffer.extend_from_slice(match read_boolean(field)? {
            None => b"\\N",
            Some(true) => b"t",
            Some(false) => b"f",
        }),
        Kind::Text => write_text(buffer, field)?,
    }
    Some(())
}

/// Appends `field` with COPY's escapes; none when it holds a zero byte.
fn write_text(buffer: &mut Vec<u8>, field: &str) -> Option<()> {
    if field.len() < 16 && is_null(strip(field)) {
        buffer.extend_from_slice(b"\\N");
        return Some(());
    }
    if field.len() >= 16 && strip(field).is_empty() {
        buffer.extend_from_slice(b"\\N");
        return Some(());
    }
    let bytes = field.as_bytes();
    if !bytes.iter().any(|byte| matches!(byte, b'\\' | b'\t' | b'\n' | b'\r' | 0)) {
        buffer.extend_from_slice(bytes);
        return Some(());
    }
    for &byte in bytes {
        match byte {
            b'\\' => buffer.extend_from_slice(b"\\\\"),
            b'\t' => buffer.extend_from_slice(b"\\t"),
            b'\n' => buffer.extend_from_slice(b"\\n"),
            b'\r' => buffer.extend_from_slice(b"\\r"),
            0 => return None,
            _ => buffer.push(byte),
        }
    }
    Some(())
}

fn write_date(buffer: &mut Vec<u8>, text: &str) -> Option<()> {
    let date = time::read_date(text)?;
    if text.len() == 10 && !text.contains(' ') {
        buffer.extend_from_slice(text.as_bytes());
    } else {
        buffer.extend_from_slice(date.to_string().as_bytes());
    }
    Some(())
}

fn read_moment(text: &str) -> Option<Moment> {
    time::read_moment(text).map(Moment::Local).or_else(|| time::read_iso(text))
}

/// Most numbers stand in the file as Postgres reads them.
fn write_number(buffer: &mut Vec<u8>, text: &str) -> Option<()> {
    let number = Number::read(text)?;
    if text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        buffer.extend_from_slice(text.as_bytes());
    } else {
        buffer.extend_from_slice(number.to_string().as_bytes());
    }
    Some(())
}

/// Most moments, too, stand there as Postgres reads them.
fn write_moment(buffer: &mut Vec<u8>, text: &str, zone: Tz) -> Option<()> {
    let local = match read_moment(text)? {
        Moment::Local(_) if is_usual(text.as_bytes()) => {
            buffer.extend_from_slice(text.as_bytes());
            return Some(());
        }
        Moment::Local(local) => local,
        Moment::Zoned(zoned) => zoned.with_timezone(&zone).naive_local(),
    };
    buffer.extend_from_slice(time::plain(&local, ' ').as_bytes());
    Some(())
}

/// `2024-01-05 10:00:00`, or with a `T`.
fn is_usual(text: &[u8]) -> bool {
    text.len() == 19
        && text[4] == b'-'
        && text[7] == b'-'
        && matches!(text[10], b' ' | b'T')
        && text[13] == b':'
        && text[16] == b':'
}

/// All rows of a file whose shape is known, one vector of values for each.
///
/// # Errors
///
/// As for [`Copier`].
pub fn rows<'o, R: Read>(
    input: R,
    shape: &'o Shape,
    options: &'o Options,
) -> Result<impl Iterator<Item = Result<Vec<Value>>>> {
    let mut copier = Copier::new(input, shape, options, Tz::UTC)?;
    Ok(std::iter::from_fn(move || match copier.reader.read(&mut copier.record) {
        Ok(true) => Some(copier.values()),
        Ok(false) => None,
        Err(err) => Some(Err(err)),
    }))
}

impl<R: Read> Copier<'_, R> {
    fn values(&self) -> Result<Vec<Value>> {
        refuse_long_row(&self.record, self.shape.columns.len(), self.options)?;
        let value = |(index, column): (usize, &super::Column)| {
            let field = self.record.field(index);
            read_value(field, column.kind).ok_or_else(|| self.refused(field, index))
        };
        self.shape.columns.iter().enumerate().map(value).collect()
    }
}

fn read_value(field: &str, kind: Kind) -> Option<Value> {
    let stripped = strip(field);
    if is_null(stripped) {
        return Some(Value::Null);
    }
    Some(match kind {
        Kind::Integer | Kind::BigInt | Kind::Numeric | Kind::Float => {
            Value::Decimal(Number::read(stripped)?.to_string())
        }
        Kind::Date => Value::Date(time::read_date(stripped)?.to_string()),
        Kind::Timestamp => Value::DateTime(read_moment(stripped)?.iso()),
        Kind::Boolean => read_boolean(field)?.map_or(Value::Null, Value::Bool),
        Kind::Text => Value::Text(field.to_owned()),
    })
}
