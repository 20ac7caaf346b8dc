//! The format-spec mini-language: `[[fill]align][sign][#][0][width][grouping][.precision][type]`.

use minijinja::value::ValueKind;
use minijinja::{Error, Value};

use super::digits;
use crate::jinja::python;
use crate::jinja::value::{Number, failure, text, type_name};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Align {
    Left,
    Right,
    Center,
    /// Padding goes between sign and digits.
    AfterSign,
}

#[derive(Debug, Default)]
struct Spec {
    fill: Option<char>,
    align: Option<Align>,
    sign: Option<char>,
    is_alternate: bool,
    is_zero_filled: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

/// `format(value, spec)`.
///
/// # Errors
///
/// Python's words for a spec that is wrong or does not fit the type.
pub fn format_value(value: &Value, spec: &str) -> Result<String, Error> {
    if spec.is_empty() {
        return Ok(text(value));
    }
    if let Some(formatted) = python::format(value, spec) {
        return formatted;
    }
    let parsed = parse(spec, value)?;
    match (value.kind(), Number::of(value)) {
        (ValueKind::String, _) => on_text(&parsed, value.as_str().unwrap_or_default()),
        (ValueKind::Bool, _) if parsed.kind.is_none() && spec.trim_matches(|l: char| "<>^".contains(l)).is_empty() => {
            on_text(&parsed, &text(value))
        }
        (_, Some(number)) => on_number(&parsed, value, &number),
        (_, None) => Err(failure(format!("unsupported format string passed to {}.__format__", type_name(value)))),
    }
}

fn align_of(letter: char) -> Option<Align> {
    match letter {
        '<' => Some(Align::Left),
        '>' => Some(Align::Right),
        '^' => Some(Align::Center),
        '=' => Some(Align::AfterSign),
        _ => None,
    }
}

fn parse(text: &str, value: &Value) -> Result<Spec, Error> {
    let letters: Vec<char> = text.chars().collect();
    let mut spec = Spec::default();
    let mut at = 0;
    if letters.len() > 1 && align_of(letters[1]).is_some() {
        (spec.fill, spec.align) = (Some(letters[0]), align_of(letters[1]));
        at = 2;
    } else if let Some(align) = align_of(letters[0]) {
        spec.align = Some(align);
        at = 1;
    }
    let mut take = |wanted: &[char]| {
        let found = letters.get(at).copied().filter(|letter| wanted.contains(letter));
        at += usize::from(found.is_some());
        found
    };
    spec.sign = take(&['+', '-', ' ']);
    take(&['z']);
    spec.is_alternate = take(&['#']).is_some();
    spec.is_zero_filled = take(&['0']).is_some();
    spec.width = number(&letters, &mut at)?.unwrap_or_default();
    spec.grouping = letters.get(at).copied().filter(|letter| matches!(letter, ',' | '_'));
    at += usize::from(spec.grouping.is_some());
    if letters.get(at) == Some(&'.') {
        at += 1;
        let precision = number(&letters, &mut at)?;
        spec.precision = Some(precision.ok_or_else(|| failure("Format specifier missing precision"))?);
    }
    spec.kind = letters.get(at).copied();
    if at + 1 < letters.len() {
        let found = type_name(value);
        return Err(failure(format!("Invalid format specifier '{text}' for object of type '{found}'")));
    }
    Ok(spec)
}

fn number(letters: &[char], at: &mut usize) -> Result<Option<usize>, Error> {
    let digits: String = letters[*at..].iter().take_while(|letter| letter.is_ascii_digit()).collect();
    *at += digits.len();
    match digits.as_str() {
        "" => Ok(None),
        digits => match digits.parse() {
            Ok(number) if number < 1_000_000 => Ok(Some(number)),
            Ok(_) | Err(_) => Err(failure("Too many decimal digits in format string")),
        },
    }
}

fn on_text(spec: &Spec, text: &str) -> Result<String, Error> {
    match spec {
        Spec { kind: Some(kind), .. } if *kind != 's' => return Err(unknown(*kind, "str")),
        Spec { sign: Some(_), .. } => return Err(failure("Sign not allowed in string format specifier")),
        Spec { align: Some(Align::AfterSign), .. } => {
            return Err(failure("'=' alignment not allowed in string format specifier"));
        }
        Spec { grouping: Some(grouping), .. } => return Err(failure(format!("Cannot specify '{grouping}' with 's'."))),
        _ => {}
    }
    let cut: String = text.chars().take(spec.precision.unwrap_or(usize::MAX)).collect();
    Ok(pad(spec, "", &cut, Align::Left))
}

fn unknown(kind: char, type_name: &str) -> Error {
    failure(format!("Unknown format code '{kind}' for object of type '{type_name}'"))
}

fn on_number(spec: &Spec, value: &Value, number: &Number) -> Result<String, Error> {
    let (prefix, digits) = unsigned(spec, value, number)?;
    let is_negative = match number {
        Number::Float(number) => number.is_sign_negative() && !number.is_nan(),
        Number::Int(number) => *number < 0,
        Number::Decimal(number) => number.sign() == bigdecimal::num_bigint::Sign::Minus,
    };
    let sign = match (is_negative, spec.sign) {
        (true, _) => "-",
        (false, Some('+')) => "+",
        (false, Some(' ')) => " ",
        (false, _) => "",
    };
    let head = format!("{sign}{prefix}");
    let every = if matches!(spec.kind, Some('b' | 'o' | 'x' | 'X')) { 4 } else { 3 };
    let is_filled = spec.is_zero_filled && spec.align.is_none();
    let digits = match spec.grouping {
        Some(mark) => group(&digits, mark, every, if is_filled { spec.width.saturating_sub(head.len()) } else { 0 }),
        None => digits,
    };
    Ok(pad(spec, &head, &digits, if spec.is_zero_filled { Align::AfterSign } else { Align::Right }))
}

/// Prefix (`0x`) and digits of a number without its sign.
fn unsigned(spec: &Spec, value: &Value, number: &Number) -> Result<(&'static str, String), Error> {
    let precision = spec.precision.unwrap_or(6);
    if let Number::Int(number) = number
        && let Some(written) = on_integer(spec, *number)?
    {
        return Ok(written);
    }
    let digits = match spec.kind {
        None => digits::natural(number, spec.precision),
        Some('f' | 'F') => match (number, spec.precision) {
            (Number::Decimal(decimal), None) => {
                digits::fixed(number, decimal.as_bigint_and_exponent().1.max(0) as usize)
            }
            (_, _) => digits::fixed(number, precision),
        },
        Some('e' | 'E') => digits::exponent(number, precision),
        Some('g' | 'G' | 'n') => digits::general(number, precision, spec.is_alternate),
        Some('%') => percentage(number, spec.precision),
        Some(kind) => return Err(unknown(kind, type_name(value))),
    };
    let is_upper = spec.kind.is_some_and(|kind| kind.is_ascii_uppercase());
    Ok(("", if is_upper { digits.to_uppercase() } else { digits }))
}

fn percentage(number: &Number, precision: Option<usize>) -> String {
    let (hundredfold, precision) = match number {
        Number::Decimal(number) => {
            let hundredfold = number * bigdecimal::BigDecimal::from(100);
            let scale = (number.as_bigint_and_exponent().1 - 2).max(0) as usize;
            (Number::Decimal(hundredfold), precision.unwrap_or(scale))
        }
        number => (Number::Float(number.float() * 100.0), precision.unwrap_or(6)),
    };
    format!("{}%", digits::fixed(&hundredfold, precision))
}

/// Integers in a base of their own; `None` where they are formatted as floats are.
fn on_integer(spec: &Spec, number: i128) -> Result<Option<(&'static str, String)>, Error> {
    let size = number.unsigned_abs();
    let (prefix, digits) = match spec.kind {
        None | Some('d' | 'n') => ("", size.to_string()),
        Some('b') => ("0b", format!("{size:b}")),
        Some('o') => ("0o", format!("{size:o}")),
        Some('x') => ("0x", format!("{size:x}")),
        Some('X') => ("0X", format!("{size:X}")),
        Some('c') => {
            let letter = u32::try_from(size).ok().and_then(char::from_u32);
            ("", letter.ok_or_else(|| failure("%c arg not in range(0x110000)"))?.to_string())
        }
        Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => return Ok(None),
        Some(kind) => return Err(unknown(kind, "int")),
    };
    if spec.precision.is_some() {
        return Err(failure("Precision not allowed in integer format specifier"));
    }
    Ok(Some((if spec.is_alternate { prefix } else { "" }, digits)))
}

/// `digits` with `mark` between groups of the part before the point, filled with zeros to `width`.
fn group(digits: &str, mark: char, every: usize, width: usize) -> String {
    let end = digits.find(|letter: char| !letter.is_ascii_hexdigit()).unwrap_or(digits.len());
    let end = if every == 3 { digits.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(end) } else { end };
    let (mut whole, rest) = (digits[..end].to_string(), &digits[end..]);
    let grouped = |whole: &str| {
        let mut out = String::new();
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(every) {
                out.push(mark);
            }
            out.push(digit);
        }
        out
    };
    while grouped(&whole).len() + rest.len() < width {
        whole.insert(0, '0');
    }
    format!("{}{rest}", grouped(&whole))
}

fn pad(spec: &Spec, head: &str, body: &str, default: Align) -> String {
    let length = head.chars().count() + body.chars().count();
    let missing = spec.width.saturating_sub(length);
    let fill = spec.fill.unwrap_or(if spec.is_zero_filled { '0' } else { ' ' });
    let filled = |count: usize| fill.to_string().repeat(count);
    match spec.align.unwrap_or(default) {
        Align::Left => format!("{head}{body}{}", filled(missing)),
        Align::Right => format!("{}{head}{body}", filled(missing)),
        Align::Center => format!("{}{head}{body}{}", filled(missing / 2), filled(missing - missing / 2)),
        Align::AfterSign => format!("{head}{}{body}", filled(missing)),
    }
}

#[cfg(test)]
mod tests {
    use super::format_value;
    use minijinja::Value;

    fn check(value: impl Into<Value>, spec: &str, wanted: &str) {
        assert_eq!(format_value(&value.into(), spec).unwrap(), wanted, "{spec}");
    }

    #[test]
    fn specs_give_what_python_gives() {
        check(1234567, ",", "1,234,567");
        check(1234567, "012,", "0,001,234,567");
        check(-42, "06d", "-00042");
        check(255, "#x", "0xff");
        check(255, "_b", "1111_1111");
        check(3.456, "05.2f", "03.46");
        check(2.5, ".0f", "2");
        check(0.256, ".1%", "25.6%");
        check(12345.678, "e", "1.234568e+04");
        check(12345.678, ".3g", "1.23e+04");
        check(0.0001, "g", "0.0001");
        check(1e20, "g", "1e+20");
        check(1234.5, ",.2f", "1,234.50");
        check(1.0, ".3", "1.0");
        check(123.0, ".2", "1.2e+02");
        check("ab", "*^6", "**ab**");
        check("abc", ">5.2", "   ab");
        check(true, "d", "1");
        check(5, "+", "+5");
        check(5, "=+5", "+   5");
    }
}
