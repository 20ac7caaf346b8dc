//! `drop_backup`: how a project's own materialization, which renames the old relation away, loses nothing that stands on it.

use std::sync::Arc;

use crate::error::Result;
use crate::jinja::{State, Value, bind, raise};
use crate::name::{self, Relation};
use crate::postgres::publish::{self as door, Swap};
use crate::postgres::{Session, Statement};
use crate::template::comment;
use crate::template::function::Answer;
use crate::template::node::Node;
use crate::template::objects::RelationValue;

use super::execute::session;
use super::place;
use super::publish::run_letters;
use super::relations::cache;

/// `drop_backup(backup_relation, current_relation)`: drops the backup; what stands on it is put on the current relation before.
///
/// Where no transaction is open, it has one of its own.
pub(super) fn drop_backup(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [backup, current] = bind("drop_backup", arguments, ["backup_relation", "current_relation"], 2)?;
    let backup = RelationValue::of(backup.as_ref(), "drop_backup")?;
    let current = RelationValue::of(current.as_ref(), "drop_backup")?;
    let drop = format!("drop {} if exists {backup}", backup.kind.unwrap_or(name::RelationKind::Table).ddl());
    let drop = Statement::new(comment::with(node, &drop).map_err(raise)?);
    let made_later = node.runtime.as_ref().map(|runtime| runtime.behind.all()).unwrap_or_default();
    let aside =
        named_like(&current, &name::with_suffix(current.identifier.as_deref().unwrap_or_default(), "__dbt_tmp"));
    let swap = Swap { new: &aside, target: &current, run: &run_letters(node), made_later: &made_later };
    let mut session = session(node)?;
    let is_alone = !session.has_begun();
    let run = |session: &mut Session| -> Result<()> {
        if is_alone {
            session.begin()?;
        }
        if !door::run_unless_read(session, drop)? {
            // Back to where both stood before the renames, and from there as every other swap.
            session.run(renamed(&current, &aside))?;
            session.run(renamed(&backup, &current))?;
            door::publish(session, &swap)?;
        }
        if is_alone { session.commit() } else { Ok(()) }
    };
    run(&mut session).map_err(|err| raise(place::placed(node, err)))?;
    drop_from_cache(node, &backup)
}

fn drop_from_cache(node: &Arc<Node>, backup: &Relation) -> Answer {
    cache(node)?.remove(backup);
    Ok(Value::from(()))
}

fn named_like(relation: &Relation, identifier: &str) -> Relation {
    Relation { identifier: Some(identifier.to_owned()), ..relation.clone() }
}

/// `alter table` renames views too.
fn renamed(from: &Relation, to: &Relation) -> Statement {
    let to = name::quote(to.identifier.as_deref().unwrap_or_default());
    Statement::new(format!("alter table {from} rename to {to}"))
}
