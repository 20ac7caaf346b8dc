//! Time zones: `datetime.timezone`, and those of `pytz` with their history.

use std::fmt;
use std::sync::Arc;

use chrono::{NaiveDateTime, Offset, TimeDelta as Span, TimeZone};
use chrono_tz::{OffsetComponents, OffsetName, Tz};
use minijinja::value::{Object, ObjectRepr};
use minijinja::{Error, State, Value};

use super::{DateTime, TimeDelta};
use crate::jinja::value::{bind, failure, no_method};

/// A time zone with the offset that is in force.
#[derive(Clone, PartialEq)]
pub enum Zone {
    /// `datetime.timezone.utc`.
    Utc,
    /// `pytz.utc`.
    PytzUtc,
    /// `datetime.timezone`: seconds east of Greenwich, and a name.
    Fixed(i32, Option<String>),
    /// `pytz.timezone`: the zone and which of its offsets.
    Named(Tz, InForce),
}

/// One of the offsets that a zone has had.
#[derive(Clone, PartialEq)]
pub struct InForce {
    /// Seconds east of Greenwich.
    offset: i32,
    /// Seconds of daylight saving time in it.
    saving: i32,
    abbreviation: String,
}

impl InForce {
    fn of(offset: &<Tz as TimeZone>::Offset) -> InForce {
        // pytz rounds offsets to whole minutes.
        let seconds = offset.fix().local_minus_utc();
        InForce {
            offset: (seconds + 30).div_euclid(60) * 60,
            saving: offset.dst_offset().num_seconds() as i32,
            abbreviation: offset.abbreviation().unwrap_or_default().to_string(),
        }
    }
}

impl Zone {
    /// The zone of a name of the IANA database, with the first offset that it ever had, as pytz gives it out.
    pub fn named(name: &str) -> Option<Zone> {
        if name.eq_ignore_ascii_case("utc") {
            return Some(Zone::PytzUtc);
        }
        let zone = *chrono_tz::TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(name))?;
        let early = chrono::NaiveDate::from_ymd_opt(1700, 1, 1)?.and_hms_opt(0, 0, 0)?;
        Some(Zone::Named(zone, InForce::of(&zone.offset_from_utc_datetime(&early))))
    }

    /// The zone inside `value`, if it is one.
    pub fn of(value: &Value) -> Option<&Zone> {
        value.downcast_object_ref()
    }

    /// Seconds east of Greenwich.
    pub fn offset(&self) -> i32 {
        match self {
            Zone::Utc | Zone::PytzUtc => 0,
            Zone::Fixed(offset, _) => *offset,
            Zone::Named(_, in_force) => in_force.offset,
        }
    }

    /// The zone as it is in force at a moment given in UTC.
    pub fn at_utc(&self, utc: &NaiveDateTime) -> Zone {
        match self {
            Zone::Named(zone, _) => Zone::Named(*zone, InForce::of(&zone.offset_from_utc_datetime(utc))),
            Zone::Utc | Zone::PytzUtc | Zone::Fixed(..) => self.clone(),
        }
    }

    /// The zone as it is in force at a local time; `is_dst` chooses where a clock change leaves a choice, and `None`
    /// refuses to choose.
    fn at_local(&self, local: &NaiveDateTime, is_dst: Option<bool>) -> Result<Zone, Error> {
        let Zone::Named(zone, _) = self else { return Ok(self.clone()) };
        let refused = |kind: &str| failure(format!("{kind}: {local}"));
        let offset = match zone.offset_from_local_datetime(local) {
            chrono::LocalResult::Single(offset) => offset,
            chrono::LocalResult::Ambiguous(early, late) => match is_dst {
                Some(true) => early,
                Some(false) => late,
                None => return Err(refused("AmbiguousTimeError")),
            },
            chrono::LocalResult::None => {
                let away = match is_dst {
                    Some(true) => Span::hours(6),
                    Some(false) => Span::hours(-6),
                    None => return Err(refused("NonExistentTimeError")),
                };
                match zone.offset_from_local_datetime(&(*local + away)) {
                    chrono::LocalResult::Single(offset) | chrono::LocalResult::Ambiguous(offset, _) => offset,
                    chrono::LocalResult::None => return Err(refused("NonExistentTimeError")),
                }
            }
        };
        Ok(Zone::Named(*zone, InForce::of(&offset)))
    }

    /// What `%Z` and `tzname()` give.
    pub fn name(&self) -> String {
        match self {
            Zone::Utc | Zone::PytzUtc => "UTC".to_string(),
            Zone::Fixed(_, Some(name)) => name.clone(),
            Zone::Fixed(0, None) => "UTC".to_string(),
            Zone::Fixed(offset, None) => format!("UTC{}", offset_text(*offset, ":")),
            Zone::Named(_, in_force) => in_force.abbreviation.clone(),
        }
    }

    /// Python's type name.
    pub fn class(&self) -> &'static str {
        match self {
            Zone::Utc | Zone::Fixed(..) => "datetime.timezone",
            Zone::PytzUtc => "pytz.UTC",
            Zone::Named(..) => "pytz.tzfile.DstTzInfo",
        }
    }

    /// `repr` of the zone.
    pub fn repr(&self) -> String {
        let delta = |seconds: i32| TimeDelta(i64::from(seconds) * 1_000_000);
        match self {
            Zone::Utc => "datetime.timezone.utc".to_string(),
            Zone::PytzUtc => "<UTC>".to_string(),
            Zone::Fixed(offset, None) => format!("datetime.timezone({})", delta(*offset).repr()),
            Zone::Fixed(offset, Some(name)) => format!("datetime.timezone({}, '{name}')", delta(*offset).repr()),
            Zone::Named(zone, in_force) => {
                let kind = if in_force.saving == 0 { "STD" } else { "DST" };
                let offset = match delta(in_force.offset) {
                    offset if in_force.offset < 0 => offset.to_string(),
                    offset => format!("+{offset}"),
                };
                format!("<DstTzInfo '{}' {}{offset} {kind}>", zone.name(), in_force.abbreviation)
            }
        }
    }
}

/// `+05:30`, with seconds where there are some.
pub fn offset_text(offset: i32, separator: &str) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let size = offset.abs();
    let text = format!("{sign}{:02}{separator}{:02}", size / 3600, size / 60 % 60);
    match size % 60 {
        0 => text,
        seconds => format!("{text}{separator}{seconds:02}"),
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Zone::Named(zone, _) => out.write_str(zone.name()),
            Zone::Utc | Zone::PytzUtc | Zone::Fixed(..) => out.write_str(&self.name()),
        }
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.repr())
    }
}

impl Object for Zone {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match (key.as_str()?, self.as_ref()) {
            ("zone", Zone::Named(..) | Zone::PytzUtc) => Some(Value::from(self.to_string())),
            (_, _) => None,
        }
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        let [moment, is_dst] = bind(method, arguments, ["dt", "is_dst"], 1)?;
        let moment = moment.as_ref().and_then(|moment| moment.downcast_object_ref::<DateTime>());
        let is_dst = is_dst.map_or(Some(false), |is_dst| (!is_dst.is_none()).then(|| is_dst.is_true()));
        let is_pytz = matches!(self.as_ref(), Zone::Named(..) | Zone::PytzUtc);
        match (method, moment) {
            ("localize", Some(moment)) if is_pytz => match moment.is_aware() {
                true => Err(failure("Not naive datetime (tzinfo is already set)")),
                false => Ok(moment.with_zone(Some(self.at_local(&moment.naive, is_dst)?))),
            },
            ("normalize", Some(moment)) if is_pytz => match moment.is_aware() {
                true => moment.moved_to(self),
                false => Err(failure("Naive time - no tzinfo set")),
            },
            ("fromutc", Some(moment)) => moment.with_zone_of_utc(self),
            ("utcoffset" | "dst" | "tzname", moment) => {
                let in_force = match moment {
                    Some(moment) if moment.zone.is_none() => self.at_local(&moment.naive, is_dst)?,
                    Some(_) | None => self.as_ref().clone(),
                };
                Ok(in_force.describe(method))
            }
            (_, _) => Err(no_method(&Value::from_dyn_object(self.clone()), method)),
        }
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_ref(), out)
    }
}

impl Zone {
    /// What `utcoffset`, `dst` and `tzname` give.
    pub fn describe(&self, method: &str) -> Value {
        match (method, self) {
            ("tzname", _) => Value::from(self.name()),
            ("utcoffset", _) => TimeDelta::value(i64::from(self.offset()) * 1_000_000),
            (_, Zone::Named(_, in_force)) => TimeDelta::value(i64::from(in_force.saving) * 1_000_000),
            (_, Zone::PytzUtc) => TimeDelta::value(0),
            (_, Zone::Utc | Zone::Fixed(..)) => Value::from(()),
        }
    }
}
