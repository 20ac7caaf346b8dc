//! Numbers as dbt reads them in a seed: signs, percent, currency and group marks are taken off, then Python's `Decimal` decides.

use std::fmt;

/// Significant digits that arithmetic keeps; more are rounded, half to even.
const MAX_DIGITS: usize = 28;
/// Largest power of ten that is not refused.
const MAX_POWER: i64 = 999_999;

/// Taken off both ends, one after another in this order.
const CURRENCIES: [char; 19] =
    ['؋', '$', 'ƒ', '៛', '¥', '₡', '₱', '£', '€', '¢', '﷼', '₪', '₩', '₭', '₮', '₦', '฿', '₤', '₫'];

/// A decimal number with at most 28 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number {
    is_negative: bool,
    body: Body,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    /// The digits without leading zeros, but at least one, times ten to the power.
    Finite {
        digits: [u8; MAX_DIGITS],
        length: u8,
        power: i64,
    },
    Infinite,
    /// With the number behind the word, which Python keeps.
    NotANumber,
}

/// Which whole-number type holds a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Width {
    Four,
    Eight,
    More,
}

impl Number {
    /// The number that `text`, without surrounding space, means; none when dbt would not take it for one.
    pub(super) fn read(text: &str) -> Option<Number> {
        if let Some(number) = read_plain(text.as_bytes()) {
            return Some(number);
        }
        let text = text.trim_matches('%');
        let (is_negated, mut text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        for symbol in CURRENCIES {
            text = text.trim_matches(symbol);
        }
        let clean: String = text.chars().filter(|&letter| letter != ',').collect();
        let clean: String = super::strip(&clean).chars().filter(|&letter| letter != '_').collect();
        let number = read_decimal(&clean)?;
        Some(Number { is_negative: number.is_negative != is_negated, ..number })
    }

    /// Whether it has more digits before the point than dbt's arithmetic keeps, which then takes any number for a float.
    pub(super) fn is_huge(&self) -> bool {
        let Body::Finite { length, power, .. } = self.body else { return false };
        i64::from(length) + power > MAX_DIGITS as i64
    }

    /// Whether it has digits behind the point that are not zero.
    pub(super) fn has_fraction(&self) -> bool {
        match self.body {
            Body::Finite { digits, length, power } => {
                let zeros = digits[..usize::from(length)].iter().rev().take_while(|digit| **digit == b'0').count();
                let is_zero = zeros == usize::from(length);
                !is_zero && power + (zeros as i64) < 0
            }
            Body::Infinite | Body::NotANumber => false,
        }
    }

    /// The whole-number type that holds it; the widest for what is no whole number.
    pub(super) fn width(&self) -> Width {
        let Body::Finite { length, power, .. } = self.body else { return Width::Four };
        if i64::from(length) + power <= 9 {
            return Width::Four;
        }
        match self.whole().map(|text| text.parse::<i64>()) {
            Some(Ok(value)) if i32::try_from(value).is_ok() => Width::Four,
            Some(Ok(_)) => Width::Eight,
            Some(Err(_)) | None => Width::More,
        }
    }

    /// All digits of a whole number of moderate length; none for other numbers.
    pub(super) fn whole(&self) -> Option<String> {
        let Body::Finite { digits, length, power } = self.body else { return None };
        if self.has_fraction() || power > 40 {
            return None;
        }
        let digits = std::str::from_utf8(&digits[..usize::from(length)]).expect("only digits were put in");
        let kept = digits.len().saturating_sub(usize::try_from(-power).unwrap_or(0));
        let zeros = "0".repeat(usize::try_from(power).unwrap_or(0));
        let text = format!("{}{zeros}", &digits[..kept]);
        let text = text.trim_start_matches('0');
        Some(match (text.is_empty(), self.is_negative) {
            (true, _) => "0".to_owned(),
            (false, true) => format!("-{text}"),
            (false, false) => text.to_owned(),
        })
    }

    /// Whether an eight-byte float cannot tell it from its neighbours.
    pub(super) fn is_too_fine_for_a_float(&self) -> bool {
        let Body::Finite { digits, length, .. } = self.body else { return false };
        if length <= 15 {
            return false;
        }
        let text = self.to_string();
        let Ok(float) = text.parse::<f64>() else { return true };
        let shown: String = format!("{float:e}").split('e').next().unwrap_or("").replace(['.', '-'], "");
        let exact = std::str::from_utf8(&digits[..usize::from(length)]).expect("only digits were put in");
        shown.trim_end_matches('0') != exact.trim_end_matches('0')
    }
}

/// Digits with at most one point and a sign, the form of nearly all numbers.
fn read_plain(text: &[u8]) -> Option<Number> {
    let (is_negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    if text.len() > MAX_DIGITS || text.is_empty() {
        return None;
    }
    let mut digits = [b'0'; MAX_DIGITS];
    let mut length = 0;
    let mut power = None;
    let mut seen = 0;
    for &byte in text {
        match byte {
            b'0'..=b'9' => {
                seen += 1;
                if length > 0 || byte != b'0' {
                    digits[length] = byte;
                    length += 1;
                }
                power = power.map(|power: i64| power - 1);
            }
            b'.' if power.is_none() => power = Some(0),
            _ => return None,
        }
    }
    if seen == 0 {
        return None;
    }
    let length = length.max(1) as u8;
    Some(Number { is_negative, body: Body::Finite { digits, length, power: power.unwrap_or(0) } })
}

/// What `Decimal` makes of `text`, rounded to 28 digits.
fn read_decimal(text: &str) -> Option<Number> {
    let (is_negative, text) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = text.to_ascii_lowercase();
    if lower == "inf" || lower == "infinity" {
        return Some(Number { is_negative, body: Body::Infinite });
    }
    if lower.strip_prefix("nan").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit())) {
        return Some(Number { is_negative: false, body: Body::NotANumber });
    }
    let (mantissa, exponent) = match lower.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
        None => (lower.as_str(), 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let significant = all.trim_start_matches('0');
    let (digits, length, power) = round(significant.as_bytes(), exponent - fraction.len() as i64);
    let is_in_range = (power + i64::from(length) - 1).abs() <= MAX_POWER;
    is_in_range.then_some(Number { is_negative, body: Body::Finite { digits, length, power } })
}

fn read_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.len() <= 12 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.strip_prefix('+').unwrap_or(text).parse().ok() } else { None }
}

/// At most 28 of `significant`, which has no leading zeros, and the power of ten that belongs to them.
fn round(significant: &[u8], power: i64) -> ([u8; MAX_DIGITS], u8, i64) {
    let mut digits = [b'0'; MAX_DIGITS];
    let kept = significant.len().min(MAX_DIGITS);
    digits[..kept].copy_from_slice(&significant[..kept]);
    let rest = &significant[kept..];
    let mut power = power + rest.len() as i64;
    let is_up = match rest.first() {
        None => false,
        Some(b'5') if rest[1..].iter().all(|byte| *byte == b'0') => digits[kept - 1] % 2 == 1,
        Some(digit) => *digit >= b'5',
    };
    if is_up {
        let nines = digits.iter().rev().take_while(|digit| **digit == b'9').count();
        digits[MAX_DIGITS - nines..].fill(b'0');
        if nines == MAX_DIGITS {
            digits[0] = b'1';
            power += 1;
        } else {
            digits[MAX_DIGITS - nines - 1] += 1;
        }
    }
    (digits, kept.max(1) as u8, power)
}

impl fmt::Display for Number {
    /// As Python's `str` writes a `Decimal`, which Postgres reads too.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_negative && self.body != Body::NotANumber {
            out.write_str("-")?;
        }
        let (digits, power) = match &self.body {
            Body::Finite { digits, length, power } => (&digits[..usize::from(*length)], *power),
            Body::Infinite => return out.write_str("Infinity"),
            Body::NotANumber => return out.write_str("NaN"),
        };
        let digits = std::str::from_utf8(digits).expect("only digits were put in");
        let left = power + digits.len() as i64;
        let is_plain = power <= 0 && left > -6;
        let point = if is_plain { left } else { 1 };
        if point <= 0 {
            write!(out, "0.{}{digits}", "0".repeat(usize::try_from(-point).unwrap_or(0)))?;
        } else {
            let (whole, fraction) = digits.split_at(digits.len().min(usize::try_from(point).unwrap_or(0)));
            out.write_str(whole)?;
            if !fraction.is_empty() {
                write!(out, ".{fraction}")?;
            }
        }
        if left == point { Ok(()) } else { write!(out, "E{:+}", left - point) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_dbt_does() {
        let cases = [
            ("€$5", None),
            ("$€5", Some("5")),
            ("$ 5", Some("5")),
            ("- 5", Some("-5")),
            ("--5", Some("5")),
            ("-+5", Some("-5")),
            ("5-", None),
            ("%5%", Some("5")),
            ("1__0", Some("10")),
            ("1e", None),
            ("1e-3", Some("0.001")),
            ("0.0000001", Some("1E-7")),
            ("123456789012345678901234567890.5", Some("1.234567890123456789012345679E+29")),
            ("1e30", Some("1E+30")),
            ("sNaN", None),
            ("-NaN", Some("NaN")),
            ("-inf", Some("-Infinity")),
            ("1 000", None),
            ("$-5", Some("-5")),
            ("5%-", None),
            ("5$%", Some("5")),
            ("-0.0", Some("-0.0")),
            ("0e5", Some("0E+5")),
            ("1.5,3", Some("1.53")),
            ("1e9999999", None),
            ("$", None),
            ("%", None),
            (".", None),
            ("", None),
            ("007", Some("7")),
            ("1.50", Some("1.50")),
            ("1.", Some("1")),
        ];
        for (text, expected) in cases {
            assert_eq!(Number::read(text).map(|number| number.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn whole_numbers_are_written_out() {
        let whole = |text| Number::read(text).unwrap().whole();
        assert_eq!(whole("1e5").as_deref(), Some("100000"));
        assert_eq!(whole("-2.00").as_deref(), Some("-2"));
        assert_eq!(whole("0.0").as_deref(), Some("0"));
        assert_eq!(whole("0.00e1").as_deref(), Some("0"));
        assert_eq!(whole("1.5"), None);
        assert_eq!(Number::read("2147483647").unwrap().width(), Width::Four);
        assert_eq!(Number::read("-2147483649").unwrap().width(), Width::Eight);
        assert_eq!(Number::read("1e19").unwrap().width(), Width::More);
    }

    #[test]
    fn a_float_that_loses_digits_is_noticed() {
        assert!(!Number::read("0.1234567890123456").unwrap().is_too_fine_for_a_float());
        assert!(Number::read("12345678901234567.25").unwrap().is_too_fine_for_a_float());
    }
}
