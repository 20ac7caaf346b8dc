//! `strptime` and `fromisoformat`.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Weekday};
use minijinja::Error;
use regex::Regex;

use super::clock::{self, Time};
use super::date;
use super::moment::DateTime;
use super::print::month_of;
use super::zone::Zone;
use crate::jinja::value::{failure, quote};

const DAYS: &str = "monday|tuesday|wednesday|thursday|friday|saturday|sunday";
const SHORT_DAYS: &str = "mon|tue|wed|thu|fri|sat|sun";
const MONTHS: &str = "january|february|march|april|may|june|july|august|september|october|november|december";
const SHORT_MONTHS: &str = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec";

/// The moment in `text`, read by the pattern `format`.
///
/// # Errors
///
/// Python's words for text that does not fit and patterns that are wrong.
pub fn strptime(text: &str, format: &str) -> Result<DateTime, Error> {
    let mut directives = Vec::new();
    let expression = translate(format, &mut directives, format)?;
    let expression = Regex::new(&format!("(?i)^{expression}"))
        .map_err(|_| failure(format!("'{format}' is a bad directive in format")))?;
    let Some(found) = expression.captures(text) else {
        return Err(failure(format!("time data {} does not match format {}", quote(text), quote(format))));
    };
    if found[0].len() < text.len() {
        return Err(failure(format!("unconverted data remains: {}", &text[found[0].len()..])));
    }
    let mut read = Read::default();
    for (at, directive) in directives.into_iter().enumerate() {
        read.take(directive, &found[at + 1]);
    }
    read.finish()
}

/// The pattern as an expression with one group for each directive.
fn translate(format: &str, directives: &mut Vec<char>, whole: &str) -> Result<String, Error> {
    let mut expression = String::new();
    let mut letters = format.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_whitespace() {
            while letters.next_if(|next| next.is_whitespace()).is_some() {}
            expression.push_str("\\s+");
            continue;
        }
        if letter != '%' {
            expression.push_str(&regex::escape(&letter.to_string()));
            continue;
        }
        let directive = letters.next().ok_or_else(|| failure(format!("stray % in format '{whole}'")))?;
        match directive {
            '%' => expression.push('%'),
            'c' => expression.push_str(&translate("%a %b %d %H:%M:%S %Y", directives, whole)?),
            'x' => expression.push_str(&translate("%m/%d/%y", directives, whole)?),
            'X' => expression.push_str(&translate("%H:%M:%S", directives, whole)?),
            directive => {
                let part = part(directive)
                    .ok_or_else(|| failure(format!("'{directive}' is a bad directive in format '{whole}'")))?;
                expression.push_str(&format!("({part})"));
                directives.push(directive);
            }
        }
    }
    Ok(expression)
}

fn part(directive: char) -> Option<&'static str> {
    Some(match directive {
        'd' => "3[0-1]|[1-2][0-9]|0[1-9]|[1-9]| [1-9]",
        'f' => "[0-9]{1,6}",
        'H' => "2[0-3]|[0-1][0-9]|[0-9]",
        'I' => "1[0-2]|0[1-9]|[1-9]",
        'G' | 'Y' => "[0-9]{4}",
        'j' => "36[0-6]|3[0-5][0-9]|[1-2][0-9][0-9]|0[1-9][0-9]|00[1-9]|[1-9][0-9]|0[1-9]|[1-9]",
        'm' => "1[0-2]|0[1-9]|[1-9]",
        'M' => "[0-5][0-9]|[0-9]",
        'S' => "6[0-1]|[0-5][0-9]|[0-9]",
        'U' | 'W' => "5[0-3]|[0-4][0-9]|[0-9]",
        'V' => "5[0-3]|0[1-9]|[1-4][0-9]|[0-9]",
        'w' => "[0-6]",
        'u' => "[1-7]",
        'y' => "[0-9]{2}",
        'z' => "[+-][0-9]{2}:?[0-5][0-9](?::?[0-5][0-9](?:\\.[0-9]{1,6})?)?|z",
        'A' => DAYS,
        'a' => SHORT_DAYS,
        'B' => MONTHS,
        'b' | 'h' => SHORT_MONTHS,
        'p' => "am|pm",
        'Z' => "utc|gmt",
        _ => return None,
    })
}

#[derive(Default)]
struct Read {
    year: Option<i64>,
    iso_year: Option<i64>,
    iso_week: Option<i64>,
    weekday: Option<u8>,
    day_of_year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    hour: i64,
    hour_of_half: Option<i64>,
    is_afternoon: Option<bool>,
    minute: i64,
    second: i64,
    microsecond: i64,
    zone: Option<Zone>,
}

impl Read {
    fn take(&mut self, directive: char, text: &str) {
        let number = text.trim().parse::<i64>().unwrap_or_default();
        let lower = text.to_lowercase();
        let place = |names: &str| names.split('|').position(|name| name == lower).map(|place| place as u8);
        match directive {
            'Y' => self.year = Some(number),
            'y' => self.year = Some(if number <= 68 { 2000 + number } else { 1900 + number }),
            'G' => self.iso_year = Some(number),
            'V' => self.iso_week = Some(number),
            'j' => self.day_of_year = Some(number),
            'm' => self.month = Some(number),
            'B' | 'b' | 'h' => self.month = month_of(text),
            'd' => self.day = Some(number),
            'H' => self.hour = number,
            'I' => self.hour_of_half = Some(number % 12),
            'p' => self.is_afternoon = Some(lower == "pm"),
            'M' => self.minute = number,
            'S' => self.second = number,
            'f' => self.microsecond = format!("{text:0<6}").parse().unwrap_or_default(),
            'u' => self.weekday = Some(number as u8 - 1),
            'w' => self.weekday = Some(((number + 6) % 7) as u8),
            'A' => self.weekday = place(DAYS),
            'a' => self.weekday = place(SHORT_DAYS),
            'z' => self.zone = read_offset(text),
            _ => {}
        }
    }

    fn finish(self) -> Result<DateTime, Error> {
        let date = self.date()?;
        let hour = match (self.hour_of_half, self.is_afternoon) {
            (Some(hour), Some(true)) => hour + 12,
            (Some(hour), _) => hour,
            (None, _) => self.hour,
        };
        let time = clock::build(hour, self.minute, self.second, self.microsecond)?;
        Ok(DateTime { naive: NaiveDateTime::new(date, time), zone: self.zone })
    }

    fn date(&self) -> Result<NaiveDate, Error> {
        if let (Some(year), Some(week), Some(weekday)) = (self.iso_year, self.iso_week, self.weekday) {
            return iso_week(year, week, i64::from(weekday) + 1);
        }
        let year = self.year.unwrap_or(1900);
        if let (Some(day), None) = (self.day_of_year, self.month) {
            let date = NaiveDate::from_yo_opt(year as i32, day as u32);
            return date.ok_or_else(|| failure("day of year is out of range"));
        }
        date::build(year, self.month.unwrap_or(1), self.day.unwrap_or(1))
    }
}

/// The day of an ISO year, week and weekday, the latter counted from 1.
pub fn iso_week(year: i64, week: i64, weekday: i64) -> Result<NaiveDate, Error> {
    let day = u8::try_from(weekday - 1).ok().and_then(|day| Weekday::try_from(day).ok());
    let day = day.ok_or_else(|| failure(format!("Invalid weekday: {weekday} (range is [1, 7])")))?;
    NaiveDate::from_isoywd_opt(year as i32, week as u32, day).ok_or_else(|| failure(format!("Invalid week: {week}")))
}

/// The zone of `Z`, `+05:30`, `-0800`.
fn read_offset(text: &str) -> Option<Zone> {
    if text.eq_ignore_ascii_case("z") {
        return Some(Zone::Utc);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text.chars().skip(1).filter(|letter| *letter != ':').take(6).collect();
    if text.len() < 3 || !digits.chars().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let pair = |at: usize| digits.get(at..at + 2).map_or(Some(0), |pair| pair.parse::<i32>().ok());
    match sign * (pair(0)? * 3600 + pair(2)? * 60 + pair(4)?) {
        0 => Some(Zone::Utc),
        offset => Some(Zone::Fixed(offset, None)),
    }
}

fn invalid(text: &str) -> Error {
    failure(format!("Invalid isoformat string: {}", quote(text)))
}

/// `date.fromisoformat`.
///
/// # Errors
///
/// Python's words.
pub fn date(text: &str) -> Result<NaiveDate, Error> {
    match date_part(text) {
        Some((date, "")) => Ok(date),
        Some(_) | None => Err(invalid(text)),
    }
}

/// `time.fromisoformat`.
///
/// # Errors
///
/// Python's words.
pub fn time(text: &str) -> Result<Time, Error> {
    time_part(text.trim_start_matches('T')).map(|(time, zone)| Time { time, zone }).ok_or_else(|| invalid(text))
}

/// `datetime.fromisoformat`.
///
/// # Errors
///
/// Python's words.
pub fn datetime(text: &str) -> Result<DateTime, Error> {
    let (date, rest) = date_part(text).ok_or_else(|| invalid(text))?;
    let mut letters = rest.chars();
    let (time, zone) = match letters.next() {
        None => (NaiveTime::MIN, None),
        Some(_) => time_part(letters.as_str()).ok_or_else(|| invalid(text))?,
    };
    Ok(DateTime { naive: NaiveDateTime::new(date, time), zone })
}

/// The date at the start of `text`, and the rest.
fn date_part(text: &str) -> Option<(NaiveDate, &str)> {
    let expression = Regex::new(
        r"^(?:(\d{4})-(\d{2})-(\d{2})|(\d{4})(\d{2})(\d{2})|(\d{4})-W(\d{2})(?:-(\d))?|(\d{4})W(\d{2})(\d)?)",
    );
    let found = expression.ok()?.captures(text)?;
    let number = |at: usize| found.get(at).and_then(|part| part.as_str().parse::<i64>().ok());
    let date = match (number(1).or(number(4)), number(7).or(number(10))) {
        (Some(year), _) => date::build(year, number(2).or(number(5))?, number(3).or(number(6))?).ok()?,
        (None, Some(year)) => iso_week(year, number(8).or(number(11))?, number(9).or(number(12)).unwrap_or(1)).ok()?,
        (None, None) => return None,
    };
    Some((date, &text[found[0].len()..]))
}

fn time_part(text: &str) -> Option<(NaiveTime, Option<Zone>)> {
    let expression =
        Regex::new(r"^(\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?(Z|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)?$");
    let found = expression.ok()?.captures(text)?;
    let number = |at: usize| found.get(at).map_or(Some(0), |part| part.as_str().parse::<i64>().ok());
    let fraction = found.get(4).map_or("", |fraction| fraction.as_str());
    let micro = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    let time = clock::build(number(1)?, number(2)?, number(3)?, micro).ok()?;
    match found.get(5) {
        Some(offset) => Some((time, Some(read_offset(offset.as_str())?))),
        None => Some((time, None)),
    }
}
