//! Functions that every context has and that need no node.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use md5::{Digest, Md5};
use minijinja::value::{Object, ObjectRepr, Tuple, ValueKind};
use minijinja::{Error, State, Value};

use super::attribute::is_set;
use super::function::Function;
use super::lorem;
use crate::jinja::value::{
    Dict, Dump, List, Range, Set, as_integer, bind, check_key, dump, failure, from_json, items, pairs, split, text,
    to_json, type_name,
};
use crate::jinja::{methods, python};

/// Longest range, the limit of Jinja's sandbox.
const LONGEST_RANGE: usize = 100_000;

/// YAML for `fromyaml` and `toyaml`; a layer above knows how.
#[derive(Clone, Copy)]
pub struct Yaml {
    /// The value of a YAML text; `None` if it is none.
    pub read: fn(&str) -> Option<Value>,
    /// YAML text that ends with a newline; the flag sorts the keys.
    pub write: fn(&serde_json::Value, bool) -> Option<String>,
}

type Body = fn(&[Value]) -> Result<Value, Error>;

const FUNCTIONS: &[(&str, Body)] = &[
    ("fromjson", fromjson),
    ("tojson", tojson),
    ("set", set),
    ("set_strict", |arguments| {
        let [value] = bind("set_strict", arguments, ["value"], 1)?;
        set_of(&value.unwrap_or_default())
    }),
    ("zip", zip),
    ("zip_strict", |arguments| zipped(split(arguments).0)),
    ("local_md5", local_md5),
    ("diff_of_two_dicts", diff_of_two_dicts),
    ("range", range),
    ("dict", dict),
    ("cycler", cycler),
    ("joiner", joiner),
    ("lipsum", lorem::lipsum),
];

/// The functions of every context that need no node (reference 4.3), by name: `fromjson`, `zip`, `modules`, ...
pub fn globals(yaml: Option<Yaml>) -> Vec<(String, Value)> {
    let mut globals: Vec<(String, Value)> = Vec::new();
    for (name, function) in FUNCTIONS {
        globals.push((name.to_string(), Function::value(name, *function)));
    }
    if let Some(yaml) = yaml {
        globals.push(("fromyaml".to_string(), Function::value("fromyaml", move |arguments| fromyaml(yaml, arguments))));
        globals.push(("toyaml".to_string(), Function::value("toyaml", move |arguments| toyaml(yaml, arguments))));
    }
    globals.push(("modules".to_string(), python::modules()));
    globals
}

fn none() -> Value {
    Value::from(())
}

fn fromjson(arguments: &[Value]) -> Result<Value, Error> {
    let [string, default] = bind("fromjson", arguments, ["string", "default"], 1)?;
    let string = string.unwrap_or_default();
    let Some(written) = string.as_str() else {
        let found = type_name(&string);
        return Err(failure(format!("the JSON object must be str, bytes or bytearray, not {found}")));
    };
    // Python reads these, too, where they are the whole text.
    let special = match written.trim() {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    };
    if let Some(number) = special {
        return Ok(Value::from(number));
    }
    let parsed = serde_json::from_str(written);
    Ok(parsed.map_or_else(|_| default.unwrap_or_else(none), |json| from_json(&json)))
}

/// What JSON does not know is an error even if there is a default: dbt's default is only for values that hold
/// themselves.
fn tojson(arguments: &[Value]) -> Result<Value, Error> {
    let [value, _, sort_keys] = bind("tojson", arguments, ["value", "default", "sort_keys"], 1)?;
    dump(&value.unwrap_or_default(), Dump { sort_keys: is_set(sort_keys), indent: None }).map(Value::from)
}

fn fromyaml(yaml: Yaml, arguments: &[Value]) -> Result<Value, Error> {
    let [value, default] = bind("fromyaml", arguments, ["value", "default"], 1)?;
    let parsed = (yaml.read)(&text(&value.unwrap_or_default()));
    Ok(parsed.unwrap_or_else(|| default.unwrap_or_else(none)))
}

fn toyaml(yaml: Yaml, arguments: &[Value]) -> Result<Value, Error> {
    let [value, default, sort_keys] = bind("toyaml", arguments, ["value", "default", "sort_keys"], 1)?;
    let json = to_json(&value.unwrap_or_default()).ok();
    let written = json.and_then(|json| (yaml.write)(&json, is_set(sort_keys)));
    Ok(written.map_or_else(|| default.unwrap_or_else(none), Value::from))
}

fn set(arguments: &[Value]) -> Result<Value, Error> {
    let [value, default] = bind("set", arguments, ["value", "default"], 1)?;
    Ok(set_of(&value.unwrap_or_default()).unwrap_or_else(|_| default.unwrap_or_else(none)))
}

fn set_of(value: &Value) -> Result<Value, Error> {
    let members = items(value)?;
    members.iter().try_for_each(check_key)?;
    Ok(Set::value(members))
}

fn zip(arguments: &[Value]) -> Result<Value, Error> {
    let (positional, named) = split(arguments);
    let default = named.into_iter().find(|(name, _)| name == "default").map(|(_, value)| value);
    Ok(zipped(positional).unwrap_or_else(|_| default.unwrap_or_else(none)))
}

fn zipped(sequences: &[Value]) -> Result<Value, Error> {
    // Item by item, because one of them may be endless.
    let mut columns = Vec::new();
    for sequence in sequences {
        if sequence.is_none() {
            items(sequence)?;
        }
        let not_iterable = |_| failure(format!("'{}' object is not iterable", type_name(sequence)));
        columns.push(sequence.try_iter().map_err(not_iterable)?.checked());
    }
    let mut rows = Vec::new();
    while !columns.is_empty() {
        let row: Option<Result<Vec<Value>, Error>> = columns.iter_mut().map(Iterator::next).collect();
        let Some(row) = row else { break };
        rows.push(Value::from(Tuple::new(row?)));
    }
    Ok(List::value(rows))
}

fn local_md5(arguments: &[Value]) -> Result<Value, Error> {
    let [value] = bind("local_md5", arguments, ["value"], 1)?;
    let value = value.unwrap_or_default();
    if value.kind() != ValueKind::String && !crate::jinja::is_undefined(&value) {
        return Err(failure(format!("'{}' object has no attribute 'encode'", type_name(&value))));
    }
    let digest = Md5::digest(text(&value));
    Ok(Value::from(digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}

/// The lists of the first dict without what the second has under the same key, ignoring case.
fn diff_of_two_dicts(arguments: &[Value]) -> Result<Value, Error> {
    let [first, second] = bind("diff_of_two_dicts", arguments, ["dict_a", "dict_b"], 2)?;
    let lower = |value: &Value| text(value).to_lowercase();
    let others = pairs(&second.unwrap_or_default())?;
    let mut difference = Vec::new();
    for (key, values) in pairs(&first.unwrap_or_default())? {
        let other = others.iter().find(|(other, _)| lower(other) == lower(&key));
        let Some((_, present)) = other else {
            difference.push((key, values));
            continue;
        };
        let present: Vec<String> = items(present)?.iter().map(lower).collect();
        let added: Vec<Value> = items(&values)?.into_iter().filter(|value| !present.contains(&lower(value))).collect();
        if !added.is_empty() {
            difference.push((key, List::value(added)));
        }
    }
    Ok(Dict::value(difference))
}

fn range(arguments: &[Value]) -> Result<Value, Error> {
    let numbers = arguments.iter().map(as_integer).collect::<Result<Vec<_>, _>>()?;
    let (start, stop, step) = match numbers.as_slice() {
        [stop] => (0, *stop, 1),
        [start, stop] => (*start, *stop, 1),
        [start, stop, step] => (*start, *stop, *step),
        _ => return Err(failure(format!("range expected at least 1 argument, got {}", numbers.len()))),
    };
    if step == 0 {
        return Err(failure("range() arg 3 must not be zero"));
    }
    let range = Range::value(start, stop, step);
    if range.len().is_some_and(|length| length > LONGEST_RANGE) {
        return Err(failure(format!(
            "Range too big. The sandbox blocks ranges larger than MAX_RANGE ({LONGEST_RANGE})."
        )));
    }
    Ok(range)
}

fn dict(arguments: &[Value]) -> Result<Value, Error> {
    let (positional, named) = split(arguments);
    let mut entries = match positional {
        [] => Vec::new(),
        [source] => methods::entries(source)?,
        _ => return Err(failure(format!("dict expected at most 1 argument, got {}", positional.len()))),
    };
    entries.extend(named.into_iter().map(|(name, value)| (Value::from(name), value)));
    Ok(Dict::value(entries))
}

/// `cycler('a', 'b')`: gives its items again and again.
struct Cycler {
    items: Vec<Value>,
    at: AtomicUsize,
}

fn cycler(arguments: &[Value]) -> Result<Value, Error> {
    if arguments.is_empty() {
        return Err(failure("at least one item has to be provided"));
    }
    Ok(Value::from_object(Cycler { items: arguments.to_vec(), at: AtomicUsize::new(0) }))
}

impl fmt::Debug for Cycler {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("<jinja2.utils.Cycler object>")
    }
}

impl Object for Cycler {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let at = self.at.load(Ordering::Relaxed);
        match key.as_str()? {
            "current" => Some(self.items[at % self.items.len()].clone()),
            "pos" => Some(Value::from(at % self.items.len())),
            "items" => Some(Value::from(Tuple::new(self.items.clone()))),
            _ => None,
        }
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Result<Value, Error> {
        match method {
            "next" | "__next__" => {
                bind("next", arguments, [], 0)?;
                let at = self.at.fetch_add(1, Ordering::Relaxed);
                Ok(self.items[at % self.items.len()].clone())
            }
            "reset" => {
                self.at.store(0, Ordering::Relaxed);
                Ok(none())
            }
            _ => Err(Error::from(minijinja::ErrorKind::UnknownMethod)),
        }
    }
}

/// `joiner(', ')`: empty the first time it is called, its separator from then on.
struct Joiner {
    separator: Value,
    was_called: AtomicBool,
}

fn joiner(arguments: &[Value]) -> Result<Value, Error> {
    let [separator] = bind("joiner", arguments, ["sep"], 0)?;
    let separator = separator.unwrap_or_else(|| Value::from(", "));
    Ok(Value::from_object(Joiner { separator, was_called: AtomicBool::new(false) }))
}

impl fmt::Debug for Joiner {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("<jinja2.utils.Joiner object>")
    }
}

impl Object for Joiner {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "sep" => Some(self.separator.clone()),
            "used" => Some(Value::from(self.was_called.load(Ordering::Relaxed))),
            _ => None,
        }
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, _: &[Value]) -> Result<Value, Error> {
        match self.was_called.swap(true, Ordering::Relaxed) {
            true => Ok(self.separator.clone()),
            false => Ok(Value::from("")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::globals;
    use crate::jinja::value::repr;
    use minijinja::{Environment, context};

    #[test]
    fn functions_give_what_dbt_gives() {
        let mut environment = Environment::new();
        super::super::register(&mut environment);
        for (name, value) in globals(None) {
            environment.add_global(name, value);
        }
        let check = |source: &str, wanted: &str| {
            let value = environment.compile_expression(source).unwrap().eval(context! {}).unwrap();
            assert_eq!(repr(&value), wanted, "{source}");
        };
        check("zip([1, 2], ['a', 'b'])|list", "[(1, 'a'), (2, 'b')]");
        check("zip(1, [2])", "None");
        check("set([1, 2, 2])", "{1, 2}");
        check("fromjson('{\"a\": [1, null]}')", "{'a': [1, None]}");
        check("fromjson('{', 3)", "3");
        check("tojson({'b': 'é', 'a': 1.0}, sort_keys=true)", "'{\"a\": 1.0, \"b\": \"\\\\u00e9\"}'");
        check("local_md5('abc')", "'900150983cd24fb0d6963f7d28e17f72'");
        check("dict([('a', 1)], b=2)", "{'a': 1, 'b': 2}");
        check("range(3)", "range(0, 3)");
        check("range(3, 0, -1)|list", "[3, 2, 1]");
        check("diff_of_two_dicts({'a': ['x', 'y']}, {'A': ['X']})", "{'a': ['y']}");
    }
}
