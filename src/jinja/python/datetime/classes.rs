//! The classes `datetime`, `date`, `time`, `timedelta` and `timezone`: what calling them and their class methods gives.

use chrono::{Local, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta as Span, TimeZone, Utc};
use minijinja::{Error, Value};

use super::clock::{self, zone_of};
use super::date as day;
use super::{Date, DateTime, Time, TimeDelta, Zone, delta, read};
use crate::jinja::python::class::Class;
use crate::jinja::value::{Number, as_integer, as_text, bind, failure, text};

/// The class `datetime.datetime`.
pub fn datetime() -> Class {
    Class { name: "datetime.datetime", construct: new_datetime, call: on_datetime, constant: datetime_constant }
}

/// The class `datetime.date`.
pub fn date() -> Class {
    Class { name: "datetime.date", construct: new_date, call: on_date, constant: date_constant }
}

/// The class `datetime.time`.
pub fn time() -> Class {
    Class { name: "datetime.time", construct: new_time, call: on_time, constant: time_constant }
}

/// The class `datetime.timedelta`.
pub fn timedelta() -> Class {
    Class { name: "datetime.timedelta", construct: delta::construct, call: |_, _| Ok(None), constant: delta_constant }
}

/// The class `datetime.timezone`.
pub fn timezone() -> Class {
    Class {
        name: "datetime.timezone",
        construct: new_timezone,
        call: |_, _| Ok(None),
        constant: |name| (name == "utc").then(|| Value::from_object(Zone::Utc)),
    }
}

fn number(given: Option<Value>) -> Result<i64, Error> {
    given.map_or(Ok(0), |given| as_integer(&given))
}

fn zone(given: Option<Value>) -> Result<Option<Zone>, Error> {
    given.map_or(Ok(None), |given| zone_of(&given))
}

fn new_datetime(arguments: &[Value]) -> Result<Value, Error> {
    let names = ["year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo", "fold"];
    let [year, month, day, hour, minute, second, microsecond, tzinfo, _] = bind("datetime", arguments, names, 3)?;
    let date = day::build(number(year)?, number(month)?, number(day)?)?;
    let time = clock::build(number(hour)?, number(minute)?, number(second)?, number(microsecond)?)?;
    Ok(Value::from_object(DateTime { naive: NaiveDateTime::new(date, time), zone: zone(tzinfo)? }))
}

fn new_date(arguments: &[Value]) -> Result<Value, Error> {
    let [year, month, day] = bind("date", arguments, ["year", "month", "day"], 3)?;
    day::build(number(year)?, number(month)?, number(day)?).map(Date::value)
}

fn new_time(arguments: &[Value]) -> Result<Value, Error> {
    let names = ["hour", "minute", "second", "microsecond", "tzinfo", "fold"];
    let [hour, minute, second, microsecond, tzinfo, _] = bind("time", arguments, names, 0)?;
    let time = clock::build(number(hour)?, number(minute)?, number(second)?, number(microsecond)?)?;
    Ok(Value::from_object(Time { time, zone: zone(tzinfo)? }))
}

fn new_timezone(arguments: &[Value]) -> Result<Value, Error> {
    let [offset, name] = bind("timezone", arguments, ["offset", "name"], 1)?;
    let offset = offset.unwrap_or_default();
    let Some(TimeDelta(span)) = offset.downcast_object_ref() else {
        let found = crate::jinja::value::type_name(&offset);
        return Err(failure(format!("timezone() argument 1 must be datetime.timedelta, not {found}")));
    };
    let seconds = i32::try_from(span / 1_000_000).ok().filter(|seconds| seconds.abs() < 86_400);
    let seconds = seconds.ok_or_else(|| {
        failure("offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24)")
    })?;
    Ok(Value::from_object(match (seconds, name) {
        (0, None) => Zone::Utc,
        (seconds, name) => Zone::Fixed(seconds, name.map(|name| text(&name))),
    }))
}

/// Microseconds in Python's clock: no finer.
fn whole_microseconds(moment: NaiveDateTime) -> NaiveDateTime {
    use chrono::Timelike;
    moment.with_nanosecond(moment.nanosecond() % 1_000_000_000 / 1000 * 1000).unwrap_or(moment)
}

/// Class methods of `datetime`, which its instances have too; `None` for other names.
pub fn on_datetime(method: &str, arguments: &[Value]) -> Result<Option<Value>, Error> {
    let value = match method {
        "now" | "today" => {
            let [tz] = bind(method, arguments, ["tz"], 0)?;
            match zone(tz)? {
                None => DateTime::value(whole_microseconds(Local::now().naive_local())),
                Some(zone) => utc_now().with_zone_of_utc(&zone)?,
            }
        }
        "utcnow" => Value::from_object(utc_now()),
        "strptime" => {
            let [string, format] = bind(method, arguments, ["date_string", "format"], 2)?;
            let (string, format) = (string.unwrap_or_default(), format.unwrap_or_default());
            Value::from_object(read::strptime(as_text(method, &string)?, as_text(method, &format)?)?)
        }
        "fromisoformat" => {
            let [string] = bind(method, arguments, ["date_string"], 1)?;
            Value::from_object(read::datetime(iso_text(&string.unwrap_or_default())?)?)
        }
        "fromtimestamp" | "utcfromtimestamp" => {
            let [seconds, tz] = bind(method, arguments, ["timestamp", "tz"], 1)?;
            let utc = DateTime { naive: from_seconds(&seconds.unwrap_or_default())?, zone: None };
            match zone(tz)? {
                Some(zone) => utc.with_zone_of_utc(&zone)?,
                None if method == "fromtimestamp" => DateTime::value(Local.from_utc_datetime(&utc.naive).naive_local()),
                None => Value::from_object(utc),
            }
        }
        "combine" => {
            let [date, time, tz] = bind(method, arguments, ["date", "time", "tzinfo"], 2)?;
            combine(&date.unwrap_or_default(), &time.unwrap_or_default(), tz)?
        }
        "fromordinal" => DateTime::value(day::midnight(from_ordinal(arguments)?)),
        "fromisocalendar" => DateTime::value(day::midnight(from_iso_calendar(arguments)?)),
        _ => return Ok(None),
    };
    Ok(Some(value))
}

fn utc_now() -> DateTime {
    DateTime { naive: whole_microseconds(Utc::now().naive_utc()), zone: None }
}

fn iso_text(value: &Value) -> Result<&str, Error> {
    value.as_str().ok_or_else(|| failure("fromisoformat: argument must be str"))
}

fn from_seconds(seconds: &Value) -> Result<NaiveDateTime, Error> {
    let number = Number::of(seconds).ok_or_else(|| {
        let found = crate::jinja::value::type_name(seconds);
        failure(format!("'{found}' object cannot be interpreted as an integer"))
    })?;
    let microseconds = (number.float() * 1e6).round_ties_even();
    let span = (microseconds.abs() < 9e18).then(|| Span::microseconds(microseconds as i64));
    span.and_then(|span| chrono::DateTime::UNIX_EPOCH.naive_utc().checked_add_signed(span))
        .ok_or_else(|| failure("timestamp out of range for platform time_t"))
}

fn combine(date: &Value, time: &Value, tz: Option<Value>) -> Result<Value, Error> {
    let of_date = date.downcast_object_ref::<Date>().map(|date| date.0);
    let date = of_date.or_else(|| date.downcast_object_ref::<DateTime>().map(|moment| moment.naive.date()));
    let (Some(date), Some(time)) = (date, time.downcast_object_ref::<Time>()) else {
        return Err(failure("combine() wants a datetime.date and a datetime.time"));
    };
    let zone = if tz.is_some() { zone(tz)? } else { time.zone.clone() };
    Ok(Value::from_object(DateTime { naive: NaiveDateTime::new(date, time.time), zone }))
}

fn from_ordinal(arguments: &[Value]) -> Result<NaiveDate, Error> {
    let [ordinal] = bind("fromordinal", arguments, ["ordinal"], 1)?;
    let ordinal = i32::try_from(number(ordinal)?).ok();
    day::check_year(ordinal.and_then(NaiveDate::from_num_days_from_ce_opt))
}

fn from_iso_calendar(arguments: &[Value]) -> Result<NaiveDate, Error> {
    let [year, week, weekday] = bind("fromisocalendar", arguments, ["year", "week", "day"], 3)?;
    read::iso_week(number(year)?, number(week)?, number(weekday)?)
}

/// Class methods of `date`, which its instances have too; `None` for other names.
pub fn on_date(method: &str, arguments: &[Value]) -> Result<Option<Value>, Error> {
    let date = match method {
        "today" => Local::now().date_naive(),
        "fromisoformat" => {
            let [string] = bind(method, arguments, ["date_string"], 1)?;
            read::date(iso_text(&string.unwrap_or_default())?)?
        }
        "fromtimestamp" => {
            let [seconds] = bind(method, arguments, ["timestamp"], 1)?;
            Local.from_utc_datetime(&from_seconds(&seconds.unwrap_or_default())?).date_naive()
        }
        "fromordinal" => from_ordinal(arguments)?,
        "fromisocalendar" => from_iso_calendar(arguments)?,
        _ => return Ok(None),
    };
    Ok(Some(Date::value(date)))
}

/// Class methods of `time`, which its instances have too; `None` for other names.
pub fn on_time(method: &str, arguments: &[Value]) -> Result<Option<Value>, Error> {
    if method != "fromisoformat" {
        return Ok(None);
    }
    let [string] = bind(method, arguments, ["time_string"], 1)?;
    Ok(Some(Value::from_object(read::time(iso_text(&string.unwrap_or_default())?)?)))
}

fn first_and_last(name: &str) -> Option<NaiveDate> {
    match name {
        "min" => NaiveDate::from_ymd_opt(1, 1, 1),
        "max" => NaiveDate::from_ymd_opt(9999, 12, 31),
        _ => None,
    }
}

fn last_time() -> NaiveTime {
    NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap_or(NaiveTime::MIN)
}

/// A constant of the class, which its instances have too.
pub fn datetime_constant(name: &str) -> Option<Value> {
    if name == "resolution" {
        return Some(TimeDelta::value(1));
    }
    let time = if name == "max" { last_time() } else { NaiveTime::MIN };
    first_and_last(name).map(|date| DateTime::value(NaiveDateTime::new(date, time)))
}

/// A constant of the class, which its instances have too.
pub fn date_constant(name: &str) -> Option<Value> {
    if name == "resolution" { Some(TimeDelta::value(delta::DAY)) } else { first_and_last(name).map(Date::value) }
}

/// A constant of the class, which its instances have too.
pub fn time_constant(name: &str) -> Option<Value> {
    match name {
        "min" => Some(Time::value(NaiveTime::MIN)),
        "max" => Some(Time::value(last_time())),
        "resolution" => Some(TimeDelta::value(1)),
        _ => None,
    }
}

/// A constant of the class, which its instances have too.
pub fn delta_constant(name: &str) -> Option<Value> {
    match name {
        "resolution" => Some(TimeDelta::value(1)),
        _ => None,
    }
}
