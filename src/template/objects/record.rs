//! Python objects whose fields templates read: a result of a run, its node, that node's config.
//!
//! They are no dicts: `is mapping` does not hold for them, and `to_dict()` gives what they hold as plain data.

use std::fmt;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::jinja::{DateTime, Dict, Enumerator, List, Object, ObjectRepr, State, Value, bind, from_json, text};
use crate::template::function::Answer;

/// What an object is, which decides what it has beside its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Fields only.
    Plain,
    /// The config of a node: what it does not know is none, and it can be walked like a dict.
    Config,
    /// A node: some facts follow from others.
    Node,
}

/// An object with named fields and `to_dict()`.
pub(super) struct Record {
    fields: Arc<Dict>,
    kind: Kind,
}

impl Record {
    /// An object of `json`, whose parts named in `parts` are objects too.
    pub(super) fn value_of(json: &Json, parts: &[&str]) -> Value {
        Record::make(json, Kind::Plain, |key, part| {
            (parts.contains(&key) && part.is_object()).then(|| Record::value_of(part, &[]))
        })
    }

    /// One of `results`.
    pub(super) fn result(json: &Json) -> Value {
        Record::make(json, Kind::Plain, |key, part| match key {
            "node" => Some(Record::node(part)),
            "timing" => Some(List::value(part.as_array()?.iter().map(Record::timing).collect())),
            _ => None,
        })
    }

    fn node(json: &Json) -> Value {
        Record::make(json, Kind::Node, |key, part| match key {
            "config" => Some(Record::make(part, Kind::Config, |_, _| None)),
            "checksum" | "contract" | "depends_on" | "docs" | "test_metadata" | "owner" => {
                Some(Record::value_of(part, &[])).filter(|_| part.is_object())
            }
            "columns" => {
                let columns = part.as_object()?.iter();
                Some(Dict::value(columns.map(|(name, column)| (name.as_str(), Record::value_of(column, &["config"])))))
            }
            "refs" => Some(List::value(part.as_array()?.iter().map(|call| Record::value_of(call, &[])).collect())),
            _ => None,
        })
    }

    /// A step of a node: its times are datetimes without a zone.
    fn timing(json: &Json) -> Value {
        Record::make(json, Kind::Plain, |_, part| {
            let moment = chrono::DateTime::parse_from_rfc3339(part.as_str()?).ok()?;
            Some(DateTime::value(moment.naive_utc()))
        })
    }

    fn make(json: &Json, kind: Kind, special: impl Fn(&str, &Json) -> Option<Value>) -> Value {
        let Some(parts) = json.as_object() else { return from_json(json) };
        let fields = Dict::value(
            parts.iter().map(|(key, part)| (key.as_str(), special(key, part).unwrap_or_else(|| from_json(part)))),
        );
        match fields.downcast_object::<Dict>() {
            Some(fields) => Value::from_object(Record { fields, kind }),
            None => fields,
        }
    }

    fn to_dict(&self, omits_none: bool) -> Value {
        let fields = self.fields.snapshot().into_iter().filter(|(_, value)| !(omits_none && value.is_none()));
        Dict::value(fields.map(|(key, value)| (key, plain(&value, omits_none))))
    }

    /// What dbt's nodes compute.
    fn computed(&self, key: &str) -> Option<Value> {
        let word = |key: &str| self.fields.get_str(key).map(|value| text(&value)).unwrap_or_default();
        let materialized = || {
            let config = self.fields.get_str("config")?;
            Some(text(&config.downcast_object_ref::<Record>()?.fields.get_str("materialized")?))
        };
        let is_ephemeral = || materialized().as_deref() == Some("ephemeral");
        Some(match key {
            "identifier" => self.fields.get_str("alias")?,
            "language" => Value::from("sql"),
            "is_relational" | "is_refable" => {
                Value::from(matches!(word("resource_type").as_str(), "model" | "seed" | "snapshot"))
            }
            "is_ephemeral" => Value::from(is_ephemeral()),
            "is_ephemeral_model" => Value::from(word("resource_type") == "model" && is_ephemeral()),
            "empty" => Value::from(word("resource_type") != "seed" && word("raw_code").trim().is_empty()),
            _ => return None,
        })
    }
}

/// A value with the objects in it as plain data.
fn plain(value: &Value, omits_none: bool) -> Value {
    if let Some(record) = value.downcast_object_ref::<Record>() {
        return record.to_dict(omits_none);
    }
    if let Some(list) = List::of(value) {
        return List::value(list.snapshot().iter().map(|item| plain(item, omits_none)).collect());
    }
    if let Some(dict) = Dict::of(value) {
        return Dict::value(dict.snapshot().into_iter().map(|(key, value)| (key, plain(&value, omits_none))));
    }
    match value.downcast_object_ref::<DateTime>() {
        Some(moment) => Value::from(moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")),
        None => value.clone(),
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.fields, out)
    }
}

impl Object for Record {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        match self.kind {
            Kind::Config => ObjectRepr::Map,
            Kind::Plain | Kind::Node => ObjectRepr::Plain,
        }
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        if let Some(found) = self.fields.get(key) {
            return Some(found);
        }
        let name = key.as_str()?;
        match self.kind {
            Kind::Plain => None,
            Kind::Node => self.computed(name),
            // Python cannot call a field `pre-hook`.
            Kind::Config => Some(self.fields.get_str(&name.replace('_', "-")).unwrap_or_else(|| Value::from(()))),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.fields.keys())
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Answer {
        match method {
            "to_dict" => {
                let [omits_none] = bind(method, arguments, ["omit_none"], 0)?;
                Ok(self.to_dict(omits_none.is_some_and(|given| given.is_true())))
            }
            other => self.fields.call_method(state, other, arguments),
        }
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.fields, out)
    }
}
