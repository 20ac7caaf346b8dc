//! Running: materializations, tests, hooks, operations, schemas, freshness.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json};

use super::node::{Node, lock};
use super::objects::{RelationValue, ResponseValue};
use super::runtime::Runtime;
use super::shared::Shared;
use super::{Age, AgeQuestion, Materialized, Response, Returned, Subject, TestCounts, adapter};
use crate::error::{Error, Kind, Place, Result};
use crate::jinja::{Arguments, MacroId, Mode, Table, Value, from_json, items, text};
use crate::name::Relation;

/// Runs the materialization of a compiled node.
pub(super) fn materialize(node: &Arc<Node>) -> Result<Materialized> {
    let own = || node.subject.config.get("materialized").and_then(Json::as_str).unwrap_or("view");
    let other = node.runtime.as_ref().and_then(|runtime| runtime.materialization);
    let materialized = other.unwrap_or_else(own).to_owned();
    let id = materialization(node, &materialized)?;
    let before = adapter::remember(node);
    let given = call(node, id, Arguments::default());
    let response = leave_trace(node);
    if given.is_err() {
        adapter::restore(node, before);
    }
    let relations = returned_relations(&given?, &materialized)?;
    if let Some(runtime) = &node.runtime {
        relations.iter().for_each(|relation| runtime.cache.add(relation));
    }
    Ok(Materialized { response })
}

fn materialization(node: &Node, name: &str) -> Result<MacroId> {
    let library = &node.shared.library;
    library.materialization(name).ok_or_else(|| {
        let error = Error::compilation(format!(
            "no materialization `{name}` was found for adapter postgres! (searched types `default`, `postgres`)"
        ));
        let error = error.at(Place::file(&*node.subject.file));
        error.meant(name, library.materializations())
    })
}

/// Notes what can be said of the node whether it failed or not: its answer and its main statement.
fn leave_trace(node: &Node) -> Option<Response> {
    let main = lock(&node.statements).get("main").cloned().flatten();
    let response = main.map(|statement| ResponseValue::of(&statement.response));
    if let Some(runtime) = &node.runtime {
        let mut trace = lock(&runtime.trace);
        trace.main = response.clone();
        trace.written = lock(&node.written).clone();
    }
    response
}

fn returned_relations(given: &Value, materialized: &str) -> Result<Vec<Relation>> {
    let refused = |why: &str| {
        Error::compilation(format!("the materialization `{materialized}` {why}"))
            .hint("end it with `{{ return({'relations': [target_relation]}) }}`")
    };
    let listed = given.get_attr("relations").ok().filter(|listed| !listed.is_undefined() && !listed.is_none());
    let Some(listed) = listed else { return Err(refused("did not return the relations that it made")) };
    let listed = items(&listed).map_err(|_| refused("returned `relations` that is no list"))?;
    let relation = |value: &Value| {
        let found = RelationValue::of(Some(value), "relations");
        found.map_err(|_| refused("returned something in `relations` that is no relation"))
    };
    listed.iter().map(relation).collect()
}

/// Calls a macro at the top level of a node.
pub(super) fn call(node: &Arc<Node>, id: MacroId, arguments: Arguments) -> Result<Value> {
    if node.runtime.as_ref().is_some_and(|runtime| runtime.cancelled.load(Ordering::Relaxed)) {
        return Err(Error::new(Kind::Cancelled, "the run was stopped"));
    }
    node.shared.engine.call_macro(Mode::Run, id, arguments, &node.root())
}

/// Runs a data test, and reads the one row of its `main` statement.
pub(super) fn test(node: &Arc<Node>) -> Result<TestCounts> {
    let materialized = materialize(node);
    let stored = lock(&node.statements).get("main").cloned().flatten();
    materialized?;
    let stored = stored.ok_or_else(|| Error::compilation("the materialization `test` sent no statement `main`"))?;
    counts(&stored.table)
}

fn counts(table: &Value) -> Result<TestCounts> {
    let wrong = |what: String| Error::compilation(format!("dbt internally failed to execute a test: {what}"));
    let Some(table) = Table::of(table) else { return Err(wrong("its statement fetched no rows".to_owned())) };
    let [row] = table.rows() else {
        return Err(wrong(format!("returned {} rows, but expected 1", table.rows().len())));
    };
    let [failures, should_warn, should_error] = row.as_slice() else {
        return Err(wrong(format!("returned {} columns, but expected 3", row.len())));
    };
    // `fail_calc` may be a sum over no rows.
    let failures = if failures.is_none() { Some(0) } else { number(&text(failures)) };
    let failures = failures.ok_or_else(|| wrong(format!("`failures` is no number: {}", text(&row[0]))))?;
    Ok(TestCounts { failures, should_warn: truth(should_warn), should_error: truth(should_error) })
}

fn number(text: &str) -> Option<i64> {
    let whole = text.trim().split('.').next()?;
    whole.parse().ok()
}

fn truth(value: &Value) -> bool {
    match value.as_str() {
        Some(word) => matches!(word.to_lowercase().as_str(), "t" | "true" | "1"),
        None => value.is_true(),
    }
}

/// Renders a hook and sends it.
pub(super) fn hook(
    shared: &Arc<Shared>,
    subject: &Arc<Subject>,
    runtime: &Arc<Runtime>,
    sql: &str,
) -> Result<Option<Response>> {
    let sql = sql.trim();
    if sql.is_empty() {
        return Ok(None);
    }
    let node = Arc::new(Node::new(shared, subject, Some(runtime)).with_sql(sql));
    adapter::send(&node, sql).map(Some)
}

/// Calls a macro by name with named arguments.
pub(super) fn call_macro(node: &Arc<Node>, name: &str, arguments: Map<String, Json>) -> Result<Returned> {
    let id = node.shared.library.find(&node.subject.package, name);
    let id = id.ok_or_else(|| Error::compilation(format!("there is no macro `{name}`")))?;
    let named = arguments.iter().map(|(name, value)| (name.clone(), from_json(value))).collect();
    let given = call(node, id, Arguments { positional: Vec::new(), named });
    leave_trace(node);
    let given = given?;
    Ok(Returned { text: text(&given) })
}

/// Makes a schema by the macro of that name.
pub(super) fn create_schema(shared: &Arc<Shared>, database: &str, schema: &str, runtime: &Arc<Runtime>) -> Result<()> {
    let subject = Arc::new(Subject::asking(&format!("create_{database}_{schema}"), shared.library.root()));
    let node = Arc::new(Node::new(shared, &subject, Some(runtime)));
    let id = shared.library.bare(shared.library.root(), "create_schema");
    let id = id.ok_or_else(|| Error::internal("there is no macro `create_schema`"))?;
    let relation = Relation { identifier: None, ..Relation::new(database, schema, "") };
    call(&node, id, Arguments { positional: vec![RelationValue::value(relation)], named: Vec::new() })?;
    runtime.cache.add_schema(schema);
    Ok(())
}

/// Asks for the age of a source.
pub(super) fn age(node: &Arc<Node>, relation: &Relation, asked: &AgeQuestion) -> Result<Age> {
    let source = RelationValue::value(relation.clone());
    let (name, positional) = match asked {
        AgeQuestion::Field { field, filter } => {
            let filter = filter.as_deref().map_or(Value::from(()), Value::from);
            ("collect_freshness", vec![source, Value::from(field.as_str()), filter])
        }
        AgeQuestion::Query(query) => ("collect_freshness_custom_sql", vec![source, Value::from(query.as_str())]),
    };
    let id = node.shared.library.bare(node.shared.library.root(), name);
    let id = id.ok_or_else(|| Error::internal(format!("there is no macro `{name}`")))?;
    let given = call(node, id, Arguments { positional, named: Vec::new() })?;
    let wrong = || Error::compilation(format!("the macro `{name}` did not give one row of two times"));
    let response = given.get_attr("response").ok().filter(|it| !it.is_undefined() && !it.is_none());
    let response = response.map(|response| ResponseValue::of(&response));
    let table = given.get_attr("table").ok().filter(|table| !table.is_undefined()).unwrap_or(given);
    let rows = Table::of(&table).map(Table::rows).unwrap_or_default();
    let [row] = rows else { return Err(wrong()) };
    let [newest, now] = row.as_slice() else { return Err(wrong()) };
    Ok(Age {
        max_loaded_at: if newest.is_none() { None } else { Some(instant(newest).ok_or_else(wrong)?) },
        snapshotted_at: instant(now).ok_or_else(wrong)?,
        response,
    })
}

/// A time as Python prints it; without an offset it counts as UTC, as in dbt.
fn instant(value: &Value) -> Option<DateTime<Utc>> {
    let printed = text(value);
    let printed = if printed.len() == 10 { format!("{printed} 00:00:00") } else { printed };
    let zoned = DateTime::parse_from_str(&printed, "%Y-%m-%d %H:%M:%S%.f%#z").ok();
    let naive = || chrono::NaiveDateTime::parse_from_str(&printed, "%Y-%m-%d %H:%M:%S%.f").ok();
    zoned.map(|zoned| zoned.with_timezone(&Utc)).or_else(|| naive().map(|naive| naive.and_utc()))
}
