//! `Decimal`: Python's `decimal.Decimal` with its default context of 28 digits.

use std::cmp::Ordering;
use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;
use std::sync::Arc;

use bigdecimal::num_bigint::{BigInt, Sign};
use bigdecimal::{BigDecimal, RoundingMode};
use minijinja::value::{DynObject, Object, ObjectRepr};
use minijinja::{Error, State, Value};

use crate::jinja::methods;

/// Digits that results of arithmetic keep.
const PRECISION: u64 = 28;

/// An exact decimal number that remembers its trailing zeros: `1.50`.
#[derive(Clone, PartialEq, Eq)]
pub struct Decimal(BigDecimal);

impl Decimal {
    /// The value of `number`.
    pub fn value(number: BigDecimal) -> Value {
        Value::from_object(Decimal(number))
    }

    /// The value of a number in text form, such as Postgres gives for `numeric`; `None` if it is no finite number.
    pub fn parse(text: &str) -> Option<Value> {
        BigDecimal::from_str(text.trim()).ok().map(Decimal::value)
    }

    /// The decimal inside `value`, if it is one.
    pub fn of(value: &Value) -> Option<&Decimal> {
        value.downcast_object_ref()
    }

    /// True if the number is not whole.
    pub fn has_fraction(&self) -> bool {
        self.0.normalized().as_bigint_and_exponent().1 > 0
    }

    /// The number itself.
    pub fn number(&self) -> &BigDecimal {
        &self.0
    }
}

/// `number` rounded to the precision of Python's context, half to even.
pub fn rounded(number: BigDecimal) -> BigDecimal {
    match NonZeroU64::new(PRECISION) {
        Some(precision) if number.digits() > PRECISION => {
            number.with_precision_round(precision, RoundingMode::HalfEven)
        }
        Some(_) | None => number,
    }
}

/// Python's quotient: exact with the fewest zeros where 28 digits suffice, else rounded; `None` for zero below.
pub(super) fn quotient(above: &BigDecimal, below: &BigDecimal) -> Option<BigDecimal> {
    let (top, top_scale) = above.as_bigint_and_exponent();
    let (bottom, bottom_scale) = below.as_bigint_and_exponent();
    if bottom.sign() == Sign::NoSign {
        return None;
    }
    let ideal_scale = top_scale - bottom_scale;
    if top.sign() == Sign::NoSign {
        return Some(BigDecimal::new(top, ideal_scale));
    }
    let shift = (below.digits() as i64 - above.digits() as i64 + PRECISION as i64 + 1).max(0);
    let ten = BigInt::from(10);
    let shifted = top * ten.pow(shift as u32);
    let (mut digits, rest) = (&shifted / &bottom, shifted % &bottom);
    let mut scale = ideal_scale + shift;
    if rest.sign() != Sign::NoSign {
        // A digit that is neither 0 nor 5 at the end keeps the rounding below from seeing a false tie.
        if (&digits % BigInt::from(5)).sign() == Sign::NoSign {
            digits += if digits.sign() == Sign::Minus { -1 } else { 1 };
        }
    } else {
        while scale > ideal_scale && (&digits % &ten).sign() == Sign::NoSign {
            digits /= &ten;
            scale -= 1;
        }
    }
    Some(rounded(BigDecimal::new(digits, scale)))
}

/// A decimal as Python's `str` prints it.
///
/// An exponent is written when it is positive or the number is below 1e-6: docs.python.org, decimal.
pub fn decimal_text(number: &BigDecimal) -> String {
    let (number, scale) = number.as_bigint_and_exponent();
    let sign = if number.sign() == Sign::Minus { "-" } else { "" };
    let digits = number.magnitude().to_string();
    let adjusted = digits.len() as i64 - 1 - scale;
    if scale >= 0 && adjusted >= -6 {
        let point = digits.len() as i64 - scale;
        return match (scale, point) {
            (0, _) => format!("{sign}{digits}"),
            (_, 1..) => format!("{sign}{}.{}", &digits[..point as usize], &digits[point as usize..]),
            (_, _) => format!("{sign}0.{}{digits}", "0".repeat(-point as usize)),
        };
    }
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{first}{point}{rest}E{adjusted:+}")
}

impl fmt::Display for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&decimal_text(&self.0))
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Decimal('{self}')")
    }
}

impl Object for Decimal {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.0.sign() != Sign::NoSign
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        Some(self.0.cmp(&other.downcast_ref::<Decimal>()?.0))
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        methods::decimal(self, method, arguments)
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_ref(), out)
    }
}
