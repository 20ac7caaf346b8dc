//! `time.struct_time`: what `timetuple()` gives.

use std::fmt;
use std::sync::Arc;

use chrono::{Datelike, NaiveDateTime, Timelike};
use minijinja::Value;
use minijinja::value::{Enumerator, Object, ObjectRepr};

const NAMES: [&str; 9] =
    ["tm_year", "tm_mon", "tm_mday", "tm_hour", "tm_min", "tm_sec", "tm_wday", "tm_yday", "tm_isdst"];

/// Nine numbers that also have names.
pub struct StructTime([i64; 9]);

impl StructTime {
    /// The value of a moment's parts; `is_dst` is -1 where the zone does not tell.
    pub fn value(moment: &NaiveDateTime, is_dst: i64) -> Value {
        Value::from_object(StructTime([
            i64::from(moment.year()),
            i64::from(moment.month()),
            i64::from(moment.day()),
            i64::from(moment.hour()),
            i64::from(moment.minute()),
            i64::from(moment.second()),
            i64::from(moment.weekday().num_days_from_monday()),
            i64::from(moment.ordinal()),
            is_dst,
        ]))
    }
}

impl fmt::Debug for StructTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = NAMES.iter().zip(self.0).map(|(name, part)| format!("{name}={part}")).collect();
        write!(out, "time.struct_time({})", parts.join(", "))
    }
}

impl Object for StructTime {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let at = match key.as_str() {
            Some(name) => NAMES.iter().position(|known| *known == name)?,
            None => key.as_usize()?,
        };
        self.0.get(at).map(|part| Value::from(*part))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.len())
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}
