//! The `%` operator on strings.

use std::iter::Peekable;
use std::str::Chars;

use minijinja::value::ValueKind;
use minijinja::{Error, Value};

use super::{braces::ascii, digits};
use crate::jinja::value::{Number, failure, items, repr, text, type_name};

/// `template % arguments`.
///
/// # Errors
///
/// Python's words for missing, superfluous and unfit arguments.
pub fn percent(template: &str, arguments: &Value) -> Result<String, Error> {
    let is_mapping = arguments.kind() == ValueKind::Map;
    let positional = if arguments.is_tuple() { items(arguments)? } else { vec![arguments.clone()] };
    let mut given = Given { all: arguments, positional, used: 0 };
    let mut out = String::with_capacity(template.len());
    let mut letters = template.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            out.push(letter);
        } else if letters.next_if_eq(&'%').is_some() {
            out.push('%');
        } else {
            out.push_str(&convert(&mut letters, &mut given)?);
        }
    }
    if given.used < given.positional.len() && !is_mapping {
        return Err(failure("not all arguments converted during string formatting"));
    }
    Ok(out)
}

struct Given<'a> {
    all: &'a Value,
    positional: Vec<Value>,
    used: usize,
}

impl Given<'_> {
    fn next(&mut self) -> Result<Value, Error> {
        let value = self.positional.get(self.used).cloned();
        self.used += 1;
        value.ok_or_else(|| failure("not enough arguments for format string"))
    }

    fn named(&mut self, name: &str) -> Result<Value, Error> {
        if self.all.kind() != ValueKind::Map {
            return Err(failure("format requires a mapping"));
        }
        self.used = self.positional.len();
        let found = self.all.get_item(&Value::from(name))?;
        if found.is_undefined() { Err(failure(format!("'{name}'"))) } else { Ok(found) }
    }
}

#[derive(Default)]
struct Flags {
    is_left: bool,
    is_zero_filled: bool,
    is_alternate: bool,
    sign: &'static str,
    width: usize,
    precision: Option<usize>,
}

fn convert(letters: &mut Peekable<Chars<'_>>, given: &mut Given<'_>) -> Result<String, Error> {
    let mut name = None;
    if letters.next_if_eq(&'(').is_some() {
        let mut open = 1;
        let key = letters.take_while(|letter| {
            open += i32::from(*letter == '(') - i32::from(*letter == ')');
            open > 0
        });
        name = Some(key.collect::<String>());
    }
    let mut flags = Flags::default();
    while let Some(flag) = letters.next_if(|letter| "-0# +".contains(*letter)) {
        match flag {
            '-' => flags.is_left = true,
            '0' => flags.is_zero_filled = true,
            '#' => flags.is_alternate = true,
            '+' => flags.sign = "+",
            _ if flags.sign.is_empty() => flags.sign = " ",
            _ => {}
        }
    }
    if let Some(width) = size(letters, given)? {
        flags.is_left |= width < 0;
        flags.width = width.unsigned_abs() as usize;
    }
    if letters.next_if_eq(&'.').is_some() {
        flags.precision = Some(size(letters, given)?.unwrap_or_default().max(0) as usize);
    }
    while letters.next_if(|letter| "hlL".contains(*letter)).is_some() {}
    let kind = letters.next().ok_or_else(|| failure("incomplete format"))?;
    if kind == '%' {
        return Ok("%".to_string());
    }
    let value = match name {
        Some(name) => given.named(&name)?,
        None => given.next()?,
    };
    write(&flags, kind, &value)
}

fn size(letters: &mut Peekable<Chars<'_>>, given: &mut Given<'_>) -> Result<Option<i64>, Error> {
    if letters.next_if_eq(&'*').is_some() {
        return match given.next()?.as_i64() {
            Some(size) if size.abs() < 1_000_000 => Ok(Some(size)),
            Some(_) | None => Err(failure("* wants int")),
        };
    }
    let mut digits = String::new();
    while let Some(digit) = letters.next_if(char::is_ascii_digit) {
        digits.push(digit);
    }
    match digits.parse() {
        Ok(size) if size < 1_000_000 => Ok(Some(size)),
        Ok(_) => Err(failure("width too big")),
        Err(_) => Ok(None),
    }
}

fn write(flags: &Flags, kind: char, value: &Value) -> Result<String, Error> {
    let body = match kind {
        's' => text(value),
        'r' => repr(value),
        'a' => ascii(&repr(value)),
        'c' => return letter(value).map(|letter| pad(flags, "", &letter, false)),
        'd' | 'i' | 'u' | 'o' | 'x' | 'X' => return write_integer(flags, kind, value),
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => return write_float(flags, kind, value),
        _ => {
            let code = u32::from(kind);
            return Err(failure(format!("unsupported format character '{kind}' (0x{code:x})")));
        }
    };
    let cut: String = body.chars().take(flags.precision.unwrap_or(usize::MAX)).collect();
    Ok(pad(flags, "", &cut, false))
}

fn letter(value: &Value) -> Result<String, Error> {
    let wrong = || failure("%c requires int or char");
    if let Some(text) = value.as_str() {
        return if text.chars().count() == 1 { Ok(text.to_string()) } else { Err(wrong()) };
    }
    let code = value.as_i64().and_then(|code| u32::try_from(code).ok()).ok_or_else(wrong)?;
    char::from_u32(code).map(String::from).ok_or_else(|| failure("%c arg not in range(0x110000)"))
}

fn write_integer(flags: &Flags, kind: char, value: &Value) -> Result<String, Error> {
    let number = match (Number::of(value), kind) {
        (Some(number), 'd' | 'i' | 'u') => number.truncated(),
        (Some(Number::Int(number)), _) => Some(number),
        (Some(_) | None, _) => None,
    };
    let wanted = if matches!(kind, 'd' | 'i' | 'u') { "a real number" } else { "an integer" };
    let number =
        number.ok_or_else(|| failure(format!("%{kind} format: {wanted} is required, not {}", type_name(value))))?;
    let size = number.unsigned_abs();
    let (prefix, digits) = match kind {
        'o' => ("0o", format!("{size:o}")),
        'x' => ("0x", format!("{size:x}")),
        'X' => ("0X", format!("{size:X}")),
        _ => ("", size.to_string()),
    };
    let digits = format!("{digits:0>width$}", width = flags.precision.unwrap_or_default());
    let sign = if number < 0 { "-" } else { flags.sign };
    let head = if flags.is_alternate { format!("{sign}{prefix}") } else { sign.to_string() };
    Ok(pad(flags, &head, &digits, true))
}

fn write_float(flags: &Flags, kind: char, value: &Value) -> Result<String, Error> {
    let number = Number::of(value).ok_or_else(|| failure(format!("must be real number, not {}", type_name(value))))?;
    let float = Number::Float(number.float());
    let precision = flags.precision.unwrap_or(6);
    let digits = match kind.to_ascii_lowercase() {
        'e' => digits::exponent(&float, precision),
        'f' => digits::fixed(&float, precision),
        _ => digits::general(&float, precision, flags.is_alternate),
    };
    let digits = if kind.is_ascii_uppercase() { digits.to_uppercase() } else { digits };
    let sign = if float.float().is_sign_negative() { "-" } else { flags.sign };
    Ok(pad(flags, sign, &digits, true))
}

fn pad(flags: &Flags, head: &str, body: &str, is_number: bool) -> String {
    let missing = flags.width.saturating_sub(head.chars().count() + body.chars().count());
    match (flags.is_left, flags.is_zero_filled && is_number) {
        (true, _) => format!("{head}{body}{}", " ".repeat(missing)),
        (false, true) => format!("{head}{}{body}", "0".repeat(missing)),
        (false, false) => format!("{}{head}{body}", " ".repeat(missing)),
    }
}

#[cfg(test)]
mod tests {
    use super::percent;
    use crate::jinja::value::{Dict, List};
    use minijinja::Value;
    use minijinja::value::Tuple;

    #[test]
    fn conversions_give_what_python_gives() {
        let pair = Value::from(Tuple::from([Value::from("a"), Value::from(1)]));
        let cases = [
            ("%s-%s", pair, "a-1"),
            ("%d%%", Value::from(5), "5%"),
            ("%.2f", Value::from(1.234), "1.23"),
            ("%(a)s", Dict::value([("a", "z")]), "z"),
            ("%05d", Value::from(42), "00042"),
            ("%s", List::value(vec![Value::from(1)]), "[1]"),
            ("%r", Value::from("q"), "'q'"),
            ("%e", Value::from(12345.678), "1.234568e+04"),
            ("%-5s|", Value::from("x"), "x    |"),
            ("%+d", Value::from(3), "+3"),
            ("%x", Value::from(255), "ff"),
        ];
        for (template, value, wanted) in cases {
            assert_eq!(percent(template, &value).unwrap(), wanted);
        }
        assert!(percent("%d %d", &Value::from(Tuple::from([Value::from(1)]))).is_err());
        assert!(percent("abc", &Value::from(1)).is_err());
    }
}
