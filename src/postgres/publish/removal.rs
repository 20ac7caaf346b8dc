//! What goes before a drop, so that nothing is dropped with it unasked; and names that a doomed relation gives up early.

use super::super::catalog::regclass;
use super::super::session::Session;
use super::super::statement::Statement;
use super::scene::{self, Depth, Standing};
use crate::error::Result;
use crate::name::{Relation, RelationKind, literal};

/// Gives the indexes of `target`, if it exists, other names until it is dropped, so that a relation built aside can use theirs.
///
/// Travels with the next statement. Readers and writers of the target go on.
///
/// # Errors
///
/// `Database` when the indexes belong to a role that this session may not act for.
pub fn free_index_names(session: &mut Session, target: &Relation, run: &str) -> Result<()> {
    let body = format!(
        "declare
  taken record;
begin
  for taken in
    select indexrelid::regclass as name, md5(indexrelid::text) as hash
    from pg_catalog.pg_index
    where indrelid = {}
  loop
    execute format('alter index %s rename to %I', taken.name, 'i' || taken.hash || {});
  end loop;
end",
        regclass(target),
        literal(&suffix(run))
    );
    session.run(Statement::new(format!("do {}", literal(&body))))
}

/// What the names of relations that are about to be dropped end in.
pub(super) fn suffix(run: &str) -> String {
    format!("__old_{}", run.get(..16).unwrap_or(run))
}

/// Drops what stands on `relation` where this run makes all of it later, so that the caller can drop `relation` itself.
///
/// Where something else stands on it nothing is dropped, and Postgres will refuse the caller's drop and name what it is.
///
/// # Errors
///
/// `Database` when one of them cannot be dropped.
pub fn drop_made_later(session: &mut Session, relation: &Relation, made_later: &[Relation]) -> Result<()> {
    if made_later.is_empty() || relation.kind == Some(RelationKind::Function) {
        return Ok(());
    }
    let scene = scene::read(session, relation, None, Depth::Outlines)?;
    let goes = |standing: &Standing| made_later.iter().any(|relation| standing.is(relation));
    if !scene.obstacles.is_empty() || !scene.foreign_keys.is_empty() || !scene.dependants().all(goes) {
        return Ok(());
    }
    let dependants: Vec<&Standing> = scene.dependants().collect();
    for standing in dependants.iter().rev() {
        session.run(Statement::new(format!("drop {} {}", standing.kind.ddl(), standing.sql_name())))?;
    }
    Ok(())
}
