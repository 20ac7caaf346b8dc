//! Days and times as dbt reads them in a seed: `strptime` for the plain forms, ISO 8601 with all its short forms for those with a `T`.

use chrono::{DateTime, Duration, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};

/// A day with a time, and the offset from UTC where the text has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Local(NaiveDateTime),
    Zoned(DateTime<FixedOffset>),
}

impl Moment {
    /// In ISO form with a `T`, as Python's `isoformat` writes it.
    pub(super) fn iso(&self) -> String {
        let (local, offset) = match self {
            Moment::Local(local) => (*local, String::new()),
            Moment::Zoned(zoned) => (zoned.naive_local(), zoned.format("%:z").to_string()),
        };
        format!("{}{offset}", plain(&local, 'T'))
    }
}

/// `local` with microseconds where it has some.
pub(super) fn plain(local: &NaiveDateTime, separator: char) -> String {
    let fraction = if local.and_utc().timestamp_subsec_micros() == 0 { "" } else { "%.6f" };
    local.format(&format!("%Y-%m-%d{separator}%H:%M:%S{fraction}")).to_string()
}

/// The day of `text` as `%Y-%m-%d` reads it: `2024-1-5` is one.
pub(super) fn read_date(text: &str) -> Option<NaiveDate> {
    let (year, month, day) = split_date(text.as_bytes())?;
    let day = match day {
        [b' ', digit @ b'1'..=b'9'] => u32::from(digit - b'0'),
        _ => short_number(day)?,
    };
    day_of(year, month, day)
}

/// The moment of `text` as `%Y-%m-%d %H:%M:%S` reads it, with any space in the middle.
pub(super) fn read_moment(text: &str) -> Option<NaiveDateTime> {
    if text.len() < 14 || text.as_bytes()[4] != b'-' {
        return None;
    }
    let (date, time) = text.split_once(super::is_space)?;
    let mut parts = time.trim_start_matches(super::is_space).split(':');
    let mut next = || short_number(parts.next()?.as_bytes());
    let (hour, minute, second) = (next()?, next()?, next()?);
    let is_whole = parts.next().is_none();
    let time = NaiveTime::from_hms_opt(hour, minute, second).filter(|_| is_whole)?;
    Some(read_date(date)?.and_time(time))
}

/// The moment of `text` in one of the forms of ISO 8601, with a `T` between day and time.
pub(super) fn read_iso(text: &str) -> Option<Moment> {
    let (date, time) = text.split_once('T').filter(|_| text.is_ascii())?;
    let date = read_iso_date(date.as_bytes())?;
    let (time, offset) = split_offset(time)?;
    let local = date.and_time(read_iso_time(time)?);
    match offset {
        None => Some(Moment::Local(local)),
        Some(offset) => local.and_local_timezone(offset).single().map(Moment::Zoned),
    }
}

fn split_date(text: &[u8]) -> Option<(u32, u32, &[u8])> {
    let year = number(text.get(..4)?)?;
    let rest = text[4..].strip_prefix(b"-")?;
    let end = rest.iter().position(|byte| *byte == b'-')?;
    Some((year, short_number(&rest[..end])?, &rest[end + 1..]))
}

fn day_of(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    let year = i32::try_from(year).ok().filter(|year| *year > 0)?;
    NaiveDate::from_ymd_opt(year, month, day)
}

/// One or two digits.
fn short_number(text: &[u8]) -> Option<u32> {
    if text.len() <= 2 { number(text) } else { None }
}

fn number(text: &[u8]) -> Option<u32> {
    if text.is_empty() || text.len() > 9 {
        return None;
    }
    text.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
}

fn read_iso_date(text: &[u8]) -> Option<NaiveDate> {
    if let Some(century) = number(text).filter(|_| text.len() == 2) {
        return day_of(century * 100 + 1, 1, 1);
    }
    let year = number(text.get(..4)?)?;
    let rest = &text[4..];
    let (has_dash, rest) = match rest {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, rest),
    };
    match (has_dash, rest) {
        (false, []) => day_of(year, 1, 1),
        (_, [b'W', week @ ..]) => read_week(year, has_dash, week),
        (_, [_, _]) => day_of(year, number(rest)?, 1),
        (_, [_, _, _]) => Some(day_of(year, 1, 1)? + Duration::days(i64::from(number(rest)?) - 1)),
        (false, [m1, m2, d1, d2]) => day_of(year, number(&[*m1, *m2])?, number(&[*d1, *d2])?),
        (true, [m1, m2, b'-', d1, d2]) => day_of(year, number(&[*m1, *m2])?, number(&[*d1, *d2])?),
        _ => None,
    }
}

/// The day in week `text`, which is `ww`, `ww-d` or `wwd`; a missing day is Monday.
fn read_week(year: u32, has_dash: bool, text: &[u8]) -> Option<NaiveDate> {
    let week = i64::from(number(text.get(..2)?)?);
    let day = match (has_dash, &text[2..]) {
        (_, []) => 1,
        (true, [b'-', digit]) | (false, [digit]) => i64::from(number(&[*digit])?),
        _ => return None,
    };
    let first = NaiveDate::from_isoywd_opt(i32::try_from(year).ok()?, 1, chrono::Weekday::Mon)?;
    Some(first + Duration::days((week - 1) * 7 + day - 1)).filter(|_| year > 0)
}

/// A time and the offset at its end: `Z`, `+02`, `+02:30`, `-0230`.
fn split_offset(text: &str) -> Option<(&str, Option<FixedOffset>)> {
    if let Some(time) = text.strip_suffix('Z') {
        return Some((time, FixedOffset::east_opt(0)));
    }
    let Some(at) = text.find(['+', '-']) else { return Some((text, None)) };
    let digits = match text.as_bytes()[at + 1..] {
        [h1, h2] => [h1, h2, b'0', b'0'],
        [h1, h2, m1, m2] | [h1, h2, b':', m1, m2] => [h1, h2, m1, m2],
        _ => return None,
    };
    let seconds = i32::try_from(number(&digits[..2])? * 3600 + number(&digits[2..])? * 60).ok()?;
    let signed = if text.as_bytes()[at] == b'-' { -seconds } else { seconds };
    Some((&text[..at], Some(FixedOffset::east_opt(signed)?)))
}

/// Hours, with minutes, with seconds; the smallest part may have a fraction.
fn read_iso_time(text: &str) -> Option<NaiveTime> {
    let (whole, fraction) = match text.split_once(['.', ',']) {
        Some((whole, fraction)) => (whole, read_fraction(fraction)?),
        None => (text, (0, 1)),
    };
    let whole = whole.as_bytes();
    let parts: Vec<u32> = match whole {
        [_, _, b':', _, _] => [&whole[..2], &whole[3..]].into_iter().map(number).collect::<Option<_>>()?,
        [_, _, b':', _, _, b':', _, _] => {
            [&whole[..2], &whole[3..5], &whole[6..]].into_iter().map(number).collect::<Option<_>>()?
        }
        [_, _] | [_, _, _, _] | [_, _, _, _, _, _] => whole.chunks(2).map(number).collect::<Option<_>>()?,
        _ => return None,
    };
    let unit_micros = [3_600_000_000, 60_000_000, 1_000_000][parts.len() - 1];
    let micros = fraction.0 * unit_micros / fraction.1;
    let part = |index: usize| parts.get(index).copied().unwrap_or(0);
    let time = NaiveTime::from_hms_opt(part(0), part(1), part(2))?;
    let (sum, days) = time.overflowing_add_signed(Duration::microseconds(i64::try_from(micros).ok()?));
    (days == 0).then_some(sum)
}

/// Numerator and denominator of the digits behind a point; digits that no microsecond can feel are left out.
fn read_fraction(text: &str) -> Option<(u128, u128)> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let kept = &text[..text.len().min(18)];
    Some((kept.parse().ok()?, 10u128.pow(u32::try_from(kept.len()).ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_strptime_does() {
        let date = |text| read_date(text).map(|date| date.to_string());
        assert_eq!(date("2024-1-5").as_deref(), Some("2024-01-05"));
        assert_eq!(date("2024-01- 5").as_deref(), Some("2024-01-05"));
        for text in
            ["2024-1-123", "0000-01-01", "2024-02-30", "2024-13-01", "2024/01/05", "2024-01", "2024-0-1", "24-01-01"]
        {
            assert_eq!(date(text), None, "{text}");
        }
        let moment = |text| read_moment(text).map(|moment| plain(&moment, 'T'));
        assert_eq!(moment("2024-01-05   1:2:3").as_deref(), Some("2024-01-05T01:02:03"));
        for text in ["2024-01-05 10:00:60", "2024-01-05 24:00:00", "2024-01-05 10:00", "2024-01-05 10:00:00.5"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn iso_moments_are_read_with_all_short_forms() {
        let cases = [
            ("2024-01-05T10", "2024-01-05T10:00:00"),
            ("20240105T1030", "2024-01-05T10:30:00"),
            ("2024-W01-1T10:00", "2024-01-01T10:00:00"),
            ("2020-W53-7T10:00", "2021-01-03T10:00:00"),
            ("2024W011T10:00", "2024-01-01T10:00:00"),
            ("2024-366T10:00:00", "2024-12-31T10:00:00"),
            ("2024-000T10:00:00", "2023-12-31T10:00:00"),
            ("2024-01T10:00:00", "2024-01-01T10:00:00"),
            ("202401T10:00:00", "2024-01-01T10:00:00"),
            ("2024T10:00", "2024-01-01T10:00:00"),
            // Two digits are a century.
            ("20T10", "2001-01-01T10:00:00"),
            ("2024-01-05T10:00:00,5", "2024-01-05T10:00:00.500000"),
            ("2024-01-05T10:00:00.1234567", "2024-01-05T10:00:00.123456"),
            ("2024-01-05T10.123456789", "2024-01-05T10:07:24.444440"),
            ("2024-01-05T10:00.5Z", "2024-01-05T10:00:30+00:00"),
            ("2024-01-05T10:00:00+02:60", "2024-01-05T10:00:00+03:00"),
            ("2024-01-05T10:00:00-05", "2024-01-05T10:00:00-05:00"),
        ];
        for (text, expected) in cases {
            let found = read_iso(text).map(|moment| moment.iso());
            assert_eq!(found.as_deref(), Some(expected), "{text}");
        }
        for text in [
            "2024-01-05T24:00:00",
            "2024-01-05t10:00:00",
            "2024-1-5T10:00:00",
            "2024-01-05T1:00:00",
            "+2024-01-05T10:00:00",
            "2024-W011T10:00",
            "2024-01-05T10:00:00.",
            "2024-01-05T10:00:00+25:00",
            "2024-01-05T",
            "T10:00",
            "2T10:00",
        ] {
            assert_eq!(read_iso(text), None, "{text}");
        }
    }
}
