//! Windows of time, always in UTC: the batches of a microbatch model, and the sample that a run reads of its parents.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc};
use serde_json::{Value, json};

/// The size of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// From one full hour to the next.
    Hour,
    /// From midnight to midnight.
    Day,
    /// From the first of a month to that of the next.
    Month,
    /// From one new year to the next.
    Year,
}

/// A span of time, half open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First moment inside.
    pub start: DateTime<Utc>,
    /// First moment after.
    pub end: DateTime<Utc>,
}

/// What the batches of a model follow from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// Size of each.
    pub grain: Grain,
    /// Complete batches that are built again behind the present one.
    pub lookback: i64,
    /// Where the first batch of all lies.
    pub begin: DateTime<Utc>,
}

impl Grain {
    /// The words that `batch_size` may be.
    pub const WORDS: [&str; 4] = ["hour", "day", "month", "year"];

    /// The grain called `word`.
    pub fn from_word(word: &str) -> Option<Grain> {
        match word {
            "hour" => Some(Grain::Hour),
            "day" => Some(Grain::Day),
            "month" => Some(Grain::Month),
            "year" => Some(Grain::Year),
            _ => None,
        }
    }

    /// The start of the batch in which `moment` lies.
    pub fn truncate(self, moment: DateTime<Utc>) -> DateTime<Utc> {
        let date = match self {
            Grain::Hour | Grain::Day => Some(moment.date_naive()),
            Grain::Month => moment.date_naive().with_day(1),
            Grain::Year => NaiveDate::from_ymd_opt(moment.year(), 1, 1),
        };
        let hour = if self == Grain::Hour { moment.hour() } else { 0 };
        let truncated = date.and_then(|date| date.and_hms_opt(hour, 0, 0));
        truncated.map_or(moment, |naive| naive.and_utc())
    }

    /// The end of the batch in which `moment` lies, or `moment` where a batch ends there.
    pub fn ceiling(self, moment: DateTime<Utc>) -> DateTime<Utc> {
        let truncated = self.truncate(moment);
        if truncated == moment { moment } else { self.offset(truncated, 1) }
    }

    /// `moment` moved by so many hours, days, months or years; where the calendar ends it stays.
    pub fn offset(self, moment: DateTime<Utc>, count: i64) -> DateTime<Utc> {
        let months = |each: i64| {
            let all = Months::new(u32::try_from(count.saturating_mul(each).unsigned_abs()).unwrap_or(u32::MAX));
            if count < 0 { moment.checked_sub_months(all) } else { moment.checked_add_months(all) }
        };
        let moved = match self {
            Grain::Hour => TimeDelta::try_hours(count).and_then(|delta| moment.checked_add_signed(delta)),
            Grain::Day => TimeDelta::try_days(count).and_then(|delta| moment.checked_add_signed(delta)),
            Grain::Month => months(1),
            Grain::Year => months(12),
        };
        moved.unwrap_or(moment)
    }

    /// The batch that starts at `start` as lines and file names have it: `2024-01-31`, `2024-01-31T05`.
    pub fn label(self, start: DateTime<Utc>) -> String {
        let form = match self {
            Grain::Hour => "%Y-%m-%dT%H",
            Grain::Day => "%Y-%m-%d",
            Grain::Month => "%Y-%m",
            Grain::Year => "%Y",
        };
        start.format(form).to_string()
    }
}

impl Schedule {
    /// The batches from `start` (by itself: `begin`, or when the model `is_incremental` the last complete batches) to `end`.
    pub fn batches(&self, start: Option<DateTime<Utc>>, end: DateTime<Utc>, is_incremental: bool) -> Vec<Window> {
        let grain = self.grain;
        let start = match start {
            Some(start) => grain.truncate(start),
            None if is_incremental => {
                let truncated = grain.truncate(end);
                // What ends on the border of a batch has no started batch to count from.
                let back = self.lookback + i64::from(truncated == end);
                grain.offset(truncated, -back)
            }
            None => grain.truncate(self.begin),
        };
        let end = grain.ceiling(end);
        let mut batches = Vec::new();
        let mut from = start;
        while from < end {
            let to = grain.offset(from, 1);
            if to <= from {
                break;
            }
            batches.push(Window { start: from, end: to });
            from = to;
        }
        batches
    }
}

impl Window {
    /// The window of `--sample`: `3 days` back from `now`, or a mapping of `start` and `end`; else what is wrong with it.
    pub fn of_sample(text: &str, mapping: Option<&Value>, now: DateTime<Utc>) -> Result<Window, String> {
        if let Some(mapping) = mapping {
            return Window::from_json(mapping)
                .filter(|window| window.start < window.end)
                .ok_or_else(|| "its `start` and `end` must be times, the first before the second".to_owned());
        }
        let mut words = text.split_whitespace();
        let (Some(count), Some(unit), None) = (words.next(), words.next(), words.next()) else {
            return Err("it must be of the form `3 days`".to_owned());
        };
        let count: i64 = count.parse().map_err(|_| format!("`{count}` is no whole number"))?;
        let unit = unit.to_lowercase();
        let grain = Grain::from_word(unit.strip_suffix('s').unwrap_or(&unit));
        let grain = grain.ok_or_else(|| {
            format!("Invalid grain size '{unit}': use one of hours, days, months, years, or one of them without the s")
        })?;
        Ok(Window { start: grain.offset(now, -count), end: now })
    }

    /// The window that `{"start": .., "end": ..}` or `[start, end]` states.
    pub fn from_json(json: &Value) -> Option<Window> {
        let part = |key: &str, index: usize| json.get(key).or_else(|| json.get(index)).and_then(Value::as_str);
        Some(Window { start: instant(part("start", 0)?)?, end: instant(part("end", 1)?)? })
    }

    /// `{"start": .., "end": ..}` in Python's form.
    pub fn to_json(self) -> Value {
        json!({"start": printed(self.start).replacen(' ', "T", 1), "end": printed(self.end).replacen(' ', "T", 1)})
    }

    /// What both have in common.
    pub fn within(&self, other: &Window) -> Window {
        Window { start: self.start.max(other.start), end: self.end.min(other.end) }
    }
}

/// A moment as Python prints it: `2024-01-31 00:00:00+00:00`.
pub fn printed(moment: DateTime<Utc>) -> String {
    let form =
        if moment.timestamp_subsec_micros() == 0 { "%Y-%m-%d %H:%M:%S+00:00" } else { "%Y-%m-%d %H:%M:%S%.6f+00:00" };
    moment.format(form).to_string()
}

/// The moment that a text in one of the forms of ISO 8601 means; without a zone it counts as UTC.
pub fn instant(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(zoned) = DateTime::parse_from_rfc3339(text) {
        return Some(zoned.with_timezone(&Utc));
    }
    for form in ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M%#z", "%Y-%m-%dT%H:%M%#z"] {
        if let Ok(zoned) = DateTime::parse_from_str(text, form) {
            return Some(zoned.with_timezone(&Utc));
        }
    }
    for form in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"] {
        if let Ok(naive) = NaiveDateTime::parse_from_str(text, form) {
            return Some(naive.and_utc());
        }
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0).map(|naive| naive.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        instant(text).unwrap()
    }

    fn schedule(grain: Grain, lookback: i64) -> Schedule {
        Schedule { grain, lookback, begin: at("2024-05-05") }
    }

    fn labels(grain: Grain, batches: &[Window]) -> String {
        let labels: Vec<String> = batches.iter().map(|window| grain.label(window.start)).collect();
        labels.join(" ")
    }

    // The expected batches are those which dbt 1.11 builds.
    #[test]
    fn a_first_run_starts_where_the_model_begins() {
        let built = |grain: Grain| labels(grain, &schedule(grain, 1).batches(None, at("2024-05-07 15:00"), false));
        assert_eq!(built(Grain::Day), "2024-05-05 2024-05-06 2024-05-07");
        assert_eq!(built(Grain::Month), "2024-05");
        assert_eq!(built(Grain::Year), "2024");
        assert!(built(Grain::Hour).starts_with("2024-05-05T00 2024-05-05T01"));
    }

    #[test]
    fn a_later_run_goes_back_by_the_lookback() {
        let built = |grain: Grain, lookback: i64, end: &str| {
            labels(grain, &schedule(grain, lookback).batches(None, at(end), true))
        };
        assert_eq!(built(Grain::Day, 1, "2026-11-21 15:00"), "2026-11-20 2026-11-21");
        assert_eq!(built(Grain::Day, 0, "2026-11-21 15:00"), "2026-11-21");
        assert_eq!(built(Grain::Day, 1, "2026-11-21 00:00"), "2026-11-19 2026-11-20");
        assert_eq!(built(Grain::Month, 2, "2026-01-21 15:00"), "2025-11 2025-12 2026-01");
        assert_eq!(built(Grain::Hour, 1, "2026-11-21 15:10"), "2026-11-21T14 2026-11-21T15");
    }

    #[test]
    fn given_times_are_widened_to_whole_batches() {
        let found = schedule(Grain::Day, 1).batches(Some(at("2024-01-01 05:00")), at("2024-01-02 07:00"), true);
        assert_eq!(labels(Grain::Day, &found), "2024-01-01 2024-01-02");
        assert_eq!(printed(found[1].end), "2024-01-03 00:00:00+00:00");
    }

    #[test]
    fn a_sample_is_a_span_back_from_now_or_a_mapping() {
        let now = at("2024-03-31 12:00");
        let start = |text: &str| Window::of_sample(text, None, now).map(|window| printed(window.start));
        assert_eq!(start("3 days").unwrap(), "2024-03-28 12:00:00+00:00");
        assert_eq!(start("1 MONTH").unwrap(), "2024-02-29 12:00:00+00:00");
        assert_eq!(
            start("2 weeks").unwrap_err(),
            "Invalid grain size 'weeks': use one of hours, days, months, years, or one of them without the s"
        );
        assert!(start("x").is_err());
        let mapping = json!({"start": "2024-01-01", "end": "2024-01-03"});
        let window = Window::of_sample("", Some(&mapping), now).unwrap();
        assert_eq!(window.to_json()["end"], "2024-01-03T00:00:00+00:00");
        let batch = Window { start: at("2024-01-02"), end: at("2024-01-09") };
        assert_eq!(batch.within(&window), Window { start: at("2024-01-02"), end: at("2024-01-03") });
    }
}
