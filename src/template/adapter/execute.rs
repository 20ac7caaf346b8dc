//! Statements: `execute`, `add_query`, `commit`.

use std::sync::{Arc, MutexGuard};
use std::time::Instant;

use crate::error::Error;
use crate::jinja::{CallError, List, State, Table, Value, bind, fail, items, raise};
use crate::name;
use crate::postgres::{Response, Session, Statement};
use crate::report::{DebugEvent, Event};
use crate::template::comment;
use crate::template::function::{Answer, text_of};
use crate::template::node::{Node, lock};
use crate::template::objects::ResponseValue;
use crate::template::typed::tuple;

use super::{place, rows};

/// The session of a running node.
pub(super) fn session(node: &Node) -> Result<MutexGuard<'_, Session>, CallError> {
    let session = node.runtime.as_ref().and_then(|runtime| runtime.session.as_ref());
    session.map(|session| lock(session)).ok_or_else(|| {
        raise(
            Error::compilation(format!("{} asks the database, but queries are not allowed here", node.what()))
                .hint("guard the query with `{% if execute %}`, or leave out --no-introspect"),
        )
    })
}

/// The text as it is sent: with the query comment.
fn commented(node: &Arc<Node>, sql: &str) -> Result<String, CallError> {
    told(node, sql).map_err(raise)
}

/// Tells that `sql` is sent, and gives it with the query comment.
pub(super) fn told(node: &Arc<Node>, sql: &str) -> Result<String, Error> {
    let text = comment::with(node, sql)?;
    let reporter = &node.shared.globals.reporter;
    reporter.tell(Event::Statement {
        connection: node.subject.connection().to_owned(),
        sql: text.clone(),
        node: node.who(),
    });
    Ok(text)
}

/// Tells what the server said to a statement sent at `sent`.
pub(super) fn tell_answer(node: &Node, response: &Response, sent: Instant) {
    let (tag, seconds) = (response.message.clone(), sent.elapsed().as_secs_f64());
    node.shared.globals.reporter.tell(Event::Answer { tag, seconds, node: node.who() });
}

/// Tells that the server refused a statement, and gives the error with its place in the user's files.
pub(super) fn refused(node: &Node, error: Error) -> Error {
    let message = error.message().to_owned();
    node.shared.globals.reporter.tell(Event::Debug(DebugEvent::Refused { message, node: node.who() }));
    place::placed(node, error)
}

fn refuse_after_cancel(node: &Node) -> Result<(), CallError> {
    let is_cancelled =
        node.runtime.as_ref().is_some_and(|runtime| runtime.cancelled.load(std::sync::atomic::Ordering::Relaxed));
    if is_cancelled { Err(raise(Error::new(crate::error::Kind::Cancelled, "the run was stopped"))) } else { Ok(()) }
}

/// `execute(sql, auto_begin=False, fetch=False, limit=None, answer=True)` gives response and table.
pub(super) fn execute(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let names = ["sql", "auto_begin", "fetch", "limit", "answer"];
    let [sql, auto_begin, fetch, limit, answer] = bind("execute", arguments, names, 1)?;
    let is_true = |value: &Option<Value>| value.as_ref().is_some_and(Value::is_true);
    let sql = sql.as_ref().map(text_of).unwrap_or_default();
    refuse_after_cancel(node)?;
    let text = commented(node, &sql)?;
    let limit = limit.filter(|limit| !limit.is_none()).and_then(|limit| limit.as_usize());
    let wants_answer = answer.is_none_or(|answer| answer.is_true());
    let placed = |err: Error| raise(refused(node, err));
    let mut session = session(node)?;
    if is_true(&auto_begin) && !session.has_begun() {
        session.begin().map_err(placed)?;
    }
    let statement = Statement::new(text);
    let sent = Instant::now();
    if is_true(&fetch) {
        let (response, found) = session.query(statement, limit).map_err(placed)?;
        drop(session);
        tell_answer(node, &response, sent);
        let table = rows::table(&found);
        return Ok(tuple(vec![ResponseValue::value(response), table]));
    }
    if !wants_answer {
        session.run(statement).map_err(placed)?;
        return Ok(tuple(vec![Value::from(""), Table::empty()]));
    }
    let response = session.execute(statement).map_err(placed)?;
    tell_answer(node, &response, sent);
    Ok(tuple(vec![ResponseValue::value(response), Table::empty()]))
}

/// `add_query(sql, auto_begin=True, bindings=None, abridge_sql_log=False)`; bindings stand where the text says `%s`.
pub(super) fn add_query(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let names = ["sql", "auto_begin", "bindings", "abridge_sql_log"];
    let [sql, auto_begin, bindings, _abridge] = bind("add_query", arguments, names, 1)?;
    let mut sql = sql.as_ref().map(text_of).unwrap_or_default();
    if let Some(bindings) = bindings.filter(|bindings| !bindings.is_none()) {
        sql = bound(&sql, &items(&bindings)?)?;
    }
    refuse_after_cancel(node)?;
    let text = commented(node, &sql)?;
    let placed = |err: Error| raise(refused(node, err));
    let mut session = session(node)?;
    if auto_begin.is_none_or(|auto_begin| auto_begin.is_true()) && !session.has_begun() {
        session.begin().map_err(placed)?;
    }
    let sent = Instant::now();
    let response = session.execute(Statement::new(text)).map_err(placed)?;
    tell_answer(node, &response, sent);
    Ok(tuple(vec![Value::from(()), ResponseValue::value(response)]))
}

/// psycopg2's `%s` and `%%` filled in with literals.
fn bound(sql: &str, bindings: &[Value]) -> Result<String, CallError> {
    let mut out = String::with_capacity(sql.len() + bindings.len() * 8);
    let mut values = bindings.iter();
    let mut rest = sql;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        match rest.as_bytes().get(at + 1) {
            Some(b's') => {
                let value = values.next().ok_or_else(|| fail("there are fewer bindings than `%s` in the statement"))?;
                out.push_str(&literal(value));
            }
            Some(b'%') => out.push('%'),
            _ => return Err(fail("a `%` in a statement with bindings must be `%s` or `%%`")),
        }
        rest = &rest[at + 2..];
    }
    out.push_str(rest);
    match values.next() {
        None => Ok(out),
        Some(_) => Err(fail("there are more bindings than `%s` in the statement")),
    }
}

fn literal(value: &Value) -> String {
    if value.is_none() {
        "NULL".to_owned()
    } else if value.is_number() {
        text_of(value)
    } else if let Ok(truth) = bool::try_from(value.clone()) {
        truth.to_string()
    } else {
        name::literal(&text_of(value))
    }
}

/// `commit()` ends the transaction.
pub(super) fn commit(node: &Arc<Node>, _state: &mut State<'_, '_>, _arguments: &[Value]) -> Answer {
    session(node)?.commit().map_err(|err| raise(refused(node, err)))?;
    let connection = node.subject.connection().to_owned();
    node.shared.globals.reporter.tell(Event::Debug(DebugEvent::Committed { connection }));
    if let Some(runtime) = &node.runtime {
        lock(&runtime.trace).dropped.clear();
    }
    Ok(Value::from(()))
}

/// What dbt's adapter for Postgres answers with none.
pub(super) fn nothing(_node: &Arc<Node>, _state: &mut State<'_, '_>, _arguments: &[Value]) -> Answer {
    Ok(Value::from(()))
}

/// Postgres has no partitions that dbt knows.
pub(super) fn no_partitions(_node: &Arc<Node>, _state: &mut State<'_, '_>, _arguments: &[Value]) -> Answer {
    Ok(List::value(Vec::new()))
}
