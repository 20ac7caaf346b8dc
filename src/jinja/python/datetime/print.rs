//! `strftime`, as glibc has it in the C locale.

use chrono::{Datelike, NaiveDateTime, Timelike};

use super::clock::microsecond;
use super::zone::{Zone, offset_text};

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// What patterns can ask for.
pub struct Fields<'a> {
    pub moment: NaiveDateTime,
    pub zone: Option<&'a Zone>,
}

/// `pattern` with its directives replaced; unknown ones stay as they are.
pub fn strftime(pattern: &str, fields: &Fields<'_>) -> String {
    let mut out = String::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            out.push(letter);
            continue;
        }
        let start = letters.clone();
        let mut directive = letters.next();
        let flag = directive.filter(|flag| "-_0^#".contains(*flag));
        if flag.is_some() {
            directive = letters.next();
        }
        match directive.and_then(|directive| expand(directive, flag, fields)) {
            Some(text) => out.push_str(&text),
            None => {
                out.push('%');
                letters = start;
            }
        }
    }
    out
}

fn expand(directive: char, flag: Option<char>, fields: &Fields<'_>) -> Option<String> {
    if let Some((number, width, fill)) = number(directive, fields) {
        return Some(match flag {
            Some('-') => number.to_string(),
            Some('_') => format!("{number:>width$}"),
            Some('0') => format!("{number:0width$}"),
            _ if fill == ' ' => format!("{number:>width$}"),
            _ => format!("{number:0width$}"),
        });
    }
    let text = words(directive, fields)?;
    Some(match flag {
        Some('^') => text.to_uppercase(),
        Some('#') if directive == 'p' || directive == 'Z' => text.to_lowercase(),
        Some('#') => text.to_uppercase(),
        _ => text,
    })
}

/// Number, width and fill of a numeric directive.
fn number(directive: char, fields: &Fields<'_>) -> Option<(i64, usize, char)> {
    let (date, time) = (fields.moment.date(), fields.moment.time());
    let weekday = date.weekday();
    let twelve = |hour: u32| if hour.is_multiple_of(12) { 12 } else { hour % 12 };
    let week_from = |day: u32| (date.ordinal() + 6 - (weekday.num_days_from_sunday() + 7 - day) % 7) / 7;
    let (number, width, fill) = match directive {
        'd' => (date.day(), 2, '0'),
        'e' => (date.day(), 2, ' '),
        'm' => (date.month(), 2, '0'),
        'y' => (date.year().rem_euclid(100) as u32, 2, '0'),
        'C' => (date.year().div_euclid(100) as u32, 2, '0'),
        'Y' => (date.year() as u32, 1, '0'),
        'G' => (date.iso_week().year() as u32, 4, '0'),
        'g' => (date.iso_week().year().rem_euclid(100) as u32, 2, '0'),
        'V' => (date.iso_week().week(), 2, '0'),
        'U' => (week_from(0), 2, '0'),
        'W' => (week_from(1), 2, '0'),
        'u' => (weekday.number_from_monday(), 1, '0'),
        'w' => (weekday.num_days_from_sunday(), 1, '0'),
        'j' => (date.ordinal(), 3, '0'),
        'H' => (time.hour(), 2, '0'),
        'k' => (time.hour(), 2, ' '),
        'I' => (twelve(time.hour()), 2, '0'),
        'l' => (twelve(time.hour()), 2, ' '),
        'M' => (time.minute(), 2, '0'),
        'S' => (time.second(), 2, '0'),
        'f' => (microsecond(time), 6, '0'),
        _ => return None,
    };
    Some((i64::from(number), width, fill))
}

fn words(directive: char, fields: &Fields<'_>) -> Option<String> {
    let (date, time) = (fields.moment.date(), fields.moment.time());
    let day = DAYS[date.weekday().num_days_from_sunday() as usize % 7];
    let month = MONTHS[date.month0() as usize % 12];
    let half = if time.hour() < 12 { "AM" } else { "PM" };
    Some(match directive {
        'a' => day[..3].to_string(),
        'A' => day.to_string(),
        'b' | 'h' => month[..3].to_string(),
        'B' => month.to_string(),
        'p' => half.to_string(),
        'P' => half.to_lowercase(),
        'z' => fields.zone.map_or_else(String::new, |zone| offset_text(zone.offset(), "")),
        'Z' => fields.zone.map_or_else(String::new, Zone::name),
        's' => fields.moment.and_utc().timestamp().to_string(),
        'c' => strftime("%a %b %e %H:%M:%S %Y", fields),
        'x' | 'D' => strftime("%m/%d/%y", fields),
        'X' | 'T' => strftime("%H:%M:%S", fields),
        'F' => strftime("%Y-%m-%d", fields),
        'R' => strftime("%H:%M", fields),
        'r' => strftime("%I:%M:%S %p", fields),
        'n' => "\n".to_string(),
        't' => "\t".to_string(),
        '%' => "%".to_string(),
        _ => return None,
    })
}

/// Number of a month by its English name or the first three letters of it, counted from 1.
pub fn month_of(name: &str) -> Option<i64> {
    let name = name.to_lowercase();
    let place = MONTHS.iter().position(|month| month.to_lowercase() == name || month[..3].to_lowercase() == name);
    place.map(|place| place as i64 + 1)
}
