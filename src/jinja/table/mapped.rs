//! `Mapped`: agate's sequences whose items also have names: rows, a row, columns, a column, groups.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Tuple};
use minijinja::{Error, State, Value};

use super::ColumnType;
use super::methods::null_last;
use super::sets::Groups;
use crate::jinja::value::{Dict, List, bind, equal, failure, no_method, repr, text};

/// Items that printing shows.
const SHOWN: usize = 5;

/// Items that are found by place and, if they have names, by name.
pub struct Mapped {
    class: &'static str,
    keys: Option<Arc<[Value]>>,
    values: Vec<Value>,
    attributes: Vec<(&'static str, Value)>,
}

impl Mapped {
    /// A row of values under the names of the columns.
    pub fn row(names: Arc<[Value]>, values: Vec<Value>) -> Value {
        Value::from_object(Mapped { class: "agate.Row", keys: Some(names), values, attributes: Vec::new() })
    }

    /// A column.
    pub fn column(name: &str, at: usize, kind: ColumnType, values: Vec<Value>) -> Value {
        let attributes =
            vec![("name", Value::from(name)), ("index", Value::from(at)), ("data_type", Value::from_object(kind))];
        Value::from_object(Mapped { class: "agate.Column", keys: None, values, attributes })
    }

    /// Rows or columns.
    pub fn sequence(keys: Option<Vec<Value>>, values: Vec<Value>) -> Value {
        let keys = keys.map(Into::into);
        Value::from_object(Mapped { class: "agate.MappedSequence", keys, values, attributes: Vec::new() })
    }

    /// Tables under the values that they were grouped by.
    pub fn groups(key_name: &str, key_type: ColumnType, keys: Vec<Value>, tables: Vec<Value>) -> Value {
        let mut attributes = vec![("key_name", Value::from(key_name)), ("key_type", Value::from_object(key_type))];
        for name in ["column_names", "column_types"] {
            let of_first = tables.first().and_then(|table| table.get_attr(name).ok());
            attributes.push((name, of_first.unwrap_or_else(|| tuple(Vec::new()))));
        }
        Value::from_object(Mapped { class: "agate.TableSet", keys: Some(keys.into()), values: tables, attributes })
    }

    /// The keys of a set of tables; `None` for anything else.
    pub fn group_names(value: &Value) -> Option<&[Value]> {
        value.downcast_object_ref::<Mapped>().filter(|found| found.class == "agate.TableSet")?.keys.as_deref()
    }

    fn as_groups(&self) -> Option<Groups<'_>> {
        let attribute = |name: &str| self.attributes.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
        if self.class != "agate.TableSet" {
            return None;
        }
        Some(Groups {
            key_name: attribute("key_name").map(text).unwrap_or_default(),
            key_type: *attribute("key_type")?.downcast_object_ref()?,
            keys: self.keys.as_deref()?,
            tables: &self.values,
        })
    }

    /// agate's name of the class.
    pub fn class(&self) -> &'static str {
        self.class
    }

    fn named(&self, key: &Value) -> Option<Value> {
        let place = self.keys.as_ref()?.iter().position(|known| equal(known, key))?;
        self.values.get(place).cloned()
    }

    fn pairs(&self) -> impl Iterator<Item = (Value, Value)> {
        let keys = self.keys.iter().flat_map(|keys| keys.iter().cloned());
        keys.zip(self.values.iter().cloned())
    }

    fn without_nulls(&self) -> Vec<Value> {
        self.values.iter().filter(|value| !value.is_none()).cloned().collect()
    }
}

fn tuple(values: Vec<Value>) -> Value {
    Value::from(Tuple::new(values))
}

fn sorted(mut values: Vec<Value>) -> Value {
    values.sort_by(null_last);
    List::value(values)
}

fn distinct(values: &[Value]) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for value in values {
        if !kept.iter().any(|known| equal(known, value)) {
            kept.push(value.clone());
        }
    }
    kept
}

impl fmt::Debug for Mapped {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(groups) = self.as_groups() {
            return out.write_str(&groups.structure());
        }
        let mut shown: Vec<String> = self.values.iter().take(SHOWN).map(repr).collect();
        if self.values.len() > SHOWN {
            shown.push("...".to_string());
        }
        write!(out, "<{}: ({})>", self.class, shown.join(", "))
    }
}

impl Object for Mapped {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str() {
            None => key.as_usize().and_then(|at| self.values.get(at).cloned()).or_else(|| self.named(key)),
            Some("__repr__") if self.class == "agate.TableSet" => Some(Value::from("<agate.tableset.TableSet object>")),
            Some(name) => {
                let attribute = self.attributes.iter().find(|(known, _)| *known == name);
                attribute.map(|(_, value)| value.clone()).or_else(|| self.named(key))
            }
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.values.len())
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        if let Some(result) = self.as_groups().and_then(|groups| groups.call(state, method, arguments)) {
            return result;
        }
        match (method, arguments) {
            ("get", _) => {
                let [key, default] = bind(method, arguments, ["key", "default"], 1)?;
                let found = self.named(&key.unwrap_or_default());
                return Ok(found.or(default).unwrap_or_else(|| Value::from(())));
            }
            ("index", [item]) => {
                let place = self.values.iter().position(|value| equal(value, item));
                return place.map(Value::from).ok_or_else(|| failure("tuple.index(x): x not in tuple"));
            }
            ("count", [item]) => return Ok(Value::from(self.values.iter().filter(|value| equal(value, item)).count())),
            (_, _) => {}
        }
        if self.keys.is_none() && matches!(method, "items" | "dict") {
            return Err(failure("'NoneType' object is not iterable"));
        }
        let result = match (method, self.class) {
            ("values", _) => tuple(self.values.clone()),
            ("keys", _) => self.keys.as_ref().map_or_else(|| Value::from(()), |keys| tuple(keys.to_vec())),
            ("items", _) => tuple(self.pairs().map(|(key, value)| tuple(vec![key, value])).collect()),
            ("dict", _) => Dict::ordered(self.pairs()),
            ("values_distinct", "agate.Column") => tuple(distinct(&self.values)),
            ("values_without_nulls", "agate.Column") => tuple(self.without_nulls()),
            ("values_sorted", "agate.Column") => sorted(self.values.clone()),
            ("values_without_nulls_sorted", "agate.Column") => sorted(self.without_nulls()),
            (_, _) => return Err(no_method(&Value::from_dyn_object(self.clone()), method)),
        };
        bind(method, arguments, [], 0)?;
        Ok(result)
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}
