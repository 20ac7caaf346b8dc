//! `Bytes`: Python's bytes, what `str.encode` gives.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr};
use minijinja::{Error, State, Value};

use super::{bind, failure, no_method, text};

/// Bytes; as a sequence, their numbers.
#[derive(PartialEq, Eq)]
pub struct Bytes(Vec<u8>);

impl Bytes {
    /// The value of some bytes.
    pub fn value(bytes: Vec<u8>) -> Value {
        Value::from_object(Bytes(bytes))
    }

    /// The bytes inside `value`, if it is such.
    pub fn of(value: &Value) -> Option<&[u8]> {
        value.downcast_object_ref::<Bytes>().map(|bytes| bytes.0.as_slice())
    }
}

/// An encoding of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Ascii,
    Latin1,
    Utf16,
}

impl Encoding {
    fn named(name: &str) -> Result<Encoding, Error> {
        match name.to_lowercase().replace(['_', ' '], "-").as_str() {
            "utf-8" | "utf8" | "u8" => Ok(Encoding::Utf8),
            "ascii" | "us-ascii" | "646" => Ok(Encoding::Ascii),
            "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "l1" | "8859" | "cp819" => Ok(Encoding::Latin1),
            "utf-16" | "utf16" | "u16" => Ok(Encoding::Utf16),
            _ => Err(failure(format!("unknown encoding: {name}"))),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Ascii => "ascii",
            Encoding::Latin1 => "latin-1",
            Encoding::Utf16 => "utf-16",
        }
    }

    /// How many codes the encoding has for letters of one byte.
    fn limit(self) -> u32 {
        if self == Encoding::Ascii { 128 } else { 256 }
    }
}

fn choices(method: &str, arguments: &[Value]) -> Result<(Encoding, String), Error> {
    let [encoding, errors] = bind(method, arguments, ["encoding", "errors"], 0)?;
    let encoding = Encoding::named(&encoding.map_or_else(|| "utf-8".to_owned(), |encoding| text(&encoding)))?;
    Ok((encoding, errors.map_or_else(|| "strict".to_owned(), |errors| text(&errors))))
}

/// `letters.encode(encoding, errors)`.
///
/// # Errors
///
/// Python's words for an unknown encoding, and for letters that it does not have.
pub fn encode(letters: &str, arguments: &[Value]) -> Result<Value, Error> {
    let (encoding, errors) = choices("encode", arguments)?;
    match encoding {
        Encoding::Utf8 => return Ok(Bytes::value(letters.as_bytes().to_vec())),
        Encoding::Utf16 => {
            let units = std::iter::once(0xfeff).chain(letters.encode_utf16());
            return Ok(Bytes::value(units.flat_map(u16::to_le_bytes).collect()));
        }
        Encoding::Ascii | Encoding::Latin1 => {}
    }
    let mut bytes = Vec::with_capacity(letters.len());
    for (at, letter) in letters.chars().enumerate() {
        let code = u32::from(letter);
        match u8::try_from(code).ok().filter(|_| code < encoding.limit()) {
            Some(byte) => bytes.push(byte),
            None => {
                bytes.extend(in_stead(letter, &errors).ok_or_else(|| unknown_letter(encoding, letter, at))?.bytes())
            }
        }
    }
    Ok(Bytes::value(bytes))
}

/// What stands for a letter that the encoding does not have; `None` if that is an error.
fn in_stead(letter: char, errors: &str) -> Option<String> {
    match errors {
        "ignore" => Some(String::new()),
        "replace" => Some("?".to_owned()),
        "xmlcharrefreplace" => Some(format!("&#{};", u32::from(letter))),
        "backslashreplace" => Some(escaped(letter)),
        _ => None,
    }
}

fn escaped(letter: char) -> String {
    let code = u32::from(letter);
    match code {
        0..=0xff => format!("\\x{code:02x}"),
        0x100..=0xffff => format!("\\u{code:04x}"),
        _ => format!("\\U{code:08x}"),
    }
}

fn unknown_letter(encoding: Encoding, letter: char, at: usize) -> Error {
    let limit = encoding.limit();
    let name = encoding.name();
    let letter = escaped(letter);
    failure(format!("'{name}' codec can't encode character '{letter}' in position {at}: ordinal not in range({limit})"))
}

fn decode(bytes: &[u8], arguments: &[Value]) -> Result<Value, Error> {
    let (encoding, errors) = choices("decode", arguments)?;
    let wrong = |byte: u8, at: usize, why: &str| {
        let name = encoding.name();
        Err(failure(format!("'{name}' codec can't decode byte 0x{byte:02x} in position {at}: {why}")))
    };
    let decoded = match encoding {
        Encoding::Latin1 => bytes.iter().map(|byte| char::from(*byte)).collect(),
        Encoding::Utf16 => {
            let units: Vec<u16> =
                bytes.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair.get(1).copied().unwrap_or(0)])).collect();
            String::from_utf16_lossy(&units).trim_start_matches('\u{feff}').to_owned()
        }
        Encoding::Utf8 | Encoding::Ascii => {
            let is_known = |byte: &u8| encoding == Encoding::Utf8 || byte.is_ascii();
            let known: Vec<u8> = bytes.iter().copied().filter(is_known).collect();
            match (std::str::from_utf8(&known), errors.as_str()) {
                (Ok(decoded), _) if known.len() == bytes.len() => decoded.to_owned(),
                (_, "ignore") => String::from_utf8_lossy(&known).replace('\u{fffd}', ""),
                (_, "replace") if encoding == Encoding::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
                (_, "replace") => {
                    bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '\u{fffd}' }).collect()
                }
                (Err(error), _) => return wrong(known[error.valid_up_to()], error.valid_up_to(), "invalid start byte"),
                (Ok(_), _) => {
                    let at = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or_default();
                    return wrong(bytes[at], at, "ordinal not in range(128)");
                }
            }
        }
    };
    Ok(Value::from(decoded))
}

impl fmt::Debug for Bytes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = if self.0.contains(&b'\'') && !self.0.contains(&b'"') { '"' } else { '\'' };
        write!(out, "b{quote}")?;
        for byte in &self.0 {
            match byte {
                b'\\' => out.write_str("\\\\")?,
                b'\n' => out.write_str("\\n")?,
                b'\r' => out.write_str("\\r")?,
                b'\t' => out.write_str("\\t")?,
                byte if char::from(*byte) == quote => write!(out, "\\{quote}")?,
                b' '..=b'~' => write!(out, "{}", char::from(*byte))?,
                byte => write!(out, "\\x{byte:02x}")?,
            }
        }
        write!(out, "{quote}")
    }
}

impl Object for Bytes {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.get(key.as_usize()?).map(|byte| Value::from(*byte))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.len())
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        match method {
            "decode" => decode(&self.0, arguments),
            "hex" => {
                let [separator] = bind(method, arguments, ["sep"], 0)?;
                let pairs: Vec<String> = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
                Ok(Value::from(pairs.join(&separator.map(|separator| text(&separator)).unwrap_or_default())))
            }
            _ => Err(no_method(&Value::from_dyn_object(self.clone()), method)),
        }
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}
