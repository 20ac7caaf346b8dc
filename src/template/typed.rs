//! Dates and times from text, as Python objects.

use chrono::{NaiveDate, NaiveDateTime};

use crate::jinja::{Date, DateTime, Tuple, Value};

/// Python's tuple of `values`.
pub(super) fn tuple(values: Vec<Value>) -> Value {
    Value::from(Tuple::new(values))
}

/// Python's `date` of an ISO text.
pub(super) fn date(text: &str) -> Option<Value> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Date::value)
}

/// Python's `datetime` of an ISO text, aware where it has an offset.
pub(super) fn datetime(text: &str) -> Option<Value> {
    let text = text.replacen('T', " ", 1);
    if let Ok(naive) = NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f") {
        return Some(DateTime::value(naive));
    }
    chrono::DateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f%#z").ok().map(DateTime::fixed)
}

#[cfg(test)]
mod tests {
    use super::datetime;

    #[test]
    fn an_offset_of_hours_alone_is_read() {
        assert_eq!(datetime("2024-01-02 03:04:05.6+02").unwrap().to_string(), "2024-01-02 03:04:05.600000+02:00");
        assert_eq!(datetime("2024-01-02 03:04:05").unwrap().to_string(), "2024-01-02 03:04:05");
    }
}
