//! YAML as Python's reader has it, for `fromyaml`: unlike JSON it knows dates, and keys that are no text.

use chrono::{NaiveDate, NaiveDateTime};

use super::{Node, Value};
use crate::jinja::{self, Date, DateTime, Dict, List};

impl Node {
    /// The value as Python's reader of YAML has it.
    pub fn to_python(&self) -> jinja::Value {
        match &self.value {
            Value::Null => jinja::Value::from(()),
            Value::Bool(it) => jinja::Value::from(*it),
            Value::Int(it) => jinja::Value::from(*it),
            Value::Float(it) => jinja::Value::from(*it),
            Value::Text(text) => jinja::Value::from(text.as_str()),
            Value::Time(text) => time(text).unwrap_or_else(|| jinja::Value::from(text.as_str())),
            Value::Seq(items) => List::value(items.iter().map(Node::to_python).collect()),
            Value::Map(map) => {
                Dict::value(map.entries.iter().map(|entry| (entry.key.to_python(), entry.value.to_python())))
            }
        }
    }
}

/// The date or datetime of an ISO text.
fn time(text: &str) -> Option<jinja::Value> {
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(Date::value(date));
    }
    if let Ok(naive) = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f") {
        return Some(DateTime::value(naive));
    }
    chrono::DateTime::parse_from_rfc3339(text).ok().map(DateTime::fixed)
}

#[cfg(test)]
mod tests {
    use crate::jinja::repr;
    use crate::project::yaml::parse_text;

    #[test]
    fn dates_numbers_and_keys_have_their_types() {
        let python = |text: &str| repr(&parse_text(text, "x.yml").unwrap().to_python());
        assert_eq!(python("a: 2024-01-05"), "{'a': datetime.date(2024, 1, 5)}");
        assert_eq!(python("a: 2024-01-05 10:00:00"), "{'a': datetime.datetime(2024, 1, 5, 10, 0)}");
        assert_eq!(python("1: [yes, 1.5, ~, x]"), "{1: [True, 1.5, None, 'x']}");
    }
}
