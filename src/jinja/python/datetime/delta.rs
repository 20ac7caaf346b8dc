//! `timedelta`.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{DynObject, Object, ObjectRepr};
use minijinja::{Error, State, Value};

use crate::jinja::value::{Number, Operator, bind, failure, integer, no_method};

/// Microseconds of a day.
pub const DAY: i64 = 86_400_000_000;

/// A span of time, in microseconds.
#[derive(Clone, Copy)]
pub struct TimeDelta(pub i64);

impl TimeDelta {
    /// The span of so many microseconds.
    pub fn value(microseconds: i64) -> Value {
        Value::from_object(TimeDelta(microseconds))
    }

    /// Its whole days, rounded down.
    pub fn days(self) -> i64 {
        self.0.div_euclid(DAY)
    }

    fn seconds(self) -> i64 {
        self.0.rem_euclid(DAY) / 1_000_000
    }

    fn microseconds(self) -> i64 {
        self.0.rem_euclid(1_000_000)
    }

    /// `repr` of the span.
    pub fn repr(&self) -> String {
        let parts = [("days", self.days()), ("seconds", self.seconds()), ("microseconds", self.microseconds())];
        let named: Vec<String> =
            parts.iter().filter(|(_, count)| *count != 0).map(|(name, count)| format!("{name}={count}")).collect();
        format!("datetime.timedelta({})", if named.is_empty() { "0".to_string() } else { named.join(", ") })
    }
}

impl fmt::Display for TimeDelta {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.days() != 0 {
            let plural = if self.days().abs() == 1 { "" } else { "s" };
            write!(out, "{} day{plural}, ", self.days())?;
        }
        let seconds = self.seconds();
        write!(out, "{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
        match self.microseconds() {
            0 => Ok(()),
            microseconds => write!(out, ".{microseconds:06}"),
        }
    }
}

impl fmt::Debug for TimeDelta {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.repr())
    }
}

impl Object for TimeDelta {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.0 != 0
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "days" => Some(Value::from(self.days())),
            "seconds" => Some(Value::from(self.seconds())),
            "microseconds" => Some(Value::from(self.microseconds())),
            name => super::classes::delta_constant(name),
        }
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        Some(self.0.cmp(&other.downcast_ref::<TimeDelta>()?.0))
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        match method {
            "total_seconds" => {
                bind(method, arguments, [], 0)?;
                Ok(Value::from(self.0 as f64 / 1e6))
            }
            _ => Err(no_method(&TimeDelta::value(0), method)),
        }
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_ref(), out)
    }
}

fn span(microseconds: Option<i64>) -> Result<Value, Error> {
    // Python allows more days than 64 bits hold in microseconds, so an overflow is the only limit.
    match microseconds {
        Some(microseconds) => Ok(TimeDelta::value(microseconds)),
        None => Err(failure("date value out of range")),
    }
}

/// `left operator right` for two spans.
pub fn on_deltas(operator: Operator, left: &TimeDelta, right: &TimeDelta) -> Option<Result<Value, Error>> {
    let is_division = matches!(operator, Operator::Divide | Operator::FloorDivide | Operator::Modulo);
    if is_division && right.0 == 0 {
        return Some(Err(failure("integer division or modulo by zero")));
    }
    match operator {
        Operator::Add => Some(span(left.0.checked_add(right.0))),
        Operator::Subtract => Some(span(left.0.checked_sub(right.0))),
        Operator::Divide => Some(Ok(Value::from(left.0 as f64 / right.0 as f64))),
        Operator::FloorDivide => Some(Ok(Value::from(floor_divide(left.0, right.0)))),
        Operator::Modulo => Some(Ok(TimeDelta::value(left.0 - floor_divide(left.0, right.0) * right.0))),
        Operator::Multiply | Operator::Power => None,
    }
}

fn floor_divide(left: i64, right: i64) -> i64 {
    let quotient = left / right;
    if left % right != 0 && (left < 0) != (right < 0) { quotient - 1 } else { quotient }
}

/// `delta operator number`.
pub fn on_number(operator: Operator, delta: &TimeDelta, number: &Number) -> Option<Result<Value, Error>> {
    let is_division = matches!(operator, Operator::Divide | Operator::FloorDivide);
    if is_division && number.float() == 0.0 {
        return Some(Err(failure("integer division or modulo by zero")));
    }
    match (operator, number) {
        (_, Number::Decimal(_)) => None,
        (Operator::Multiply, Number::Int(factor)) => {
            Some(span(i64::try_from(*factor).ok().and_then(|factor| delta.0.checked_mul(factor))))
        }
        (Operator::Multiply, Number::Float(factor)) => Some(rounded(delta.0 as f64 * factor)),
        (Operator::Divide, number) => Some(rounded(delta.0 as f64 / number.float())),
        (Operator::FloorDivide, Number::Int(divisor)) => Some(
            i64::try_from(*divisor)
                .map_err(|_| failure("int too large"))
                .and_then(|divisor| span(Some(floor_divide(delta.0, divisor)))),
        ),
        (_, _) => None,
    }
}

fn rounded(microseconds: f64) -> Result<Value, Error> {
    span((microseconds.abs() < 9e18).then(|| microseconds.round_ties_even() as i64))
}

/// `timedelta(days, seconds, ...)`.
pub fn construct(arguments: &[Value]) -> Result<Value, Error> {
    const UNITS: [(&str, i64); 7] = [
        ("days", DAY),
        ("seconds", 1_000_000),
        ("microseconds", 1),
        ("milliseconds", 1000),
        ("minutes", 60_000_000),
        ("hours", 3_600_000_000),
        ("weeks", 7 * DAY),
    ];
    let counts = bind("timedelta", arguments, UNITS.map(|(name, _)| name), 0)?;
    let (mut whole, mut part) = (0i128, 0f64);
    for ((name, unit), count) in UNITS.into_iter().zip(counts) {
        let Some(count) = count else { continue };
        match Number::of(&count) {
            Some(Number::Int(count)) => whole += count.saturating_mul(i128::from(unit)),
            Some(Number::Float(count)) => {
                whole += (count.trunc() * unit as f64) as i128;
                part += count.fract() * unit as f64;
            }
            Some(Number::Decimal(_)) | None => {
                let found = crate::jinja::value::type_name(&count);
                return Err(failure(format!("unsupported type for timedelta {name} component: {found}")));
            }
        }
    }
    let total = whole.saturating_add(part.round_ties_even() as i128);
    match i64::try_from(total) {
        Ok(total) => span(Some(total)),
        Err(_) => Err(failure(format!("{} is out of range for timedelta", crate::jinja::value::text(&integer(total))))),
    }
}
