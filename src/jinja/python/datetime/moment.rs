//! `datetime`: a day and a time of day, perhaps with a zone.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use chrono::{Datelike, Local, NaiveDateTime, Offset, TimeDelta as Span, TimeZone, Timelike};
use minijinja::value::{DynObject, Object, ObjectRepr};
use minijinja::{Error, State, Value};

use super::clock::{self, Time, microsecond, repr_of_clock, repr_of_zone, zone_of};
use super::date::{self, Date, check_year, number_or};
use super::print::{self, Fields};
use super::struct_time::StructTime;
use super::zone::{Zone, offset_text};
use crate::jinja::value::{as_integer, bind, failure, no_method, text};

/// A moment: naive without a zone, aware with one.
#[derive(Clone)]
pub struct DateTime {
    /// What the clock shows, in the zone if there is one.
    pub naive: NaiveDateTime,
    pub zone: Option<Zone>,
}

impl DateTime {
    /// The value of a moment without zone.
    pub fn value(naive: NaiveDateTime) -> Value {
        Value::from_object(DateTime { naive, zone: None })
    }

    /// The value of a moment in UTC, with the zone `pytz.utc`, such as `run_started_at`.
    pub fn utc(moment: chrono::DateTime<chrono::Utc>) -> Value {
        Value::from_object(DateTime { naive: moment.naive_utc(), zone: Some(Zone::PytzUtc) })
    }

    /// The value of a moment with a fixed offset, such as a `timestamptz` of Postgres.
    pub fn fixed(moment: chrono::DateTime<chrono::FixedOffset>) -> Value {
        let zone = match moment.offset().local_minus_utc() {
            0 => Zone::Utc,
            offset => Zone::Fixed(offset, None),
        };
        Value::from_object(DateTime { naive: moment.naive_local(), zone: Some(zone) })
    }

    /// True with a zone.
    pub fn is_aware(&self) -> bool {
        self.zone.is_some()
    }

    /// The moment in UTC if it is aware, else what the clock shows.
    pub fn instant(&self) -> NaiveDateTime {
        self.naive - Span::seconds(i64::from(self.zone.as_ref().map_or(0, Zone::offset)))
    }

    /// The same time of the clock in another zone.
    pub fn with_zone(&self, zone: Option<Zone>) -> Value {
        Value::from_object(DateTime { naive: self.naive, zone })
    }

    /// The moment after so many microseconds.
    pub fn shifted(&self, microseconds: i64) -> Result<Value, Error> {
        let shifted = self.naive.checked_add_signed(Span::microseconds(microseconds));
        check_year(shifted.map(|shifted| shifted.date()))?;
        let naive = shifted.unwrap_or(self.naive);
        Ok(Value::from_object(DateTime { naive, zone: self.zone.clone() }))
    }

    /// This moment, which is in UTC whatever its zone says, as the clock of `zone` shows it.
    pub fn with_zone_of_utc(&self, zone: &Zone) -> Result<Value, Error> {
        let zone = zone.at_utc(&self.naive);
        let naive = self.naive.checked_add_signed(Span::seconds(i64::from(zone.offset())));
        let naive = naive.ok_or_else(|| failure("date value out of range"))?;
        Ok(Value::from_object(DateTime { naive, zone: Some(zone) }))
    }

    /// The same moment in `zone`; a naive one counts as local time of this machine.
    pub fn moved_to(&self, zone: &Zone) -> Result<Value, Error> {
        DateTime { naive: self.instant_of_machine(), zone: None }.with_zone_of_utc(zone)
    }

    fn instant_of_machine(&self) -> NaiveDateTime {
        match self.is_aware() {
            true => self.instant(),
            false => match Local.from_local_datetime(&self.naive).earliest() {
                Some(local) => local.naive_utc(),
                None => self.naive,
            },
        }
    }

    /// The zone of this machine at this moment.
    fn zone_of_machine(&self) -> Zone {
        let local = Local.from_utc_datetime(&self.instant_of_machine());
        Zone::Fixed(local.offset().fix().local_minus_utc(), None)
    }

    /// 1 in summer time, 0 outside of it, -1 where the zone does not tell.
    fn is_dst(&self) -> i64 {
        let span = self.zone.as_ref().map_or_else(|| Value::from(()), |zone| zone.describe("dst"));
        if span.is_none() { -1 } else { i64::from(span.is_true()) }
    }

    /// Seconds since 1970.
    fn timestamp(&self) -> f64 {
        let instant = self.instant_of_machine().and_utc();
        instant.timestamp() as f64 + f64::from(instant.timestamp_subsec_micros()) / 1e6
    }

    /// The moment as `strftime` prints it.
    pub fn strftime(&self, pattern: &str) -> String {
        print::strftime(pattern, &Fields { moment: self.naive, zone: self.zone.as_ref() })
    }

    fn iso(&self, separator: &str, timespec: &str) -> Result<String, Error> {
        let offset = self.zone.as_ref().map_or_else(String::new, |zone| offset_text(zone.offset(), ":"));
        Ok(format!("{}{separator}{}{offset}", Date(self.naive.date()), clock::iso(self.naive.time(), timespec)?))
    }

    /// `repr` of the moment.
    pub fn repr(&self) -> String {
        let date = self.naive.date();
        let day = format!("{}, {}, {}", date.year(), date.month(), date.day());
        let zone = repr_of_zone(self.zone.as_ref());
        format!("datetime.datetime({day}, {}{zone})", repr_of_clock(self.naive.time()))
    }

    fn replaced(&self, arguments: &[Value]) -> Result<Value, Error> {
        let names = ["year", "month", "day", "hour", "minute", "second", "microsecond", "tzinfo", "fold"];
        let [year, month, day, hour, minute, second, micro, zone, _] = bind("replace", arguments, names, 0)?;
        let (date, time) = (self.naive.date(), self.naive.time());
        let year = year.map_or(Ok(i64::from(date.year())), |year| as_integer(&year))?;
        let date = date::build(year, number_or(month, date.month())?, number_or(day, date.day())?)?;
        let time = clock::build(
            number_or(hour, time.hour())?,
            number_or(minute, time.minute())?,
            number_or(second, time.second())?,
            number_or(micro, microsecond(time))?,
        )?;
        let zone = zone.map_or_else(|| Ok(self.zone.clone()), |zone| zone_of(&zone))?;
        Ok(Value::from_object(DateTime { naive: NaiveDateTime::new(date, time), zone }))
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.iso(" ", "auto").unwrap_or_default())
    }
}

impl fmt::Debug for DateTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.repr())
    }
}

impl Object for DateTime {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        date::attribute(self.naive.date(), name)
            .or_else(|| clock::attribute(self.naive.time(), self.zone.as_ref(), name))
            .or_else(|| super::classes::datetime_constant(name))
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast_ref::<DateTime>()?;
        Some(self.is_aware().cmp(&other.is_aware()).then(self.instant().cmp(&other.instant())))
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        if let Some(value) = date::method(self.naive.date(), method, arguments)? {
            return Ok(value);
        }
        match method {
            "strftime" => {
                let [pattern] = bind(method, arguments, ["format"], 1)?;
                Ok(Value::from(self.strftime(&text(&pattern.unwrap_or_default()))))
            }
            "isoformat" => {
                let [separator, timespec] = bind(method, arguments, ["sep", "timespec"], 0)?;
                let separator = separator.map_or_else(|| "T".to_string(), |separator| text(&separator));
                let timespec = timespec.map_or_else(|| "auto".to_string(), |timespec| text(&timespec));
                self.iso(&separator, &timespec).map(Value::from)
            }
            "replace" => self.replaced(arguments),
            "astimezone" => {
                let [zone] = bind(method, arguments, ["tz"], 0)?;
                let zone = zone.map_or(Ok(None), |zone| zone_of(&zone))?;
                self.moved_to(&zone.unwrap_or_else(|| self.zone_of_machine()))
            }
            "date" => Ok(Date::value(self.naive.date())),
            "time" => Ok(Time::value(self.naive.time())),
            "timetz" => Ok(Value::from_object(Time { time: self.naive.time(), zone: self.zone.clone() })),
            "timestamp" => Ok(Value::from(self.timestamp())),
            "timetuple" => Ok(StructTime::value(&self.naive, self.is_dst())),
            "utctimetuple" => Ok(StructTime::value(&self.instant(), 0)),
            "ctime" => Ok(Value::from(self.strftime("%c"))),
            "utcoffset" | "dst" | "tzname" => {
                Ok(self.zone.as_ref().map_or_else(|| Value::from(()), |zone| zone.describe(method)))
            }
            _ => super::classes::on_datetime(method, arguments)?
                .ok_or_else(|| no_method(&DateTime::value(self.naive), method)),
        }
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_ref(), out)
    }
}
