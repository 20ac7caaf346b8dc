//! `parse_index`: one entry of the config `indexes`.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use md5::{Digest, Md5};

use crate::error::Error;
use crate::jinja::{CallError, List, Object, ObjectRepr, State, Value, bind, fail, items, pairs, raise};
use crate::template::function::{Answer, text_of};
use crate::template::node::Node;

/// An index as the config asks for it.
#[derive(Debug)]
struct Index {
    columns: Vec<String>,
    is_unique: bool,
    method: Option<String>,
}

/// `parse_index(dict)`: none, or what the dict says, checked.
pub(super) fn parse(_node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [raw] = bind("parse_index", arguments, ["raw_index"], 1)?;
    match raw.filter(|raw| !raw.is_none()) {
        None => Ok(Value::from(())),
        Some(raw) => Ok(Value::from_object(read(&raw)?)),
    }
}

fn read(raw: &Value) -> Result<Index, CallError> {
    let refused = |why: String| raise(Error::compilation(format!("could not parse an index of `indexes`: {why}")));
    let mut index = Index { columns: Vec::new(), is_unique: false, method: None };
    for (key, value) in pairs(raw).map_err(|_| refused(format!("got {}, not a dict", crate::jinja::repr(raw))))? {
        match text_of(&key).as_str() {
            "columns" if value.as_str().is_none() => index.columns = items(&value)?.iter().map(text_of).collect(),
            "columns" => return Err(refused("`columns` must be a list".to_owned())),
            "unique" => match bool::try_from(value.clone()) {
                Ok(is_unique) => index.is_unique = is_unique,
                Err(_) => return Err(refused("`unique` must be true or false".to_owned())),
            },
            "type" => index.method = Some(value).filter(|value| !value.is_none()).as_ref().map(text_of),
            "name" => {}
            other => return Err(refused(format!("unknown key `{other}`"))),
        }
    }
    if index.columns.is_empty() {
        return Err(refused("`columns` is missing".to_owned()));
    }
    Ok(index)
}

impl Index {
    /// A name that is another at each run, so that an index built aside never meets that of the old table.
    fn name(&self, relation: &str) -> String {
        let now = chrono::Utc::now().to_rfc3339();
        let method = self.method.as_deref().unwrap_or("None");
        let unique = if self.is_unique { "True" } else { "False" };
        let text = [self.columns.join("_").as_str(), relation, unique, method, &now].join("_");
        Md5::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

impl Object for Index {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(match key.as_str()? {
            "columns" => List::value(self.columns.iter().map(|column| Value::from(column.as_str())).collect()),
            "unique" => Value::from(self.is_unique),
            "type" => self.method.as_deref().map_or(Value::from(()), Value::from),
            _ => return None,
        })
    }

    fn call_method(self: &Arc<Self>, _state: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Answer {
        match method {
            "render" => {
                let [relation] = bind("render", arguments, ["relation"], 1)?;
                Ok(Value::from(self.name(&text_of(&relation.unwrap_or_default()))))
            }
            other => Err(fail(format!("an index has no method `{other}`"))),
        }
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "index on ({})", self.columns.join(", "))
    }
}
