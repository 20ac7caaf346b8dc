//! Dropping a relation without dropping what stands on it, and names that a doomed relation gives up early.

use super::super::catalog::{local_name, regclass};
use super::super::session::Session;
use super::super::statement::Statement;
use super::scene::{self, Depth};
use super::swap::{Misfit, refused};
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

/// Drops a relation, if it exists, never what stands on it, except relations in `made_later`.
///
/// With an empty `made_later` it travels with the next statement, and the refusal shows up there.
///
/// # Errors
///
/// `Database` when something else stands on it; it names what and whose it is.
pub fn drop_relation(session: &mut Session, relation: &Relation, made_later: &[Relation]) -> Result<()> {
    let kind = relation.kind.unwrap_or(RelationKind::Table);
    let last = format!("drop {} if exists {}", kind.ddl(), local_name(relation));
    if made_later.is_empty() || kind == RelationKind::Function {
        return session.run(Statement::new(last));
    }
    let scene = scene::read(session, relation, None, Depth::Outlines)?;
    let stays = scene.dependants().filter(|standing| !made_later.iter().any(|relation| standing.is(relation)));
    let mut misfits: Vec<Misfit> =
        stays.map(|standing| Misfit { words: standing.words(), reason: "stands on it".to_owned() }).collect();
    misfits.extend(scene.obstacles.iter().map(Misfit::of_obstacle));
    misfits.extend(scene.foreign_keys.iter().map(|key| Misfit::of_foreign_key(key, "points at it")));
    if !misfits.is_empty() {
        return Err(refused(relation, "dropped", &misfits));
    }
    let dependants: Vec<_> = scene.dependants().collect();
    for standing in dependants.iter().rev() {
        session.run(Statement::new(format!("drop {} {}", standing.kind.ddl(), standing.sql_name())))?;
    }
    session.run(Statement::new(last))
}
