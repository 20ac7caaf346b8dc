//! `Range` and `View`: Python's `range(..)`, and what `dict.items()` and iterators print.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr};
use minijinja::{Error, State, Value};

use super::print::{self, repr};
use super::{bind, equal, failure, no_method};

/// `range(start, stop, step)`: a sequence that is counted, not stored.
pub struct Range {
    start: i64,
    step: i64,
    /// How many numbers.
    count: usize,
    stop: i64,
}

impl Range {
    /// The numbers from `start` to before `stop` in steps of `step`, which is not 0.
    pub fn value(start: i64, stop: i64, step: i64) -> Value {
        let span = i128::from(stop) - i128::from(start);
        let count = match step {
            0 => 0,
            step if (span > 0) == (step > 0) => span.unsigned_abs().div_ceil(u128::from(step.unsigned_abs())),
            _ => 0,
        };
        Value::from_object(Range { start, step, count: count as usize, stop })
    }

    /// The range inside `value`, if it is one.
    pub fn of(value: &Value) -> Option<&Range> {
        value.downcast_object_ref()
    }

    fn number(&self, index: usize) -> i64 {
        self.start + self.step * index as i64
    }

    /// The part from place `start` on to before place `stop`, in steps of `step` places.
    pub fn part(&self, start: i64, stop: i64, step: i64) -> Value {
        Range::value(self.start + self.step * start, self.start + self.step * stop, self.step * step)
    }
}

impl fmt::Debug for Range {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            1 => write!(out, "range({}, {})", self.start, self.stop),
            step => write!(out, "range({}, {}, {step})", self.start, self.stop),
        }
    }
}

impl Object for Range {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str() {
            Some("start") => Some(Value::from(self.start)),
            Some("stop") => Some(Value::from(self.stop)),
            Some("step") => Some(Value::from(self.step)),
            Some(_) => None,
            None => key.as_usize().filter(|index| *index < self.count).map(|index| Value::from(self.number(index))),
        }
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        if !matches!(method, "count" | "index") {
            return Err(no_method(&Value::from_dyn_object(self.clone()), method));
        }
        let [wanted] = bind(method, arguments, ["value"], 1)?;
        let wanted = wanted.unwrap_or_default();
        let place = (0..self.count).find(|index| equal(&Value::from(self.number(*index)), &wanted));
        match (method, place) {
            ("count", place) => Ok(Value::from(i64::from(place.is_some()))),
            (_, Some(place)) => Ok(Value::from(place)),
            (_, None) => Err(failure(format!("{} is not in range", repr(&wanted)))),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.count)
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}

/// A snapshot that iterates as a whole and prints under a name, such as `dict_items([('a', 1)])`.
pub struct View {
    name: &'static str,
    items: Vec<Value>,
}

impl View {
    /// The `items` under `name`: `dict_keys`, `dict_values`, `dict_items`.
    pub fn value(name: &'static str, items: Vec<Value>) -> Value {
        Value::from_object(View { name, items })
    }

    /// True for keys, values and items of a dict, which never equal a list.
    pub fn is_of_dict(&self) -> bool {
        self.name.starts_with("dict_")
    }

    /// Python's name of the type.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

impl fmt::Debug for View {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.name)?;
        print::write_sequence(out, &self.items, ("([", "])"))
    }
}

impl Object for View {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.items.clone())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.items.len())
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}
