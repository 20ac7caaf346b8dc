//! Splits a CSV file into records by the rules of Python's `csv` module, which dbt uses: never strict, a blank line is a record.

use std::io::{ErrorKind, Read};

use crate::error::{Error, Place, Result};

use super::Options;

const BUFFER_BYTES: usize = 1 << 16;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Reads records one after another.
pub(super) struct Reader<'o, R> {
    input: R,
    options: &'o Options,
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    line: u64,
    is_after_return: bool,
    /// Line of the quote that the end of the file leaves open.
    pub(super) open_quote: Option<u64>,
}

/// The fields of one row.
#[derive(Default)]
pub(super) struct Record {
    text: String,
    ends: Vec<usize>,
    /// Line on which it begins, counted from 1.
    pub(super) line: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    StartOfRecord,
    StartOfField,
    Plain,
    Quoted,
    AfterQuote,
}

impl Record {
    /// Number of fields; none on a blank line.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The field at `index`; empty where a short row has none.
    pub(super) fn field(&self, index: usize) -> &str {
        let Some(&end) = self.ends.get(index) else { return "" };
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start..end]
    }
}

impl<'o, R: Read> Reader<'o, R> {
    /// Stands before the first record of `input`, behind a byte order mark.
    pub(super) fn new(input: R, options: &'o Options) -> Result<Reader<'o, R>> {
        let buffer = vec![0; BUFFER_BYTES];
        let mut reader =
            Reader { input, options, buffer, at: 0, filled: 0, line: 1, is_after_return: false, open_quote: None };
        while reader.filled < BYTE_ORDER_MARK.len() && reader.read_more()? {}
        if reader.buffer[..reader.filled].starts_with(BYTE_ORDER_MARK) {
            reader.at = BYTE_ORDER_MARK.len();
        }
        Ok(reader)
    }

    /// Puts the next row into `record`; false at the end of the file.
    pub(super) fn read(&mut self, record: &mut Record) -> Result<bool> {
        let mut bytes = std::mem::take(&mut record.text).into_bytes();
        bytes.clear();
        record.ends.clear();
        let is_row = self.scan(&mut bytes, record)?;
        record.text = String::from_utf8(bytes).map_err(|err| self.not_utf8(&err, record.line))?;
        Ok(is_row)
    }

    fn scan(&mut self, text: &mut Vec<u8>, record: &mut Record) -> Result<bool> {
        let mut state = State::StartOfRecord;
        let mut quote_line = self.line;
        record.line = self.line;
        loop {
            if self.at == self.filled {
                self.at = 0;
                self.filled = 0;
                if !self.read_more()? {
                    return Ok(self.finish(state, quote_line, text, record));
                }
            }
            let byte = self.buffer[self.at];
            if self.is_after_return {
                self.is_after_return = false;
                if byte == b'\n' {
                    self.at += 1;
                    continue;
                }
            }
            if state == State::Quoted {
                self.take_quoted(text);
                if self.at < self.filled && self.buffer[self.at] == b'"' {
                    self.at += 1;
                    state = State::AfterQuote;
                }
                continue;
            }
            let is_start = matches!(state, State::StartOfRecord | State::StartOfField);
            if byte == b'"' && is_start {
                quote_line = self.line;
                state = State::Quoted;
                self.at += 1;
            } else if byte == b'"' && state == State::AfterQuote {
                text.push(b'"');
                state = State::Quoted;
                self.at += 1;
            } else if byte == self.options.delimiter {
                record.ends.push(text.len());
                state = State::StartOfField;
                self.at += 1;
            } else if byte == b'\n' || byte == b'\r' {
                self.end_line(byte);
                if state != State::StartOfRecord {
                    record.ends.push(text.len());
                }
                return Ok(true);
            } else {
                self.take_plain(text);
                state = State::Plain;
            }
        }
    }

    /// Appends up to the next delimiter or line end; at least one byte.
    fn take_plain(&mut self, text: &mut Vec<u8>) {
        let delimiter = self.options.delimiter;
        let rest = &self.buffer[self.at..self.filled];
        let ends = |&byte: &u8| byte == delimiter || byte == b'\n' || byte == b'\r';
        let length = 1 + rest[1..].iter().position(ends).unwrap_or(rest.len() - 1);
        text.extend_from_slice(&rest[..length]);
        self.at += length;
    }

    /// Appends up to the next quote, with every line end as `\n`.
    fn take_quoted(&mut self, text: &mut Vec<u8>) {
        let rest = &self.buffer[self.at..self.filled];
        let length = rest.iter().position(|byte| matches!(byte, b'"' | b'\n' | b'\r')).unwrap_or(rest.len());
        text.extend_from_slice(&rest[..length]);
        self.at += length;
        if let Some(&byte) = rest.get(length).filter(|byte| **byte != b'"') {
            text.push(b'\n');
            self.end_line(byte);
        }
    }

    fn end_line(&mut self, byte: u8) {
        self.at += 1;
        self.line += 1;
        self.is_after_return = byte == b'\r';
    }

    fn finish(&mut self, state: State, quote_line: u64, text: &[u8], record: &mut Record) -> bool {
        if state == State::Quoted {
            self.open_quote = Some(quote_line);
        }
        if state != State::StartOfRecord {
            record.ends.push(text.len());
        }
        state != State::StartOfRecord
    }

    /// Fills the buffer behind what it holds; false at the end of the file.
    fn read_more(&mut self) -> Result<bool> {
        loop {
            match self.input.read(&mut self.buffer[self.filled..]) {
                Ok(count) => {
                    self.filled += count;
                    return Ok(count > 0);
                }
                Err(err) if err.kind() == ErrorKind::Interrupted => {}
                Err(err) => return Err(Error::io("read", &self.options.path, err)),
            }
        }
    }

    fn not_utf8(&self, err: &std::string::FromUtf8Error, first_line: u64) -> Error {
        let before = &err.as_bytes()[..err.utf8_error().valid_up_to()];
        let line = first_line + before.iter().filter(|byte| **byte == b'\n').count() as u64;
        let byte = err.as_bytes()[before.len()];
        Error::parsing(format!("byte 0x{byte:02x} is not UTF-8"))
            .at(self.options.place(line))
            .hint("save the file as UTF-8")
    }
}

impl Options {
    /// A line of the file, counted from 1.
    pub fn place(&self, line: u64) -> Place {
        Place::at(&self.path, u32::try_from(line).unwrap_or(u32::MAX), 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str) -> Vec<Vec<String>> {
        let options = Options::new("a.csv");
        let mut reader = Reader::new(text.as_bytes(), &options).unwrap();
        let mut record = Record::default();
        let mut all = Vec::new();
        while reader.read(&mut record).unwrap() {
            all.push((0..record.len()).map(|index| record.field(index).to_owned()).collect());
        }
        all
    }

    #[test]
    fn records_are_split_as_python_does() {
        let cases: [(&str, &[&[&str]]); 10] = [
            ("1,x\"y\"z\n", &[&["1", "x\"y\"z"]]),
            ("1,\"x\"y\n", &[&["1", "xy"]]),
            ("1,\"x\"y\"z\"\n", &[&["1", "xy\"z\""]]),
            ("1, \"x\"\n", &[&["1", " \"x\""]]),
            ("1,\"x\r\ny\"\n", &[&["1", "x\ny"]]),
            ("a,b\r1,2\r", &[&["a", "b"], &["1", "2"]]),
            ("1,2\r\r\n3,4\n", &[&["1", "2"], &[], &["3", "4"]]),
            ("1,\"x\n", &[&["1", "x\n"]]),
            ("\u{feff}\"a\",b,", &[&["a", "b", ""]]),
            ("\"\"\n\n", &[&[""], &[]]),
        ];
        for (text, expected) in cases {
            assert_eq!(records(text), expected, "{text:?}");
        }
    }
}
