//! The type of a plain scalar, by the rules of YAML 1.1 as PyYAML has them.

use std::sync::LazyLock;

use regex::Regex;

use super::Value;
use crate::error::{Error, Result};

/// What a tag such as `!!str` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// No tag: the text decides.
    None,
    /// `!!str`, or the tag `!` alone.
    Text,
    /// `!!int`, `!!float`, `!!bool`, `!!null` or `!!timestamp`: the text decides, quoted or not.
    Plain,
    /// `!!seq`, `!!map` and other collections.
    Collection,
}

impl Tag {
    /// What `tag`, as it is written, asks for.
    pub fn of(tag: Option<&str>) -> Result<Tag> {
        Ok(match tag {
            None => Tag::None,
            Some("!!str" | "!" | "!<tag:yaml.org,2002:str>") => Tag::Text,
            Some("!!int" | "!!float" | "!!bool" | "!!null" | "!!timestamp") => Tag::Plain,
            Some("!!seq" | "!!map" | "!!set" | "!!omap" | "!!pairs") => Tag::Collection,
            Some(other) => return Err(Error::parsing(format!("the tag `{other}` means nothing here"))),
        })
    }
}

/// The token of a scalar that has no blanks in it, at the start of `source`; with a tag it may be in quotes or a block.
pub fn token(source: &str) -> &str {
    if let Some(quote) = source.chars().next().filter(|first| matches!(first, '\'' | '"')) {
        return source[1..].split(quote).next().unwrap_or_default().trim();
    }
    if source.starts_with(['|', '>']) {
        return source.split_once('\n').and_then(|(_, block)| block.split_whitespace().next()).unwrap_or_default();
    }
    let end = source.find(char::is_whitespace).unwrap_or(source.len());
    source[..end].trim_end_matches([',', ']', '}', ':'])
}

/// The value of a scalar in quotes or of a block.
pub fn quoted(text: String, tag: Tag) -> Result<Value> {
    match tag {
        Tag::None | Tag::Text | Tag::Collection => Ok(Value::Text(text)),
        Tag::Plain => plain(&text, Tag::None),
    }
}

/// The value of a plain scalar.
pub fn plain(text: &str, tag: Tag) -> Result<Value> {
    if tag == Tag::Text {
        return Ok(Value::Text(text.to_owned()));
    }
    // Most plain scalars are words; only these first characters can begin something else.
    let Some(first) = text.chars().next() else { return Ok(Value::Null) };
    if first.is_ascii_digit() || matches!(first, '+' | '-' | '.') {
        return number_or_time(text);
    }
    Ok(match text {
        "~" | "null" | "Null" | "NULL" => Value::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Value::Bool(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Value::Bool(false),
        "=" => return Err(Error::parsing("a lone `=` means nothing here").hint("put quotes around it")),
        word => Value::Text(word.to_owned()),
    })
}

/// True when an unquoted `text` would not be read as this text.
pub fn is_special(text: &str) -> bool {
    !matches!(plain(text, Tag::None), Ok(Value::Text(_))) || text == "<<"
}

static FLOAT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?",
        r"|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?",
        r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*",
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
    ))
});
static INT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+",
        r"|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$"
    ))
});
static TIME: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^([0-9]{4})-([0-9][0-9]?)-([0-9][0-9]?)(?:(?:[Tt]|[ \t]+)([0-9][0-9]?):([0-9]{2}):([0-9]{2})",
        r"(?:\.([0-9]*))?(?:[ \t]*(Z|([-+])([0-9][0-9]?)(?::([0-9]{2}))?))?)?$"
    ))
});

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is ours and valid")
}

fn number_or_time(text: &str) -> Result<Value> {
    if INT.is_match(text) {
        return integer(text);
    }
    if FLOAT.is_match(text) {
        return Ok(Value::Float(float(text)));
    }
    time(text)
}

fn integer(text: &str) -> Result<Value> {
    let digits = text.replace('_', "");
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, digits.strip_prefix('+').unwrap_or(&digits)),
    };
    let number = if digits == "0" {
        Ok(0)
    } else if let Some(binary) = digits.strip_prefix("0b") {
        i128::from_str_radix(binary, 2)
    } else if let Some(hexadecimal) = digits.strip_prefix("0x") {
        i128::from_str_radix(hexadecimal, 16)
    } else if digits.starts_with('0') {
        i128::from_str_radix(digits, 8)
    } else {
        digits.split(':').try_fold(0i128, |sum, part| part.parse::<i128>().map(|it| sum.saturating_mul(60) + it))
    };
    number.map(|it| Value::Int(sign * it)).map_err(|_| Error::parsing(format!("`{text}` is too big a number")))
}

fn float(text: &str) -> f64 {
    let digits = text.replace('_', "").to_lowercase();
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, digits.strip_prefix('+').unwrap_or(&digits)),
    };
    let number = match digits {
        ".inf" => f64::INFINITY,
        ".nan" => f64::NAN,
        digits => digits.split(':').fold(0.0, |sum, part| sum * 60.0 + part.parse::<f64>().unwrap_or(f64::NAN)),
    };
    sign * number
}

/// A date or time, or the text itself when it has not the form of one.
fn time(text: &str) -> Result<Value> {
    let Some(parts) = TIME.captures(text) else { return Ok(Value::Text(text.to_owned())) };
    let number = |index: usize| parts.get(index).map_or(0, |part| part.as_str().parse::<u32>().unwrap_or(0));
    let (year, month, day) = (number(1), number(2), number(3));
    let invalid = || Error::parsing(format!("`{text}` is no date")).hint("put quotes around it if it is a text");
    chrono::NaiveDate::from_ymd_opt(year as i32, month, day).ok_or_else(invalid)?;
    let date = format!("{year:04}-{month:02}-{day:02}");
    if parts.get(4).is_none() {
        // A date alone has two digits in each part.
        let is_date = text.len() == 10;
        return Ok(if is_date { Value::Time(date) } else { Value::Text(text.to_owned()) });
    }
    let (hour, minute, second) = (number(4), number(5), number(6));
    if hour > 23 || minute > 59 || second > 59 {
        return Err(invalid());
    }
    let fraction = format!("{:0<6.6}", parts.get(7).map_or("", |part| part.as_str()));
    let fraction = if fraction == "000000" { String::new() } else { format!(".{fraction}") };
    let zone = match (parts.get(8).map(|it| it.as_str()), parts.get(9).map(|it| it.as_str())) {
        (None, _) => String::new(),
        (Some(_), None) => "+00:00".to_owned(),
        (Some(_), Some(sign)) => format!("{sign}{:02}:{:02}", number(10), number(11)),
    };
    Ok(Value::Time(format!("{date}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(plain_text: &str) -> String {
        plain(plain_text, Tag::None).unwrap().python_text()
    }

    #[test]
    fn times_have_fractions_and_zones() {
        assert_eq!(text("2024-1-5 1:02:03.5 +5:30"), "2024-01-05 01:02:03.500000+05:30");
        assert_eq!(text("2024-1-5"), "2024-1-5");
    }

    #[test]
    fn a_number_may_stand_in_a_block_or_in_quotes_under_a_tag() {
        assert_eq!(token("|-\n  0.1\n- next"), "0.1");
        assert_eq!(token("'2.5'"), "2.5");
    }

    #[test]
    fn a_date_that_is_none_is_refused() {
        assert!(plain("2024-13-01", Tag::None).is_err());
    }

    #[test]
    fn a_number_keeps_its_sign_in_every_base() {
        assert_eq!(text("-0x1F"), "-31");
        assert_eq!(text("-1:30"), "-90");
        assert_eq!(text("-1_0.5"), "-10.5");
    }
}
