//! The first rows of a node's query.

use std::sync::{Arc, PoisonError};

use serde_json::{Map, Value, json};

use crate::error::Result;
use crate::manifest::{Node, NodeKind, subject};
use crate::postgres::{Rows, Statement};
use crate::report::Preview;

use super::Run;
use super::session::SharedSession;

impl Run {
    /// Runs the query of a node, a seed's relation, and gives at most `limit` rows; all when it is negative.
    ///
    /// # Errors
    ///
    /// What rendering raises, and `Database` when Postgres refuses the query.
    pub fn show(&self, node: &Node, session: &SharedSession, limit: i64) -> Result<Preview> {
        let runtime = Arc::new(self.runtime(session));
        let subject = Arc::new(subject(&Arc::new(node.clone()), self.extra(node)));
        let sql = match (node.kind, &node.relation) {
            (NodeKind::Seed, Some(relation)) => format!("select * from {relation}"),
            _ => self.compile(node, &subject, &runtime)?.text,
        };
        let mut arguments = Map::new();
        arguments.insert("compiled_code".to_owned(), json!(sql));
        arguments.insert("sql_header".to_owned(), node.config.0.get("sql_header").cloned().unwrap_or_default());
        arguments.insert("limit".to_owned(), if limit < 0 { Value::Null } else { json!(limit) });
        let limited = self.templates.call_macro("get_show_sql", arguments, &subject, &runtime)?.text;
        let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, rows) = session.query(Statement::new(limited), None)?;
        Ok(preview(rows))
    }
}

fn preview(rows: Rows) -> Preview {
    let types: Vec<String> = rows.columns.iter().map(|column| column.type_name.to_lowercase()).collect();
    let value = |(index, text): (usize, Option<String>)| match text {
        Some(text) => typed(&types[index], text),
        None => Value::Null,
    };
    Preview {
        columns: rows.columns.iter().map(|column| column.name.clone()).collect(),
        rows: rows.rows.into_iter().map(|row| row.into_iter().enumerate().map(value).collect()).collect(),
    }
}

/// A value as JSON says it: numbers and booleans as such, all else as text.
fn typed(kind: &str, text: String) -> Value {
    match kind {
        "int2" | "int4" | "int8" | "oid" => text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number)),
        "float4" | "float8" | "numeric" => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => json!(number),
            _ => json!(text),
        },
        "bool" => json!(text == "t"),
        _ => json!(text),
    }
}
