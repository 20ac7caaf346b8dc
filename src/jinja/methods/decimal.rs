//! Methods of Python's `decimal.Decimal`.

use std::fmt;
use std::sync::Arc;

use bigdecimal::num_bigint::{BigInt, Sign};
use bigdecimal::{BigDecimal, RoundingMode};
use minijinja::value::{Enumerator, Object, ObjectRepr, Tuple};
use minijinja::{Error, Value};

use crate::jinja::value::{
    Decimal, Number, as_integer, bind, decimal_text, failure, integer, no_method, repr, rounded, text,
};

/// Calls `method` of the number.
pub fn call(decimal: &Decimal, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    let number = decimal.number();
    match method {
        "quantize" => return quantize(number, arguments),
        "to_integral_value" | "to_integral" | "to_integral_exact" => {
            let [mode] = bind(method, arguments, ["rounding"], 0)?;
            return Ok(Decimal::value(number.with_scale_round(0, rounding(mode)?)));
        }
        "compare" => {
            let [other] = bind(method, arguments, ["other"], 1)?;
            let other = other.as_ref().and_then(Number::of).and_then(|other| other.decimal());
            let other = other.ok_or_else(|| failure("conversion to Decimal is not supported"))?;
            return Ok(Decimal::value(BigDecimal::from(number.cmp(&other) as i32)));
        }
        "compare_total" | "max" | "min" | "copy_sign" | "same_quantum" | "remainder_near" => {
            let [other] = bind(method, arguments, ["other"], 1)?;
            return Ok(with_other(method, number, &decimal_of(other)?));
        }
        "scaleb" | "shift" => {
            let [count] = bind(method, arguments, ["other"], 1)?;
            let count = as_integer(&count.unwrap_or_default())?;
            let (digits, scale) = number.as_bigint_and_exponent();
            return Ok(Decimal::value(match (method, u32::try_from(count.abs())) {
                ("scaleb", _) => BigDecimal::new(digits, scale - count),
                (_, Ok(places)) if count > 0 => BigDecimal::new(digits * BigInt::from(10).pow(places), scale),
                (_, Ok(places)) => BigDecimal::new(digits / BigInt::from(10).pow(places), scale),
                (_, Err(_)) => return Err(failure("[<class 'decimal.InvalidOperation'>]")),
            }));
        }
        "fma" => {
            let [factor, third] = bind(method, arguments, ["other", "third"], 2)?;
            return Ok(Decimal::value(number * decimal_of(factor)? + decimal_of(third)?));
        }
        "from_float" => {
            let [float] = bind(method, arguments, ["f"], 1)?;
            return Ok(Decimal::value(decimal_of(float)?));
        }
        _ => bind(method, arguments, [], 0)?,
    };
    facts(number, method)
}

fn decimal_of(value: Option<Value>) -> Result<BigDecimal, Error> {
    let number = value.as_ref().and_then(Number::of).and_then(|number| number.decimal());
    number.ok_or_else(|| failure("conversion to Decimal is not supported"))
}

fn with_other(method: &str, number: &BigDecimal, other: &BigDecimal) -> Value {
    let same_exponent = number.as_bigint_and_exponent().1 == other.as_bigint_and_exponent().1;
    match method {
        "same_quantum" => Value::from(same_exponent),
        "compare_total" => Decimal::value(BigDecimal::from(number.cmp(other) as i32)),
        "max" => Decimal::value(if other > number { other.clone() } else { number.clone() }),
        "min" => Decimal::value(if other < number { other.clone() } else { number.clone() }),
        "copy_sign" if other.sign() == Sign::Minus => Decimal::value(-number.abs()),
        "copy_sign" => Decimal::value(number.abs()),
        _ => {
            let times = (number / other).with_scale_round(0, RoundingMode::HalfEven);
            Decimal::value(number - times * other)
        }
    }
}

/// What follows from the number alone.
fn facts(number: &BigDecimal, method: &str) -> Result<Value, Error> {
    match method {
        "conjugate" | "canonical" => Ok(Decimal::value(number.clone())),
        "is_normal" => Ok(Value::from(number.sign() != Sign::NoSign)),
        "is_subnormal" | "is_qnan" | "is_snan" => Ok(Value::from(false)),
        "is_canonical" => Ok(Value::from(true)),
        "radix" => Ok(Decimal::value(10.into())),
        "to_eng_string" => Ok(Value::from(decimal_text(number))),
        "number_class" => Ok(Value::from(match number.sign() {
            Sign::Minus => "-Normal",
            Sign::NoSign => "+Zero",
            Sign::Plus => "+Normal",
        })),
        "as_tuple" => Ok(Value::from_object(Parts::of(number))),
        "as_integer_ratio" => as_integer_ratio(number),
        "logb" => Ok(Decimal::value((number.digits() as i64 - 1 - number.as_bigint_and_exponent().1).into())),
        "next_plus" => Ok(Decimal::value(number + last_place(number))),
        "next_minus" => Ok(Decimal::value(number - last_place(number))),
        "exp" => Ok(Decimal::value(rounded(number.exp().with_prec(40)))),
        "normalize" => Ok(Decimal::value(number.normalized())),
        "copy_abs" => Ok(Decimal::value(number.abs())),
        "copy_negate" => Ok(Decimal::value(-number)),
        "ln" | "log10" => logarithm(number, method),
        "sqrt" => number
            .sqrt()
            .map(|root| Decimal::value(root_of(number, root)))
            .ok_or_else(|| failure("[<class 'decimal.InvalidOperation'>]")),
        "is_zero" => Ok(Value::from(number.sign() == Sign::NoSign)),
        "is_signed" => Ok(Value::from(number.sign() == Sign::Minus)),
        "is_finite" => Ok(Value::from(true)),
        "is_nan" | "is_infinite" => Ok(Value::from(false)),
        "adjusted" => {
            let (_, scale) = number.as_bigint_and_exponent();
            Ok(Value::from(number.digits() as i64 - 1 - scale))
        }
        _ => Err(no_method(&Decimal::value(number.clone()), method)),
    }
}

/// One unit of the last of 28 digits.
fn last_place(number: &BigDecimal) -> BigDecimal {
    let (_, scale) = number.as_bigint_and_exponent();
    BigDecimal::new(1.into(), scale - number.digits() as i64 + 28)
}

/// Exact roots have the scale of half the number's.
fn root_of(number: &BigDecimal, root: BigDecimal) -> BigDecimal {
    let (_, scale) = number.as_bigint_and_exponent();
    let ideal = (scale + 1).div_euclid(2);
    let exact = root.with_scale_round(ideal, RoundingMode::HalfEven);
    if &(&exact * &exact) == number { exact } else { rounded(root) }
}

/// The logarithm as the sum of a series around a power of ten.
fn logarithm(number: &BigDecimal, method: &str) -> Result<Value, Error> {
    if number.sign() != Sign::Plus {
        return Err(failure("[<class 'decimal.InvalidOperation'>]"));
    }
    let power = number.digits() as i64 - 1 - number.as_bigint_and_exponent().1;
    let (digits, scale) = number.as_bigint_and_exponent();
    let near_one = BigDecimal::new(digits, scale + power);
    let of_ten = series(&BigDecimal::from(10));
    let natural = series(&near_one) + BigDecimal::from(power) * &of_ten;
    let wanted = if method == "ln" { natural } else { (natural / of_ten).with_prec(40) };
    let plain = rounded(wanted);
    // Exact results are whole.
    let whole = plain.with_scale_round(0, RoundingMode::HalfEven);
    let is_whole = (&plain - &whole).abs() < BigDecimal::new(1.into(), 26);
    Ok(Decimal::value(if is_whole { whole } else { plain }))
}

/// `ln(number)` for numbers from 1 to 10, to 40 digits: 2 * atanh((number - 1) / (number + 1)) of its square roots.
fn series(number: &BigDecimal) -> BigDecimal {
    let one = BigDecimal::from(1);
    let (mut number, mut factor) = (number.with_prec(50), BigDecimal::from(2));
    for _ in 0..5 {
        number = number.sqrt().unwrap_or(one.clone()).with_prec(50);
        factor *= BigDecimal::from(2);
    }
    let part = ((&number - &one) / (&number + &one)).with_prec(50);
    let square = (&part * &part).with_prec(50);
    let (mut term, mut sum) = (part.clone(), part);
    for step in 1..40 {
        term = (&term * &square).with_prec(50);
        sum += (&term / BigDecimal::from(2 * step + 1)).with_prec(50);
    }
    (sum * factor).with_prec(45)
}

fn as_integer_ratio(number: &BigDecimal) -> Result<Value, Error> {
    let (digits, scale) = number.as_bigint_and_exponent();
    let parsed = |digits: &BigInt| digits.to_string().parse::<i128>();
    let too_big = |_| failure("integers beyond 128 bits are not supported");
    let ten = BigInt::from(10).pow(scale.unsigned_abs().min(1000) as u32);
    let (above, below) = if scale >= 0 { (digits, ten) } else { (digits * ten, BigInt::from(1)) };
    let (above, below) = (parsed(&above).map_err(too_big)?, parsed(&below).map_err(too_big)?);
    let (mut divisor, mut rest) = (below, above.abs() % below);
    while rest != 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    Ok(Value::from(Tuple::from([integer(above / divisor), integer(below / divisor)])))
}

/// `DecimalTuple(sign=0, digits=(1, 5), exponent=-1)`.
#[derive(Debug)]
struct Parts(Vec<Value>);

impl Parts {
    fn of(number: &BigDecimal) -> Parts {
        let (digits, scale) = number.as_bigint_and_exponent();
        let digits = digits.magnitude().to_string();
        let digits = digits.chars().filter_map(|digit| digit.to_digit(10)).map(Value::from).collect();
        let sign = i64::from(number.sign() == Sign::Minus);
        Parts(vec![Value::from(sign), Value::from(Tuple::new(digits)), Value::from(-scale)])
    }
}

impl Object for Parts {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let at = match key.as_str() {
            Some(name) => ["sign", "digits", "exponent"].iter().position(|known| *known == name)?,
            None => key.as_usize()?,
        };
        self.0.get(at).cloned()
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.clone())
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [sign, digits, exponent] = [0, 1, 2].map(|at| repr(&self.0[at]));
        write!(out, "DecimalTuple(sign={sign}, digits={digits}, exponent={exponent})")
    }
}

fn quantize(number: &BigDecimal, arguments: &[Value]) -> Result<Value, Error> {
    let [model, mode] = bind("quantize", arguments, ["exp", "rounding"], 1)?;
    let model = model.as_ref().and_then(Number::of).and_then(|model| model.decimal());
    let model = model.ok_or_else(|| failure("conversion to Decimal is not supported"))?;
    let (_, scale) = model.as_bigint_and_exponent();
    Ok(Decimal::value(number.with_scale_round(scale, rounding(mode)?)))
}

fn rounding(mode: Option<Value>) -> Result<RoundingMode, Error> {
    let Some(mode) = mode.filter(|mode| !mode.is_none()) else { return Ok(RoundingMode::HalfEven) };
    match text(&mode).as_str() {
        "ROUND_HALF_EVEN" => Ok(RoundingMode::HalfEven),
        "ROUND_HALF_UP" => Ok(RoundingMode::HalfUp),
        "ROUND_HALF_DOWN" => Ok(RoundingMode::HalfDown),
        "ROUND_UP" => Ok(RoundingMode::Up),
        "ROUND_DOWN" => Ok(RoundingMode::Down),
        "ROUND_CEILING" => Ok(RoundingMode::Ceiling),
        "ROUND_FLOOR" => Ok(RoundingMode::Floor),
        _ => Err(failure(
            "valid values for rounding are: [ROUND_CEILING, ROUND_FLOOR, ROUND_UP, ROUND_DOWN, \
                          ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN]",
        )),
    }
}
