//! `pprint`: Python's `pprint.pformat`, at most 80 letters on a line and dicts in the order of their keys.

use minijinja::Value;
use minijinja::value::ValueKind;

use crate::jinja::value::{Dict, List, Set, compare, items, pairs, quote, repr, type_name};

/// Letters on a line.
const WIDTH: usize = 80;

/// `value`, laid out.
pub fn pretty(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, 0, 0, 1);
    out
}

/// Writes `value` from column `indent` on; `after` letters must fit behind it.
fn write(out: &mut String, value: &Value, indent: usize, after: usize, level: usize) {
    let short = sorted_repr(value);
    let is_long = short.chars().count() > WIDTH.saturating_sub(indent + after);
    match value.kind() {
        ValueKind::String if is_long => write_text(out, value.as_str().unwrap_or_default(), indent, after, level),
        ValueKind::Map if is_long && Dict::of(value).is_some() => {
            let entries: Vec<(String, Value)> =
                sorted_pairs(value).into_iter().map(|(key, value)| (format!("{}: ", repr(&key)), value)).collect();
            write_block(out, &entries, ("{", "}"), (indent, after, level));
        }
        ValueKind::Seq | ValueKind::Iterable if is_long && has_items(value) => {
            let entries: Vec<(String, Value)> = ordered(value).into_iter().map(|item| (String::new(), item)).collect();
            let close = match (brackets(value).1, entries.len()) {
                (")", 1) => ",)",
                (close, _) => close,
            };
            write_block(out, &entries, (brackets(value).0, close), (indent, after, level));
        }
        _ => out.push_str(&short),
    }
}

fn write_block(
    out: &mut String,
    entries: &[(String, Value)],
    (open, close): (&str, &str),
    (indent, after, level): (usize, usize, usize),
) {
    out.push_str(open);
    for (at, (name, value)) in entries.iter().enumerate() {
        if at > 0 {
            out.push_str(",\n");
            out.push_str(&" ".repeat(indent + 1));
        }
        out.push_str(name);
        let is_last = at + 1 == entries.len();
        let behind = if is_last { after + close.len() } else { 1 };
        write(out, value, indent + 1 + name.chars().count(), behind, level + 1);
    }
    out.push_str(close);
}

/// Writes a text that is too long in pieces, cut behind white space.
fn write_text(out: &mut String, text: &str, indent: usize, after: usize, level: usize) {
    let outer = usize::from(level == 1);
    let (indent, after) = (indent + outer, after + outer);
    let width = WIDTH.saturating_sub(indent);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut pieces: Vec<String> = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let is_last = number + 1 == lines.len();
        let room = |is_end: bool| if is_end { width.saturating_sub(after) } else { width };
        if quote(line).chars().count() <= room(is_last) {
            pieces.push(quote(line));
            continue;
        }
        let parts = parts(line);
        let mut piece = String::new();
        for (at, part) in parts.iter().enumerate() {
            let longer = format!("{piece}{part}");
            if quote(&longer).chars().count() <= room(is_last && at + 1 == parts.len()) {
                piece = longer;
                continue;
            }
            if !piece.is_empty() {
                pieces.push(quote(&piece));
            }
            piece = (*part).to_string();
        }
        if !piece.is_empty() {
            pieces.push(quote(&piece));
        }
    }
    let whole = pieces.join(&format!("\n{}", " ".repeat(indent)));
    match pieces.len() > 1 && level == 1 {
        true => out.push_str(&format!("({whole})")),
        false => out.push_str(&whole),
    }
}

/// Words with the white space behind them.
fn parts(line: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let space = rest[word..].find(|letter: char| !letter.is_whitespace());
        let (part, behind) = rest.split_at(space.map_or(rest.len(), |space| word + space));
        parts.push(part);
        rest = behind;
    }
    parts
}

/// `repr` with the dicts in it in the order of their keys.
fn sorted_repr(value: &Value) -> String {
    match value.kind() {
        ValueKind::Map if Dict::of(value).is_some() => {
            let entries = sorted_pairs(value);
            let entries = entries.iter().map(|(key, value)| format!("{}: {}", repr(key), sorted_repr(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        ValueKind::Seq | ValueKind::Iterable if has_items(value) => {
            let entries: Vec<String> = ordered(value).iter().map(sorted_repr).collect();
            let (open, close) = brackets(value);
            let close = if close == ")" && entries.len() == 1 { ",)" } else { close };
            format!("{open}{}{close}", entries.join(", "))
        }
        _ => repr(value),
    }
}

fn has_items(value: &Value) -> bool {
    List::of(value).is_some() || value.is_tuple() || Set::of(value).is_some() && value.is_true()
}

fn brackets(value: &Value) -> (&'static str, &'static str) {
    match (value.is_tuple(), Set::of(value).is_some()) {
        (true, _) => ("(", ")"),
        (false, true) => ("{", "}"),
        (false, false) => ("[", "]"),
    }
}

fn ordered(value: &Value) -> Vec<Value> {
    let mut all = items(value).unwrap_or_default();
    if Set::of(value).is_some() {
        all.sort_by(order);
    }
    all
}

fn sorted_pairs(value: &Value) -> Vec<(Value, Value)> {
    let mut all = pairs(value).unwrap_or_default();
    all.sort_by(|left, right| order(&left.0, &right.0));
    all
}

/// By value, or by the names of the types where values have no order.
fn order(left: &Value, right: &Value) -> std::cmp::Ordering {
    match compare("<", left, right) {
        Ok(order) => order.unwrap_or(std::cmp::Ordering::Equal),
        Err(_) => type_name(left).cmp(type_name(right)),
    }
}
