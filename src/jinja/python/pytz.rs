//! Python's `pytz`.

use chrono_tz::{TZ_VARIANTS, Tz};
use minijinja::value::{Rest, ValueOrKwargs};
use minijinja::{Error, Value};

use super::class::Module;
use super::datetime::Zone;
use crate::jinja::value::{List, Set, as_integer, bind, failure, quote, text};

/// The module.
pub fn module() -> Value {
    let zones: Vec<Value> = TZ_VARIANTS.iter().map(|zone: &Tz| Value::from(zone.name())).collect();
    let names = List::value(zones.clone());
    Module::value(
        "pytz",
        vec![
            ("timezone", Value::from_function(|all: Rest<ValueOrKwargs>| timezone(&all.into_values()))),
            ("FixedOffset", Value::from_function(|all: Rest<ValueOrKwargs>| fixed_offset(&all.into_values()))),
            ("utc", Value::from_object(Zone::PytzUtc)),
            ("UTC", Value::from_object(Zone::PytzUtc)),
            ("all_timezones", names.clone()),
            ("all_timezones_set", Set::value(zones)),
            ("common_timezones", names),
        ],
    )
}

fn timezone(arguments: &[Value]) -> Result<Value, Error> {
    let [name] = bind("timezone", arguments, ["zone"], 1)?;
    let name = text(&name.unwrap_or_default());
    Zone::named(&name).map(Value::from_object).ok_or_else(|| failure(format!("unknown time zone {}", quote(&name))))
}

fn fixed_offset(arguments: &[Value]) -> Result<Value, Error> {
    let [minutes] = bind("FixedOffset", arguments, ["minutes"], 1)?;
    match as_integer(&minutes.unwrap_or_default())? {
        0 => Ok(Value::from_object(Zone::PytzUtc)),
        minutes if minutes.abs() < 1440 => {
            Ok(Value::from_object(Zone::Fixed(minutes as i32 * 60, Some(format!("pytz.FixedOffset({minutes})")))))
        }
        minutes => Err(failure(format!("('absolute offset is too large', {minutes})"))),
    }
}
