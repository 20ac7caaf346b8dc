//! Filters that order or group: sort, dictsort, groupby, unique, min, max.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Tuple};
use minijinja::{Error, State, Value};

use super::Body;
use super::attribute::{Attribute, folded, is_set};
use crate::jinja::is_undefined;
use crate::jinja::value::{List, bind, compare, equal, failure, items, pairs, repr, sort, text};

pub const FILTERS: &[(&str, Body)] = &[
    ("sort", sorted),
    ("dictsort", dictsort),
    ("groupby", groupby),
    ("unique", unique),
    ("min", |state, value, arguments| extreme(state, value, arguments, "min")),
    ("max", |state, value, arguments| extreme(state, value, arguments, "max")),
];

fn sorted(state: &mut State<'_, '_>, value: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let [reverse, case_sensitive, attribute] = bind("sort", arguments, ["reverse", "case_sensitive", "attribute"], 0)?;
    let is_case_sensitive = is_set(case_sensitive);
    // Several attributes, separated by commas, sort one after the other.
    let attributes: Vec<Attribute> = match attribute.as_ref().and_then(Value::as_str) {
        Some(names) => names.split(',').map(|name| Attribute::of(Some(&Value::from(name)))).collect(),
        None => vec![Attribute::of(attribute.as_ref())],
    };
    let mut keyed = Vec::new();
    for item in items(value)? {
        let mut keys = Vec::new();
        for attribute in &attributes {
            keys.push(folded(attribute.get(state, &item)?, is_case_sensitive));
        }
        keyed.push((Value::from(Tuple::new(keys)), item));
    }
    sort(&mut keyed, is_set(reverse))?;
    Ok(List::value(keyed.into_iter().map(|(_, item)| item).collect()))
}

fn dictsort(_: &mut State<'_, '_>, value: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let [case_sensitive, by, reverse] = bind("dictsort", arguments, ["case_sensitive", "by", "reverse"], 0)?;
    let is_case_sensitive = is_set(case_sensitive);
    let by = by.map_or_else(|| "key".to_string(), |by| text(&by));
    if by != "key" && by != "value" {
        return Err(failure("You can only sort by either \"key\" or \"value\""));
    }
    let mut keyed: Vec<(Value, Value)> = pairs(value)?
        .into_iter()
        .map(|(key, value)| {
            let order = if by == "key" { key.clone() } else { value.clone() };
            (folded(order, is_case_sensitive), Value::from(Tuple::from([key, value])))
        })
        .collect();
    sort(&mut keyed, is_set(reverse))?;
    Ok(List::value(keyed.into_iter().map(|(_, pair)| pair).collect()))
}

/// One group of `groupby`: prints and unpacks as a pair, with the names `grouper` and `list`.
struct Group {
    grouper: Value,
    list: Value,
}

impl fmt::Debug for Group {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "({}, {})", repr(&self.grouper), repr(&self.list))
    }
}

impl Object for Group {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match (key.as_str(), key.as_usize()) {
            (Some("grouper"), _) | (_, Some(0)) => Some(self.grouper.clone()),
            (Some("list"), _) | (_, Some(1)) => Some(self.list.clone()),
            (_, _) => None,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(2)
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}

fn groupby(state: &mut State<'_, '_>, value: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let [attribute, default, case_sensitive] =
        bind("groupby", arguments, ["attribute", "default", "case_sensitive"], 1)?;
    let attribute = Attribute::of(attribute.as_ref());
    let is_case_sensitive = is_set(case_sensitive);
    let mut keyed = Vec::new();
    for item in items(value)? {
        let mut grouper = attribute.get(state, &item)?;
        if is_undefined(&grouper)
            && let Some(default) = &default
        {
            grouper = default.clone();
        }
        let pair = Value::from(Tuple::from([grouper.clone(), item]));
        keyed.push((folded(grouper, is_case_sensitive), pair));
    }
    sort(&mut keyed, false)?;
    let mut groups: Vec<(Value, Value, Vec<Value>)> = Vec::new();
    for (key, pair) in keyed {
        let (grouper, item) = (pair.get_item_by_index(0)?, pair.get_item_by_index(1)?);
        match groups.last_mut().filter(|(last, _, _)| equal(last, &key)) {
            Some((_, _, members)) => members.push(item),
            None => groups.push((key, grouper, vec![item])),
        }
    }
    let group = |(_, grouper, members)| Value::from_object(Group { grouper, list: List::value(members) });
    Ok(List::value(groups.into_iter().map(group).collect()))
}

fn unique(state: &mut State<'_, '_>, value: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let [case_sensitive, attribute] = bind("unique", arguments, ["case_sensitive", "attribute"], 0)?;
    let is_case_sensitive = is_set(case_sensitive);
    let attribute = Attribute::of(attribute.as_ref());
    let (mut seen, mut kept) = (std::collections::HashSet::new(), Vec::new());
    for item in items(value)? {
        if seen.insert(folded(attribute.get(state, &item)?, is_case_sensitive)) {
            kept.push(item);
        }
    }
    Ok(List::value(kept))
}

fn extreme(state: &mut State<'_, '_>, value: &Value, arguments: &[Value], which: &str) -> Result<Value, Error> {
    let [case_sensitive, attribute] = bind(which, arguments, ["case_sensitive", "attribute"], 0)?;
    let is_case_sensitive = is_set(case_sensitive);
    let attribute = Attribute::of(attribute.as_ref());
    let mut best: Option<(Value, Value)> = None;
    for item in items(value)? {
        let key = folded(attribute.get(state, &item)?, is_case_sensitive);
        let is_better = match &best {
            None => true,
            Some((best, _)) if which == "min" => compare("<", &key, best)?.is_some_and(|order| order.is_lt()),
            Some((best, _)) => compare(">", &key, best)?.is_some_and(|order| order.is_gt()),
        };
        if is_better {
            best = Some((key, item));
        }
    }
    Ok(best.map_or(Value::UNDEFINED, |(_, item)| item))
}
