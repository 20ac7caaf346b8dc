//! `str.format`: `{}`, `{0.name[key]!r:>{width}}`.

use minijinja::{Error, Value};

use super::spec::format_value;
use crate::jinja::value::{failure, repr, split, text, type_name};

/// `template.format(*arguments)`.
///
/// # Errors
///
/// Python's words for missing arguments and wrong fields.
pub fn format(template: &str, arguments: &[Value]) -> Result<String, Error> {
    let (positional, named) = split(arguments);
    let mut formatter = Formatter { positional, named, next: Some(0) };
    formatter.format(template, 2)
}

struct Formatter<'a> {
    positional: &'a [Value],
    named: Vec<(String, Value)>,
    /// Number of the next `{}`; `None` once a field had a number of its own.
    next: Option<usize>,
}

impl Formatter<'_> {
    /// `depth` is how many levels of fields are allowed.
    fn format(&mut self, template: &str, depth: usize) -> Result<String, Error> {
        if depth == 0 {
            return Err(failure("Max string recursion exceeded"));
        }
        let mut out = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(at) = rest.find(['{', '}']) {
            out.push_str(&rest[..at]);
            let (brace, after) = rest[at..].split_at(1);
            if let Some(after) = after.strip_prefix(brace) {
                out.push_str(brace);
                rest = after;
                continue;
            }
            if brace == "}" {
                return Err(failure("Single '}' encountered in format string"));
            }
            let (field, after) = cut_field(after)?;
            out.push_str(&self.field(field, depth)?);
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    fn field(&mut self, field: &str, depth: usize) -> Result<String, Error> {
        let (name, conversion, spec) = parts(field)?;
        let value = self.lookup(name)?;
        let value = match conversion {
            None => value,
            Some('r') => Value::from(repr(&value)),
            Some('s') => Value::from(text(&value)),
            Some('a') => Value::from(ascii(&repr(&value))),
            Some(other) => return Err(failure(format!("Unknown conversion specifier {other}"))),
        };
        let spec = if spec.contains('{') { self.format(spec, depth - 1)? } else { spec.to_string() };
        format_value(&value, &spec)
    }

    fn lookup(&mut self, name: &str) -> Result<Value, Error> {
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let (first, mut path) = name.split_at(end);
        let mut value = self.argument(first)?;
        while !path.is_empty() {
            if let Some(after) = path.strip_prefix('[') {
                let (key, after) = after.split_once(']').ok_or_else(|| failure("Missing ']' in format string"))?;
                let index = key.parse::<i64>().map_or_else(|_| Value::from(key), Value::from);
                value = value.get_item(&index)?;
                if value.is_undefined() {
                    return Err(failure(repr(&index)));
                }
                path = after;
            } else {
                let after = &path[1..];
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let found = value.get_attr(&after[..end])?;
                if found.is_undefined() {
                    let owner = type_name(&value);
                    return Err(failure(format!("'{owner}' object has no attribute '{}'", &after[..end])));
                }
                value = found;
                path = &after[end..];
            }
        }
        Ok(value)
    }

    fn argument(&mut self, name: &str) -> Result<Value, Error> {
        let index = match (name, self.next) {
            ("", Some(next)) => {
                self.next = Some(next + 1);
                next
            }
            ("", None) => {
                return Err(failure("cannot switch from manual field specification to automatic field numbering"));
            }
            (name, next) => match name.parse::<usize>() {
                Ok(_) if next.is_some_and(|next| next > 0) => {
                    return Err(failure("cannot switch from automatic field numbering to manual field specification"));
                }
                Ok(index) => {
                    self.next = None;
                    index
                }
                Err(_) => {
                    let found = self.named.iter().find(|(known, _)| known == name);
                    return found.map(|(_, value)| value.clone()).ok_or_else(|| failure(format!("'{name}'")));
                }
            },
        };
        self.positional
            .get(index)
            .cloned()
            .ok_or_else(|| failure(format!("Replacement index {index} out of range for positional args tuple")))
    }
}

/// The text up to the brace that closes the field, and what follows it.
fn cut_field(text: &str) -> Result<(&str, &str), Error> {
    let mut open = 1;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return Ok((&text[..at], &text[at + 1..]));
        }
    }
    Err(failure(if text.is_empty() {
        "Single '{' encountered in format string"
    } else {
        "expected '}' before end of string"
    }))
}

/// Name, conversion and spec of a field.
fn parts(field: &str) -> Result<(&str, Option<char>, &str), Error> {
    let mut in_key = false;
    let end = field.char_indices().find(|(_, letter)| {
        in_key = (in_key || *letter == '[') && *letter != ']';
        !in_key && matches!(letter, '!' | ':')
    });
    let Some((at, mark)) = end else { return Ok((field, None, "")) };
    let (name, rest) = (&field[..at], &field[at + 1..]);
    if mark == ':' {
        return Ok((name, None, rest));
    }
    let mut letters = rest.chars();
    let conversion = letters.next().ok_or_else(|| failure("end of string while looking for conversion specifier"))?;
    match letters.as_str() {
        "" => Ok((name, Some(conversion), "")),
        rest => match rest.strip_prefix(':') {
            Some(spec) => Ok((name, Some(conversion), spec)),
            None => Err(failure("expected ':' after conversion specifier")),
        },
    }
}

/// `text` with letters beyond ASCII escaped, as Python's `ascii()` does.
pub fn ascii(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match u32::from(letter) {
            0..=0x7f => out.push(letter),
            code @ 0x80..=0xff => out.push_str(&format!("\\x{code:02x}")),
            code @ 0x100..=0xffff => out.push_str(&format!("\\u{code:04x}")),
            code => out.push_str(&format!("\\U{code:08x}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::format;
    use crate::jinja::value::{Dict, List};
    use minijinja::Value;

    #[test]
    fn fields_give_what_python_gives() {
        let numbers = List::value(vec![Value::from(1), Value::from("a")]);
        let map = Dict::value([("k", Value::from(2.0))]);
        let cases = [
            ("{} {}|{{}}", vec![Value::from(1), Value::from("a")], "1 a|{}"),
            ("{0}-{1}-{0!r}", vec![Value::from("x"), Value::from("y")], "x-y-'x'"),
            ("{0[1]:>3}|{1[k]:{2}}", vec![numbers, map, Value::from(".2f")], "  a|2.00"),
            ("{:,}", vec![Value::from(1234567)], "1,234,567"),
        ];
        for (template, arguments, wanted) in cases {
            assert_eq!(format(template, &arguments).unwrap(), wanted);
        }
        assert!(format("{} {}", &[Value::from(1)]).is_err());
    }
}
