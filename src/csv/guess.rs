//! What a column is: every reading is a candidate until a value refuses it; the first that is left, in dbt's order, wins.

use super::number::{Number, Width};
use super::time;
use super::{Kind, Warning, is_null, strip};

const NUMBER: u8 = 1;
const DATE: u8 = 2;
const MOMENT: u8 = 4;
const ISO_MOMENT: u8 = 8;
const BOOLEAN: u8 = 16;
const TEXT: u8 = 32;

/// What is known of a column so far.
pub(super) struct Guess {
    candidates: u8,
    has_value: bool,
    is_float: bool,
    width: Width,
    strange_number: Option<Strange>,
    fine_number: Option<Strange>,
    zoned_moment: Option<Strange>,
}

/// A value that will not be stored as it looks.
struct Strange {
    value: String,
    reading: String,
    line: u64,
}

impl Guess {
    /// Of a column that is read as text whatever it holds, or of one without values.
    pub(super) fn new(is_forced_text: bool) -> Guess {
        let candidates = if is_forced_text { TEXT } else { NUMBER | DATE | MOMENT | ISO_MOMENT | BOOLEAN | TEXT };
        Guess {
            candidates,
            has_value: is_forced_text,
            is_float: false,
            width: Width::Four,
            strange_number: None,
            fine_number: None,
            zoned_moment: None,
        }
    }

    /// Takes the next value into account.
    pub(super) fn see(&mut self, value: &str, line: u64) {
        if self.candidates == TEXT {
            return;
        }
        let stripped = strip(value);
        if is_null(stripped) {
            return;
        }
        self.has_value = true;
        if self.candidates & NUMBER != 0 {
            match Number::read(stripped) {
                Some(number) => self.see_number(stripped, number, line),
                None => self.candidates &= !NUMBER,
            }
        }
        if self.candidates & DATE != 0 && time::read_date(stripped).is_none() {
            self.candidates &= !DATE;
        }
        if self.candidates & MOMENT != 0 && time::read_moment(stripped).is_none() {
            self.candidates &= !MOMENT;
        }
        if self.candidates & ISO_MOMENT != 0 {
            match time::read_iso(stripped) {
                Some(moment) => self.see_moment(stripped, moment, line),
                None => self.candidates &= !ISO_MOMENT,
            }
        }
        if self.candidates & BOOLEAN != 0 && read_boolean(value).is_none() {
            self.candidates &= !BOOLEAN;
        }
    }

    /// What all values so far are.
    pub(super) fn kind(&self) -> Kind {
        let has = |candidate| self.candidates & candidate != 0;
        if !self.has_value {
            Kind::Integer
        } else if has(NUMBER) {
            match (self.is_float, self.width) {
                (true, _) => Kind::Float,
                (false, Width::Four) => Kind::Integer,
                (false, Width::Eight) => Kind::BigInt,
                (false, Width::More) => Kind::Numeric,
            }
        } else if has(DATE) {
            Kind::Date
        } else if has(MOMENT) || has(ISO_MOMENT) {
            Kind::Timestamp
        } else if has(BOOLEAN) {
            Kind::Boolean
        } else {
            Kind::Text
        }
    }

    /// What a reader of column `name` would take for something else.
    pub(super) fn warnings(&self, name: &str) -> Vec<Warning> {
        let strange = match self.kind() {
            Kind::Integer | Kind::BigInt | Kind::Numeric => [self.strange_number.as_ref(), None],
            Kind::Float => [self.strange_number.as_ref(), self.fine_number.as_ref()],
            Kind::Timestamp => [self.zoned_moment.as_ref(), None],
            Kind::Date | Kind::Boolean | Kind::Text => [None, None],
        };
        strange.into_iter().flatten().map(|strange| strange.warning(name)).collect()
    }

    fn see_number(&mut self, text: &str, number: Number, line: u64) {
        self.is_float = self.is_float || number.has_fraction() || number.is_huge();
        self.width = self.width.max(number.width());
        if self.strange_number.is_none() && looks_otherwise(text) {
            let reading = number.whole().unwrap_or_else(|| number.to_string());
            self.strange_number = Some(Strange { value: text.to_owned(), reading, line });
        }
        if self.fine_number.is_none() && number.is_too_fine_for_a_float() {
            let reading = "a float, which keeps about 16 digits".to_owned();
            self.fine_number = Some(Strange { value: text.to_owned(), reading, line });
        }
    }

    fn see_moment(&mut self, text: &str, moment: time::Moment, line: u64) {
        let time::Moment::Zoned(zoned) = moment else { return };
        if self.zoned_moment.is_none() && zoned.offset().local_minus_utc() != 0 {
            let reading = "a timestamp without time zone, in the session's zone".to_owned();
            self.zoned_moment = Some(Strange { value: text.to_owned(), reading, line });
        }
    }
}

impl Strange {
    fn warning(&self, column: &str) -> Warning {
        Warning {
            column: column.to_owned(),
            value: self.value.clone(),
            line: self.line,
            message: format!(
                "column `{column}` has the value `{}`, which is read as {}; `column_types` with a type for `{column}` keeps values as they are",
                self.value, self.reading
            ),
        }
    }
}

/// `true` and `false` in any case; `Some(None)` for null; none for what is no truth value.
pub(super) fn read_boolean(value: &str) -> Option<Option<bool>> {
    // Commas are group marks to agate, even here.
    if value.len() < 16 && value.contains(',') {
        return read_boolean(&value.replace(',', ""));
    }
    let word = strip(value);
    if is_null(word) {
        return Some(None);
    }
    if word.eq_ignore_ascii_case("true") {
        return Some(Some(true));
    }
    word.eq_ignore_ascii_case("false").then_some(Some(false))
}

/// Whether the number of `text` is another than most readers would see: `2,55`, `$5`, `12%`, `1_000`, `007`, `--5`.
fn looks_otherwise(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_plain = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'+' | b'e' | b'E' | b'-');
    let digits = bytes.strip_prefix(b"-").or(bytes.strip_prefix(b"+")).unwrap_or(bytes);
    if digits.iter().all(is_plain) {
        let has_leading_zero = digits.len() > 1 && digits[0] == b'0' && digits[1].is_ascii_digit();
        return has_leading_zero || digits.starts_with(b"-") || digits.starts_with(b"+");
    }
    if digits.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b'.')) {
        return !is_grouped_by_thousands(digits);
    }
    !digits.iter().all(u8::is_ascii_alphabetic)
}

/// `1,000`, `12,345.6`: one to three digits, then groups of three.
fn is_grouped_by_thousands(digits: &[u8]) -> bool {
    let end = digits.iter().position(|byte| *byte == b'.').unwrap_or(digits.len());
    let mut groups = digits[..end].split(|byte| *byte == b',');
    let has_first = groups.next().is_some_and(|first| (1..=3).contains(&first.len()) && first[0] != b'0');
    has_first && groups.all(|group| group.len() == 3) && !digits[end..].contains(&b',')
}
