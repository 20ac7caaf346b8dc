//! `bins`: rows counted by the spans that their numbers fall in.

use bigdecimal::{BigDecimal, RoundingMode};
use minijinja::{Error, Value};

use super::methods::place;
use super::reshape::none;
use super::{ColumnType, Layout, Table};
use crate::jinja::format::format_value;
use crate::jinja::value::{Decimal, Number, Operator, as_integer, bind, failure, operate, rounded, text, type_name};

/// Rows counted by the span that a number of theirs falls in.
pub fn call(table: &Table, args: &[Value]) -> Result<Value, Error> {
    let [column, count, start, end] = bind("bins", args, ["column_name", "count", "start", "end"], 1)?;
    let name = text(&column.unwrap_or_default());
    let at = place(table, &name)?;
    let count = count.map_or(Ok(10), |count| as_integer(&count))?.max(1);
    let mut numbers = Vec::new();
    for row in table.rows() {
        numbers.push(match Number::of(&row[at]) {
            Some(Number::Decimal(number)) => Some(number),
            Some(_) => return Err(failure(format!("'{}' object has no attribute 'normalize'", type_name(&row[at])))),
            None => None,
        });
    }
    let all = || numbers.iter().flatten();
    let (Some(least), Some(most)) = (all().min(), all().max()) else {
        return Err(failure("'NoneType' object has no attribute 'normalize'"));
    };
    let (least, most) = round_limits(least, most);
    let bound = |given: Option<Value>, absent: &BigDecimal| match given.filter(Value::is_true) {
        Some(value) => Number::of(&value).and_then(|number| number.decimal()).unwrap_or_else(|| absent.clone()),
        None => absent.clone(),
    };
    let (start, end) = (bound(start, &least), bound(end, &most));
    let size = quotient((&end - &start).abs(), count)?;
    let breaks: Vec<BigDecimal> =
        (0..=count).map(|step| rounded(&start + rounded(&size * BigDecimal::from(step)))).collect();
    let names = bin_names(&breaks, (&least, &start), (&most, &end));
    let bin_of = |number: &BigDecimal| {
        let passed = breaks[1..].iter().take_while(|limit| number >= *limit).count();
        passed.min(names.len() - 1)
    };
    let mut counts = vec![0u64; names.len() + 1];
    for number in &numbers {
        counts[number.as_ref().map_or(names.len(), bin_of)] += 1;
    }
    let names: Vec<Value> = names.into_iter().map(Value::from).chain([none()]).collect();
    let found = names.into_iter().zip(counts).filter(|(_, count)| *count > 0);
    let rows: Vec<Vec<Value>> = found.map(|(name, count)| vec![name, Decimal::value(count.into())]).collect();
    let mut layout = Layout::default();
    layout.add(name, ColumnType::Text);
    layout.add("Count".to_owned(), ColumnType::Number);
    let row_names = rows.iter().map(|row| row[0].clone()).collect();
    Ok(layout.table(rows, Some(row_names)))
}

fn quotient(span: BigDecimal, count: i64) -> Result<BigDecimal, Error> {
    let value = operate(Operator::Divide, &Decimal::value(span), &Decimal::value(count.into()))?;
    Decimal::of(&value).map(|number| number.number().clone()).ok_or_else(|| failure("the bins have no size"))
}

/// The numbers, moved outwards to round ones.
fn round_limits(least: &BigDecimal, most: &BigDecimal) -> (BigDecimal, BigDecimal) {
    let whole_digits = |number: &BigDecimal| {
        let number = number.normalized();
        number.digits() as i64 - number.as_bigint_and_exponent().1
    };
    let digits = whole_digits(least).max(whole_digits(most));
    let scale = match digits {
        1.. => 1 - digits,
        _ => {
            let scale = |number: &BigDecimal| number.normalized().as_bigint_and_exponent().1;
            scale(least).min(scale(most)) - 1
        }
    };
    (least.with_scale_round(scale, RoundingMode::Floor), most.with_scale_round(scale, RoundingMode::Ceiling))
}

fn bin_names(breaks: &[BigDecimal], low: (&BigDecimal, &BigDecimal), high: (&BigDecimal, &BigDecimal)) -> Vec<String> {
    let places = |number: &BigDecimal| number.normalized().as_bigint_and_exponent().1;
    let whole = |number: &BigDecimal| number.normalized().digits() as i64 - places(number);
    let most_places = breaks.iter().map(places).max().unwrap_or(0).max(0);
    let most_whole = breaks.iter().map(whole).max().unwrap_or(1).max(1);
    let digits = most_places.min(28 - most_whole).max(0);
    let shown = |number: &BigDecimal| {
        format_value(&Decimal::value(number.clone()), &format!(",.{digits}f")).unwrap_or_else(|_| number.to_string())
    };
    let last = breaks.len() - 1;
    let name = |at: usize| {
        let from = if at == 1 && low.0 < low.1 { low.0 } else { &breaks[at - 1] };
        let is_beyond = at == last && at != 1 && high.0 > high.1;
        let to = if is_beyond { high.0 } else { &breaks[at] };
        format!("[{} - {}{}", shown(from), shown(to), if at == last { "]" } else { ")" })
    };
    (1..=last).map(name).collect()
}
