//! Kiln's own methods: `publish`, `free_index_names` and `copy_seed`.

use std::sync::Arc;

use chrono_tz::Tz;

use crate::csv::{self, Copier, Kind};
use crate::error::Error;
use crate::jinja::{CallError, Dict, State, Value, bind, fail, raise};
use crate::name;
use crate::postgres::publish::{self as door, Swap};
use crate::postgres::{Session, Statement};
use crate::report::{Event, Warning};
use crate::template::comment;
use crate::template::function::Answer;
use crate::template::node::Node;
use crate::template::objects::{RelationValue, SeedTable};
use crate::template::runtime::Behind;

use super::execute::session;
use super::place;
use super::relations::{cache, folded, forget};

/// Bytes of rows that are sent in one piece.
const PIECE: usize = 256 * 1024;

/// `publish(new_relation, target_relation)`: the new relation takes the target's name, with all that stands on the old one.
///
/// Gives back whether the privileges of the old one were carried over, so that those no longer wanted must be revoked.
pub(super) fn publish(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [new, target] = bind("publish", arguments, ["new_relation", "target_relation"], 2)?;
    let new = RelationValue::of(new.as_ref(), "publish")?;
    let target = RelationValue::of(target.as_ref(), "publish")?;
    let cache = cache(node)?;
    if new.schema == target.schema && new.identifier == target.identifier {
        cache.add(&name::Relation { kind: new.kind.or(target.kind), ..target });
        return Ok(Value::from(false));
    }
    let schema = folded(target.schema.clone().unwrap_or_default(), target.quote.schema);
    let identifier = folded(target.identifier.clone().unwrap_or_default(), target.quote.identifier);
    let is_free = cache.knows(&schema) && cache.get(&schema, &identifier).is_none();
    if let (Some(kind), true) = (new.kind, is_free) {
        let name = name::quote(&identifier);
        let rename = Statement::new(format!("alter {} {new} rename to {name}", kind.ddl()));
        session(node)?.run(rename).map_err(|err| raise(place::placed(node, err)))?;
        cache.remove(&new);
        cache.add(&name::Relation { kind: new.kind, ..target });
        return Ok(Value::from(false));
    }
    let run = run_letters(node);
    let behind = behind(node);
    let made_later = behind.all();
    let swap = Swap { new: &new, target: &target, run: &run, made_later: &made_later };
    let published = door::publish(&mut *session(node)?, &swap).map_err(|err| raise(place::placed(node, err)))?;
    cache.remove(&new);
    for dropped in &published.dropped {
        forget(node, dropped)?;
    }
    tell_dropped(node, &target, left_out(&behind, &published.dropped));
    cache.add(&name::Relation { kind: new.kind.or(target.kind), ..target });
    for text in published.warnings {
        node.shared.globals.reporter.warn(Warning { name: "PublishNote", text }).map_err(raise)?;
    }
    Ok(Value::from(published.kept_grants))
}

/// `free_index_names(relation)`: the indexes of a relation that is about to be replaced leave their names to those of the new one.
pub(super) fn free_index_names(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [relation] = bind("free_index_names", arguments, ["relation"], 1)?;
    let relation = RelationValue::of(relation.as_ref(), "free_index_names")?;
    let mut session = session(node)?;
    door::free_index_names(&mut session, &relation, &run_letters(node))
        .map_err(|err| raise(place::placed(node, err)))?;
    Ok(Value::from(()))
}

/// Drops what stands on `relation`, which is to be dropped, where all of it is made later, as dbt's cascade would.
pub(super) fn drop_made_later(node: &Node, relation: &name::Relation) -> Result<(), CallError> {
    let behind = behind(node);
    let dropped = door::drop_made_later(&mut *session(node)?, relation, &behind.all());
    let dropped = dropped.map_err(|err| raise(place::placed(node, err)))?;
    tell_dropped(node, relation, left_out(&behind, &dropped));
    Ok(())
}

/// `drop_left_out(relation)`: what the project has on a seed that `--full-refresh` makes anew, as dbt's cascade would drop it.
///
/// Views that other people's stand on stay, and those that this run makes.
pub(super) fn drop_left_out(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [relation] = bind("drop_left_out", arguments, ["relation"], 1)?;
    let relation = RelationValue::of(relation.as_ref(), "drop_left_out")?;
    let left_out = behind(node).left_out;
    let dropped = door::drop_own(&mut *session(node)?, &relation, &left_out);
    let dropped = dropped.map_err(|err| raise(place::placed(node, err)))?;
    for dropped in &dropped {
        forget(node, dropped)?;
    }
    tell_dropped(node, &relation, dropped.iter());
    Ok(Value::from(()))
}

/// Says which of the project's views are gone with the old `relation` until the next run.
fn tell_dropped<'d>(node: &Node, relation: &name::Relation, dropped: impl Iterator<Item = &'d name::Relation>) {
    let names: Vec<String> = dropped.map(ToString::to_string).collect();
    if !names.is_empty() {
        let text = format!("dropped with {relation}, made again by the next run: {}", names.join(", "));
        node.shared.globals.reporter.tell(Event::Note(text));
    }
}

/// Those of `dropped` that this run does not make.
fn left_out<'d>(behind: &Behind, dropped: &'d [name::Relation]) -> impl Iterator<Item = &'d name::Relation> {
    let is_left = |dropped: &name::Relation| {
        behind.left_out.iter().any(|one| one.schema == dropped.schema && one.identifier == dropped.identifier)
    };
    dropped.iter().filter(move |dropped| is_left(dropped))
}

fn behind(node: &Node) -> Behind {
    node.runtime.as_ref().map(|runtime| runtime.behind.clone()).unwrap_or_default()
}

/// Letters and digits that no other run uses.
pub(super) fn run_letters(node: &Node) -> String {
    node.shared.globals.invocation_id.chars().filter(char::is_ascii_alphanumeric).take(8).collect()
}

/// `retype_column(sql)`: runs an `alter table ... alter column ... type`; false, and nothing done, where views forbid it.
pub(super) fn retype_column(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [sql] = bind("retype_column", arguments, ["sql"], 1)?;
    let sql = sql.unwrap_or_default().to_string();
    let sql = comment::with(node, &sql).map_err(raise)?;
    let mut session = session(node)?;
    let retype = |session: &mut Session| {
        if !session.has_begun() {
            session.begin()?;
        }
        door::run_unless_read(session, Statement::new(sql))
    };
    retype(&mut session).map(Value::from).map_err(|err| raise(place::placed(node, err)))
}

/// `copy_seed(relation, agate_table)`: all rows of the file; gives back their number.
pub(super) fn copy_seed(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [relation, table] = bind("copy_seed", arguments, ["relation", "agate_table"], 2)?;
    let relation = RelationValue::of(relation.as_ref(), "copy_seed")?;
    let table = table.unwrap_or_default();
    let Some(seed) = table.downcast_object_ref::<SeedTable>() else {
        return Err(fail("copy_seed() takes the table of load_agate_table()"));
    };
    let columns: Vec<String> = seed.shape.columns.iter().map(|column| column_name(node, &column.name)).collect();
    let sql = format!("copy {relation} ({}) from stdin", columns.join(", "));
    let sql = comment::with(node, &sql).map_err(raise)?;
    let mut session = session(node)?;
    copy(&mut session, seed, sql).map(Value::from).map_err(|err| raise(place::placed(node, err)))
}

fn copy(session: &mut Session, seed: &SeedTable, sql: String) -> crate::error::Result<u64> {
    if !session.has_begun() {
        session.begin()?;
    }
    let has_times = seed.shape.columns.iter().any(|column| column.kind == Kind::Timestamp);
    let zone = if has_times { time_zone(session)? } else { Tz::UTC };
    let mut copier = Copier::new(csv::open(&seed.file.path)?, &seed.shape, &seed.file.options, zone)?;
    let copied = session.copy_in(Statement::new(sql), &mut |buffer| copier.fill(buffer, PIECE));
    copied.map_err(|error| placed_in_file(error, seed))
}

/// The error with the line of the file that the server refused, and with what can be done about a value that does not fit.
fn placed_in_file(error: Error, seed: &SeedTable) -> Error {
    let context = error.details().iter().find(|(name, _)| *name == "CONTEXT").map(|(_, text)| text.clone());
    let Some((row, column)) = context.as_deref().and_then(row_and_column) else { return error };
    let line = csv::open(&seed.file.path).and_then(|file| csv::line_of_row(file, &seed.file.options, row));
    let error = match line {
        Ok(line) => error.at(seed.file.options.place(line)),
        Err(_) => error,
    };
    match column {
        Some(column) => error.hint(format!(
            "the column has a type that this value is not of: `column_types: {{{column}: ..}}` sets another one, and \
             `--full-refresh` makes the table anew from the file"
        )),
        None => error,
    }
}

/// What Postgres says in `COPY t, line 3, column b: "x"`.
fn row_and_column(context: &str) -> Option<(u64, Option<&str>)> {
    let (_, behind) = context.strip_prefix("COPY ")?.split_once(", line ")?;
    let digits = behind.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(behind.len());
    let column = behind[digits..].strip_prefix(", column ").and_then(|rest| rest.split_once(':')).map(|(name, _)| name);
    Some((behind[..digits].parse().ok()?, column))
}

fn column_name(node: &Node, name: &str) -> String {
    let quoted = Dict::of(node.config()).and_then(|config| config.get_str("quote_columns"));
    let is_plain = quoted.is_some_and(|quoted| matches!(bool::try_from(quoted), Ok(false)));
    if is_plain { name.to_owned() } else { name::quote(name) }
}

/// The time zone of the session; UTC for one that has no name.
fn time_zone(session: &mut Session) -> crate::error::Result<Tz> {
    let (_, rows) = session.query(Statement::new("show timezone"), None)?;
    let name = rows.rows.first().and_then(|row| row.first().cloned().flatten()).unwrap_or_default();
    Ok(name.parse().unwrap_or(Tz::UTC))
}
