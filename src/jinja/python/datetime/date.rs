//! `date`.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime};
use minijinja::value::{DynObject, Object, ObjectRepr, Tuple};
use minijinja::{Error, State, Value};

use super::print::{self, Fields};
use super::struct_time::StructTime;
use crate::jinja::value::{as_integer, bind, failure, no_method, text};

/// A day of the calendar.
#[derive(Clone, Copy, PartialEq)]
pub struct Date(pub NaiveDate);

impl Date {
    /// The value of a day.
    pub fn value(date: NaiveDate) -> Value {
        Value::from_object(Date(date))
    }

    /// The date after so many days.
    pub fn shifted(&self, days: i64) -> Result<Value, Error> {
        let shifted = chrono::TimeDelta::try_days(days).and_then(|span| self.0.checked_add_signed(span));
        check_year(shifted).map(Date::value)
    }

    /// The date as `strftime` prints it.
    pub fn strftime(&self, pattern: &str) -> String {
        print::strftime(pattern, &Fields { moment: midnight(self.0), zone: None })
    }

    /// `repr` of the date.
    pub fn repr(&self) -> String {
        format!("datetime.date({}, {}, {})", self.0.year(), self.0.month(), self.0.day())
    }
}

/// The start of a day.
pub fn midnight(date: NaiveDate) -> NaiveDateTime {
    NaiveDateTime::new(date, NaiveTime::MIN)
}

/// The date if Python can hold it: years 1 to 9999.
pub fn check_year(date: Option<NaiveDate>) -> Result<NaiveDate, Error> {
    date.filter(|date| (1..=9999).contains(&date.year())).ok_or_else(|| failure("date value out of range"))
}

/// The day of three numbers.
pub fn build(year: i64, month: i64, day: i64) -> Result<NaiveDate, Error> {
    if !(1..=9999).contains(&year) {
        return Err(failure(format!("year {year} is out of range")));
    }
    if !(1..=12).contains(&month) {
        return Err(failure("month must be in 1..12"));
    }
    let date = u32::try_from(day).ok().and_then(|day| NaiveDate::from_ymd_opt(year as i32, month as u32, day));
    date.ok_or_else(|| failure("day is out of range for month"))
}

/// A given number, or the one to keep.
pub fn number_or(given: Option<Value>, kept: u32) -> Result<i64, Error> {
    given.map_or(Ok(i64::from(kept)), |given| as_integer(&given))
}

/// Attributes that dates and datetimes share.
pub fn attribute(date: NaiveDate, name: &str) -> Option<Value> {
    match name {
        "year" => Some(Value::from(date.year())),
        "month" => Some(Value::from(date.month())),
        "day" => Some(Value::from(date.day())),
        _ => None,
    }
}

/// Methods without arguments that dates and datetimes share.
pub fn method(date: NaiveDate, name: &str, arguments: &[Value]) -> Result<Option<Value>, Error> {
    let value = match name {
        "weekday" => Value::from(date.weekday().num_days_from_monday()),
        "isoweekday" => Value::from(date.weekday().number_from_monday()),
        "toordinal" => Value::from(date.num_days_from_ce()),
        "isocalendar" => {
            let week = date.iso_week();
            let parts =
                [i64::from(week.year()), i64::from(week.week()), i64::from(date.weekday().number_from_monday())];
            Value::from_object(IsoCalendar(Tuple::from(parts.map(Value::from))))
        }
        _ => return Ok(None),
    };
    bind(name, arguments, [], 0)?;
    Ok(Some(value))
}

/// Year, week and weekday: a tuple with names.
#[derive(Debug)]
struct IsoCalendar(Tuple);

impl Object for IsoCalendar {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let index = match key.as_str() {
            Some("year") => 0,
            Some("week") => 1,
            Some("weekday") => 2,
            Some(_) => return None,
            None => key.as_usize()?,
        };
        self.0.get(index).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> minijinja::value::Enumerator {
        minijinja::value::Enumerator::Seq(3)
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [year, week, weekday] = [0, 1, 2].map(|at| text(&self.0[at]));
        write!(out, "datetime.IsoCalendarDate(year={year}, week={week}, weekday={weekday})")
    }
}

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.repr())
    }
}

impl Object for Date {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        attribute(self.0, name).or_else(|| super::classes::date_constant(name))
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        Some(self.0.cmp(&other.downcast_ref::<Date>()?.0))
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Result<Value, Error> {
        if let Some(value) = method(self.0, name, arguments)? {
            return Ok(value);
        }
        match name {
            "strftime" => {
                let [pattern] = bind(name, arguments, ["format"], 1)?;
                Ok(Value::from(self.strftime(&text(&pattern.unwrap_or_default()))))
            }
            "isoformat" => Ok(Value::from(self.to_string())),
            "timetuple" => Ok(StructTime::value(&self.0.and_time(chrono::NaiveTime::MIN), -1)),
            "ctime" => Ok(Value::from(self.strftime("%c"))),
            "replace" => {
                let [year, month, day] = bind(name, arguments, ["year", "month", "day"], 0)?;
                let year = year.map_or(Ok(i64::from(self.0.year())), |year| as_integer(&year))?;
                build(year, number_or(month, self.0.month())?, number_or(day, self.0.day())?).map(Date::value)
            }
            _ => super::classes::on_date(name, arguments)?.ok_or_else(|| no_method(&Date::value(self.0), name)),
        }
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_ref(), out)
    }
}
