//! Sequences without end: count, cycle, repeat. They are computed as they are used.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr};
use minijinja::{Error, State, Value};

use super::Body;
use super::walk::generator;
use crate::jinja::value::{Operator, as_optional_integer, bind, failure, items, operate};

/// Items after which using an endless sequence is taken for a mistake.
const MOST_ITEMS: usize = 1_000_000;

pub const FUNCTIONS: &[(&str, Body)] = &[("count", count), ("cycle", cycle), ("repeat", repeat)];

enum Endless {
    Count { start: Value, step: Value },
    Cycle(Arc<[Value]>),
}

impl fmt::Debug for Endless {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endless::Count { start, step } if *step == Value::from(1) => write!(out, "count({start})"),
            Endless::Count { start, step } => write!(out, "count({start}, {step})"),
            Endless::Cycle(_) => out.write_str("<itertools.cycle object>"),
        }
    }
}

impl Object for Endless {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let end = std::iter::once_with(|| {
            Value::from(failure(format!("an endless sequence was asked for more than {MOST_ITEMS} items")))
        });
        match self.as_ref() {
            Endless::Count { start, step } => {
                let step = step.clone();
                let numbers =
                    std::iter::successors(Some(start.clone()), move |last| operate(Operator::Add, last, &step).ok());
                Enumerator::Iter(Box::new(numbers.take(MOST_ITEMS).chain(end)))
            }
            Endless::Cycle(items) => {
                let items = items.clone();
                let again = (0..MOST_ITEMS).map(move |at| items[at % items.len()].clone());
                Enumerator::Iter(Box::new(again.chain(end)))
            }
        }
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        None
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}

fn count(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let [start, step] = bind("count", arguments, ["start", "step"], 0)?;
    let start = start.unwrap_or_else(|| Value::from(0));
    let step = step.unwrap_or_else(|| Value::from(1));
    Ok(Value::from_object(Endless::Count { start, step }))
}

fn cycle(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let [sequence] = bind("cycle", arguments, ["iterable"], 1)?;
    let all = items(&sequence.unwrap_or_default())?;
    Ok(if all.is_empty() { generator(all) } else { Value::from_object(Endless::Cycle(all.into())) })
}

fn repeat(_: &mut State<'_, '_>, arguments: &[Value]) -> Result<Value, Error> {
    let [item, times] = bind("repeat", arguments, ["object", "times"], 1)?;
    let item = item.unwrap_or_default();
    Ok(match as_optional_integer(times.as_ref())? {
        Some(times) if times > MOST_ITEMS as i64 => return Err(failure("repeat() is too long")),
        Some(times) => generator(vec![item; times.max(0) as usize]),
        None => Value::from_object(Endless::Cycle([item].into())),
    })
}
