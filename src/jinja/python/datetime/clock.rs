//! `time`: a time of day.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use minijinja::value::{DynObject, Object, ObjectRepr};
use minijinja::{Error, State, Value};

use super::date::number_or;
use super::print::{self, Fields};
use super::zone::{Zone, offset_text};
use crate::jinja::value::{bind, failure, no_method, text};

/// A time of day, perhaps with a zone.
#[derive(Clone)]
pub struct Time {
    pub time: NaiveTime,
    pub zone: Option<Zone>,
}

impl Time {
    /// The value of a time of day without zone.
    pub fn value(time: NaiveTime) -> Value {
        Value::from_object(Time { time, zone: None })
    }

    /// The time as `strftime` prints it, on the first of January 1900.
    pub fn strftime(&self, pattern: &str) -> String {
        let date = NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or_default();
        print::strftime(pattern, &Fields { moment: NaiveDateTime::new(date, self.time), zone: self.zone.as_ref() })
    }

    /// `repr` of the time.
    pub fn repr(&self) -> String {
        format!("datetime.time({}{})", repr_of_clock(self.time), repr_of_zone(self.zone.as_ref()))
    }
}

/// `, tzinfo=...` for `repr`.
pub fn repr_of_zone(zone: Option<&Zone>) -> String {
    zone.map_or_else(String::new, |zone| format!(", tzinfo={}", zone.repr()))
}

/// Hour, minute and what else is not zero, as `repr` shows them.
pub fn repr_of_clock(time: NaiveTime) -> String {
    let mut text = format!("{}, {}", time.hour(), time.minute());
    let microsecond = microsecond(time);
    if time.second() != 0 || microsecond != 0 {
        text.push_str(&format!(", {}", time.second()));
    }
    if microsecond != 0 {
        text.push_str(&format!(", {microsecond}"));
    }
    text
}

/// Microseconds of the second.
pub fn microsecond(time: NaiveTime) -> u32 {
    time.nanosecond() % 1_000_000_000 / 1000
}

/// `isoformat` of a time of day, to the precision that `timespec` names.
pub fn iso(time: NaiveTime, timespec: &str) -> Result<String, Error> {
    let micro = microsecond(time);
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    Ok(match timespec {
        "auto" if micro == 0 => format!("{hour:02}:{minute:02}:{second:02}"),
        "auto" | "microseconds" => format!("{hour:02}:{minute:02}:{second:02}.{micro:06}"),
        "milliseconds" => format!("{hour:02}:{minute:02}:{second:02}.{:03}", micro / 1000),
        "seconds" => format!("{hour:02}:{minute:02}:{second:02}"),
        "minutes" => format!("{hour:02}:{minute:02}"),
        "hours" => format!("{hour:02}"),
        _ => return Err(failure("Unknown timespec value")),
    })
}

/// The time of day of four numbers.
pub fn build(hour: i64, minute: i64, second: i64, microsecond: i64) -> Result<NaiveTime, Error> {
    let limits =
        [("hour", hour, 23), ("minute", minute, 59), ("second", second, 59), ("microsecond", microsecond, 999_999)];
    for (name, given, most) in limits {
        if !(0..=most).contains(&given) {
            return Err(failure(format!("{name} must be in 0..{most}")));
        }
    }
    NaiveTime::from_hms_micro_opt(hour as u32, minute as u32, second as u32, microsecond as u32)
        .ok_or_else(|| failure("time is out of range"))
}

/// The zone in an argument: `None` for Python's `None`.
pub fn zone_of(given: &Value) -> Result<Option<Zone>, Error> {
    if given.is_none() {
        return Ok(None);
    }
    let found = crate::jinja::value::type_name(given);
    let wrong = || failure(format!("tzinfo argument must be None or of a tzinfo subclass, not type '{found}'"));
    Zone::of(given).cloned().map(Some).ok_or_else(wrong)
}

/// Attributes that times and datetimes share.
pub fn attribute(time: NaiveTime, zone: Option<&Zone>, name: &str) -> Option<Value> {
    match name {
        "hour" => Some(Value::from(time.hour())),
        "minute" => Some(Value::from(time.minute())),
        "second" => Some(Value::from(time.second())),
        "microsecond" => Some(Value::from(microsecond(time))),
        "tzinfo" => Some(zone.map_or_else(|| Value::from(()), |zone| Value::from_object(zone.clone()))),
        "fold" => Some(Value::from(0)),
        _ => None,
    }
}

impl fmt::Display for Time {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&iso(self.time, "auto").unwrap_or_default())?;
        match &self.zone {
            Some(Zone::Named(..)) | None => Ok(()),
            Some(zone) => out.write_str(&offset_text(zone.offset(), ":")),
        }
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.repr())
    }
}

impl Object for Time {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        attribute(self.time, self.zone.as_ref(), name).or_else(|| super::classes::time_constant(name))
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        Some(self.time.cmp(&other.downcast_ref::<Time>()?.time))
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        match method {
            "strftime" => {
                let [pattern] = bind(method, arguments, ["format"], 1)?;
                Ok(Value::from(self.strftime(&text(&pattern.unwrap_or_default()))))
            }
            "isoformat" => {
                let [timespec] = bind(method, arguments, ["timespec"], 0)?;
                let timespec = timespec.map_or_else(|| "auto".to_string(), |timespec| text(&timespec));
                iso(self.time, &timespec).map(Value::from)
            }
            "replace" => {
                let names = ["hour", "minute", "second", "microsecond", "tzinfo"];
                let [hour, minute, second, micro, zone] = bind(method, arguments, names, 0)?;
                let time = build(
                    number_or(hour, self.time.hour())?,
                    number_or(minute, self.time.minute())?,
                    number_or(second, self.time.second())?,
                    number_or(micro, microsecond(self.time))?,
                )?;
                let zone = zone.map_or_else(|| Ok(self.zone.clone()), |zone| zone_of(&zone))?;
                Ok(Value::from_object(Time { time, zone }))
            }
            "utcoffset" | "dst" | "tzname" => {
                bind(method, arguments, [], 0)?;
                // Without a date a zone with summer time has no offset.
                Ok(match &self.zone {
                    None | Some(Zone::Named(..)) => Value::from(()),
                    Some(zone) => zone.describe(method),
                })
            }
            "fromisoformat" => {
                super::classes::on_time(method, arguments)?.ok_or_else(|| no_method(&Time::value(self.time), method))
            }
            _ => Err(no_method(&Time::value(self.time), method)),
        }
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_ref(), out)
    }
}
