//! Python's `datetime`: date, time, datetime, timedelta and the zones of `timezone` and `pytz`.

mod classes;
mod clock;
mod date;
mod delta;
mod moment;
mod print;
mod read;
mod struct_time;
mod zone;

use std::cmp::Ordering;

use minijinja::{Error, Value};

pub use clock::Time;
pub use date::Date;
pub use delta::TimeDelta;
pub use moment::DateTime;
pub use zone::Zone;

use super::class::Module;
use crate::jinja::value::{Number, Operator, failure};

/// The module.
pub fn module() -> Value {
    Module::value(
        "datetime",
        vec![
            ("datetime", classes::datetime().value()),
            ("date", classes::date().value()),
            ("time", classes::time().value()),
            ("timedelta", classes::timedelta().value()),
            ("timezone", classes::timezone().value()),
            ("UTC", Value::from_object(Zone::Utc)),
            ("MINYEAR", Value::from(1)),
            ("MAXYEAR", Value::from(9999)),
        ],
    )
}

/// Any object of this module, for the operators.
enum Item<'a> {
    DateTime(&'a DateTime),
    Date(&'a Date),
    Time(&'a Time),
    Delta(&'a TimeDelta),
}

fn item(value: &Value) -> Option<Item<'_>> {
    value.as_object()?;
    None.or_else(|| value.downcast_object_ref().map(Item::DateTime))
        .or_else(|| value.downcast_object_ref().map(Item::Date))
        .or_else(|| value.downcast_object_ref().map(Item::Time))
        .or_else(|| value.downcast_object_ref().map(Item::Delta))
}

/// Python's type name of an object of this module.
pub fn type_name(value: &Value) -> Option<&'static str> {
    match item(value) {
        Some(Item::DateTime(_)) => Some("datetime.datetime"),
        Some(Item::Date(_)) => Some("datetime.date"),
        Some(Item::Time(_)) => Some("datetime.time"),
        Some(Item::Delta(_)) => Some("datetime.timedelta"),
        None => value.downcast_object_ref::<Zone>().map(Zone::class),
    }
}

/// `repr` of an object of this module.
pub fn repr(value: &Value) -> Option<String> {
    match item(value) {
        Some(Item::DateTime(moment)) => Some(moment.repr()),
        Some(Item::Date(date)) => Some(date.repr()),
        Some(Item::Time(time)) => Some(time.repr()),
        Some(Item::Delta(delta)) => Some(delta.repr()),
        None => value.downcast_object_ref::<Zone>().map(Zone::repr),
    }
}

/// `format(value, spec)`: the spec is a pattern of `strftime`.
pub fn format(value: &Value, spec: &str) -> Option<String> {
    match item(value)? {
        Item::DateTime(moment) => Some(moment.strftime(spec)),
        Item::Date(date) => Some(date.strftime(spec)),
        Item::Time(time) => Some(time.strftime(spec)),
        Item::Delta(_) => None,
    }
}

/// How two objects of this module compare; `None` if they have no order.
pub fn compare(left: &Value, right: &Value) -> Option<Result<Ordering, Error>> {
    match (item(left)?, item(right)?) {
        (Item::DateTime(left), Item::DateTime(right)) => Some(match left.is_aware() == right.is_aware() {
            true => Ok(left.instant().cmp(&right.instant())),
            false => Err(failure("can't compare offset-naive and offset-aware datetimes")),
        }),
        (Item::Date(left), Item::Date(right)) => Some(Ok(left.0.cmp(&right.0))),
        (Item::Time(left), Item::Time(right)) => Some(Ok(left.time.cmp(&right.time))),
        (Item::Delta(left), Item::Delta(right)) => Some(Ok(left.0.cmp(&right.0))),
        (Item::DateTime(_), Item::Date(_)) | (Item::Date(_), Item::DateTime(_)) => {
            Some(Err(failure("can't compare datetime.datetime to datetime.date")))
        }
        (_, _) => None,
    }
}

/// `left operator right`; `None` if Python has no such operation.
pub fn operate(operator: Operator, left: &Value, right: &Value) -> Option<Result<Value, Error>> {
    match (item(left), item(right)) {
        (None, None) => None,
        (Some(Item::Delta(left)), Some(Item::Delta(right))) => delta::on_deltas(operator, left, right),
        (Some(Item::Delta(left)), None) => delta::on_number(operator, left, &Number::of(right)?),
        (None, Some(Item::Delta(right))) if operator == Operator::Multiply => {
            delta::on_number(operator, right, &Number::of(left)?)
        }
        (Some(Item::DateTime(moment)), Some(Item::Delta(delta))) => shift(operator, delta, |by| moment.shifted(by)),
        (Some(Item::Date(date)), Some(Item::Delta(delta))) => shift_days(operator, date, delta),
        (Some(Item::Delta(delta)), Some(Item::DateTime(moment))) if operator == Operator::Add => {
            Some(moment.shifted(delta.0))
        }
        (Some(Item::Delta(delta)), Some(Item::Date(date))) if operator == Operator::Add => {
            Some(date.shifted(delta.days()))
        }
        (Some(Item::DateTime(left)), Some(Item::DateTime(right))) if operator == Operator::Subtract => {
            Some(match left.is_aware() == right.is_aware() {
                true => Ok(TimeDelta::value((left.instant() - right.instant()).num_microseconds().unwrap_or_default())),
                false => Err(failure("can't subtract offset-naive and offset-aware datetimes")),
            })
        }
        (Some(Item::Date(left)), Some(Item::Date(right))) if operator == Operator::Subtract => {
            Some(Ok(TimeDelta::value((left.0 - right.0).num_days() * delta::DAY)))
        }
        (_, _) => None,
    }
}

/// A date moves by the whole days of a span; what is left of the span does not count, also when it is subtracted.
fn shift_days(operator: Operator, date: &Date, delta: &TimeDelta) -> Option<Result<Value, Error>> {
    match operator {
        Operator::Add => Some(date.shifted(delta.days())),
        Operator::Subtract => Some(date.shifted(-delta.days())),
        Operator::Multiply | Operator::Divide | Operator::FloorDivide | Operator::Modulo | Operator::Power => None,
    }
}

fn shift(
    operator: Operator,
    delta: &TimeDelta,
    shifted: impl Fn(i64) -> Result<Value, Error>,
) -> Option<Result<Value, Error>> {
    match operator {
        Operator::Add => Some(shifted(delta.0)),
        Operator::Subtract => Some(shifted(-delta.0)),
        Operator::Multiply | Operator::Divide | Operator::FloorDivide | Operator::Modulo | Operator::Power => None,
    }
}
