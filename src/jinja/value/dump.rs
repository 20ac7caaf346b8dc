//! JSON text with the spacing, order and escapes of Python's `json.dumps`.

use minijinja::value::ValueKind;
use minijinja::{Error, Value};

use super::json::{key_text, unknown};
use super::{Bytes, Range, float_text, items, pairs, text};

/// How JSON text is laid out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Dump {
    /// Keys in order of the alphabet instead of their own.
    pub sort_keys: bool,
    /// Spaces for each level, one item on a line; all on one line without.
    pub indent: Option<usize>,
}

/// The JSON text of `value`; letters beyond ASCII are escaped, as Python does by default.
///
/// # Errors
///
/// Python's words for what JSON does not know.
pub fn dump(value: &Value, layout: Dump) -> Result<String, Error> {
    let mut writer = Writer { out: String::new(), layout, level: 0 };
    writer.write(value)?;
    Ok(writer.out)
}

struct Writer {
    out: String,
    layout: Dump,
    level: usize,
}

impl Writer {
    fn write(&mut self, value: &Value) -> Result<(), Error> {
        match value.kind() {
            ValueKind::None => self.out.push_str("null"),
            ValueKind::Bool => self.out.push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number if value.is_integer() => self.out.push_str(&text(value)),
            ValueKind::Number => self.write_float(f64::try_from(value.clone()).unwrap_or(f64::NAN)),
            ValueKind::String => write_text(&mut self.out, value.as_str().unwrap_or_default()),
            ValueKind::Seq if Range::of(value).is_some() || Bytes::of(value).is_some() => return Err(unknown(value)),
            ValueKind::Seq => {
                let items = items(value)?;
                self.write_block(('[', ']'), &items, Writer::write)?;
            }
            ValueKind::Map => {
                let mut pairs = pairs(value)?;
                if self.layout.sort_keys {
                    pairs.sort_by(|left, right| left.0.cmp(&right.0));
                }
                self.write_block(('{', '}'), &pairs, Writer::write_pair)?;
            }
            _ => return Err(unknown(value)),
        }
        Ok(())
    }

    fn write_float(&mut self, number: f64) {
        match number {
            number if number.is_nan() => self.out.push_str("NaN"),
            f64::INFINITY => self.out.push_str("Infinity"),
            f64::NEG_INFINITY => self.out.push_str("-Infinity"),
            number => self.out.push_str(&float_text(number)),
        }
    }

    fn write_pair(&mut self, (key, value): &(Value, Value)) -> Result<(), Error> {
        write_text(&mut self.out, &key_text(key)?);
        self.out.push_str(": ");
        self.write(value)
    }

    fn write_block<T>(
        &mut self,
        brackets: (char, char),
        items: &[T],
        write: impl Fn(&mut Self, &T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.out.push(brackets.0);
        self.level += 1;
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.out.push_str(if self.layout.indent.is_some() { "," } else { ", " });
            }
            self.new_line();
            write(self, item)?;
        }
        self.level -= 1;
        if !items.is_empty() {
            self.new_line();
        }
        self.out.push(brackets.1);
        Ok(())
    }

    fn new_line(&mut self) {
        if let Some(indent) = self.layout.indent {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n(' ', indent * self.level));
        }
    }
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(letter),
            letter => {
                let mut units = [0; 2];
                for unit in letter.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
}
