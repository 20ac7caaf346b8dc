//! The first rows of a node's query.

use std::sync::{Arc, PoisonError};

use chrono::Utc;
use serde_json::{Map, Value, json};

use crate::error::Result;
use crate::manifest::{Node, NodeKind, subject};
use crate::postgres::Rows;
use crate::report::{Outcome, Preview, Status, Step, Timing};

use super::execute::response_json;
use super::session::SharedSession;
use super::{Failure, Run};

impl Run {
    /// Runs the query of a node, a seed's relation, and gives at most `limit` rows; all when it is negative.
    ///
    /// # Errors
    ///
    /// What rendering raises, and `Database` when Postgres refuses the query.
    pub fn show(&self, node: &Node, session: &SharedSession, limit: i64) -> Result<(Preview, Outcome)> {
        let runtime = Arc::new(self.runtime(session));
        let subject = Arc::new(subject(&Arc::new(node.clone()), self.extra(node)));
        let started_at = Utc::now();
        self.tell_step(node, Step::Compile);
        let sql = match (node.kind, &node.relation) {
            (NodeKind::Seed, Some(relation)) => format!("select * from {relation}"),
            _ => self.compile(node, &subject, &runtime).map_err(Failure::into_error)?.text,
        };
        let compiled_at = Utc::now();
        self.tell_step(node, Step::Execute);
        // What the text itself has set, else what stands in YAML.
        let header = runtime.set_config(&node.unique_id, "sql_header");
        let header = header.or_else(|| node.config.0.get("sql_header").cloned());
        let mut arguments = Map::new();
        arguments.insert("compiled_code".to_owned(), json!(sql));
        arguments.insert("sql_header".to_owned(), header.unwrap_or_default());
        arguments.insert("limit".to_owned(), if limit < 0 { Value::Null } else { json!(limit) });
        let limited = self.templates.call_macro("get_show_sql", arguments, &subject, &runtime)?.text;
        let (response, rows) = self.templates.fetch(&subject, &runtime, &sql, &limited)?;
        let outcome = Outcome {
            timing: vec![
                Timing { step: Step::Compile, started_at, completed_at: compiled_at },
                Timing { step: Step::Execute, started_at: compiled_at, completed_at: Utc::now() },
            ],
            seconds: (Utc::now() - started_at).as_seconds_f64(),
            adapter_response: response_json(&response),
            compiled: Some(true),
            compiled_code: Some(limited),
            relation_name: node.relation.as_ref().map(|relation| relation.render()),
            ..Outcome::new(node.unique_id.clone(), Status::Success)
        };
        Ok((preview(rows), outcome))
    }
}

impl Run {
    /// Renders the text of a node and sends it as it is; what it did stays.
    ///
    /// # Errors
    ///
    /// What rendering raises, and `Database` when Postgres refuses it.
    pub fn send(&self, node: &Node, session: &SharedSession) -> Result<Outcome> {
        let runtime = Arc::new(self.runtime(session));
        let subject = Arc::new(subject(&Arc::new(node.clone()), self.extra(node)));
        let sql = self.compile(node, &subject, &runtime).map_err(Failure::into_error)?.text;
        let (response, _) = self.templates.fetch(&subject, &runtime, &sql, &sql)?;
        session.lock().unwrap_or_else(PoisonError::into_inner).commit()?;
        Ok(Outcome {
            adapter_response: response_json(&response),
            message: Some(response.message),
            compiled: Some(true),
            compiled_code: Some(sql),
            ..Outcome::new(node.unique_id.clone(), Status::Success)
        })
    }
}

fn preview(rows: Rows) -> Preview {
    let types: Vec<String> = rows.columns.iter().map(|column| column.type_name.clone()).collect();
    let value = |(index, text): (usize, Option<String>)| match text {
        Some(text) => typed(&types[index], text),
        None => Value::Null,
    };
    Preview {
        columns: rows.columns.iter().map(|column| column.name.clone()).collect(),
        rows: rows.rows.into_iter().map(|row| row.into_iter().enumerate().map(value).collect()).collect(),
    }
}

/// Digits that a binary number of 64 bits keeps for certain.
const EXACT_DIGITS: usize = 15;

/// A value as JSON says it: numbers and booleans as such, times in ISO form, all else as text.
fn typed(kind: &str, text: String) -> Value {
    match kind {
        "smallint" | "integer" | "bigint" | "oid" => {
            text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number))
        }
        "real" | "double precision" | "numeric" => {
            let is_exact = text.bytes().filter(u8::is_ascii_digit).count() <= EXACT_DIGITS;
            match text.parse::<f64>() {
                Ok(number) if number.is_finite() && is_exact => json!(number),
                Ok(_) | Err(_) => json!(text),
            }
        }
        "boolean" => json!(text == "t"),
        "timestamp without time zone" | "timestamp with time zone" => json!(text.replacen(' ', "T", 1)),
        _ => json!(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_json_where_json_has_them() {
        assert_eq!(typed("bigint", "1234567890123".to_owned()), json!(1_234_567_890_123_i64));
        assert_eq!(typed("numeric", "1.50".to_owned()), json!(1.5));
        assert_eq!(typed("numeric", "3".to_owned()), json!(3.0));
        assert_eq!(typed("numeric", "12345678901234567890.1".to_owned()), json!("12345678901234567890.1"));
        assert_eq!(typed("double precision", "NaN".to_owned()), json!("NaN"));
        assert_eq!(typed("boolean", "t".to_owned()), json!(true));
        assert_eq!(
            typed("timestamp without time zone", "2020-01-01 00:00:00".to_owned()),
            json!("2020-01-01T00:00:00")
        );
        assert_eq!(typed("text", "1".to_owned()), json!("1"));
    }
}
