//! What goes before a drop, so that nothing is dropped with it unasked; and names that a doomed relation gives up early.

use std::collections::BTreeSet;

use super::super::catalog::regclass;
use super::super::session::Session;
use super::super::statement::Statement;
use super::scene::{self, Depth, Scene, Standing};
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

/// Drops what stands on `relation` where all of it is among `made_later`, so that the caller can drop `relation` itself.
///
/// Where something else stands on it nothing is dropped, and Postgres will refuse the caller's drop and name what it is.
/// Gives back what was dropped.
///
/// # Errors
///
/// `Database` when one of them cannot be dropped.
pub fn drop_made_later(session: &mut Session, relation: &Relation, made_later: &[Relation]) -> Result<Vec<Relation>> {
    if made_later.is_empty() || relation.kind == Some(RelationKind::Function) {
        return Ok(Vec::new());
    }
    let scene = scene::read(session, relation, None, Depth::Outlines)?;
    let goes = |standing: &Standing| made_later.iter().any(|relation| standing.is(relation));
    if !scene.obstacles.is_empty() || !scene.foreign_keys.is_empty() || !scene.dependants().all(goes) {
        return Ok(Vec::new());
    }
    drop_views(session, relation, scene.dependants())
}

/// Drops those of `own` that stand on `relation`, with whatever of `own` stands on them; gives back which.
///
/// One that something else stands on, or that this session may not drop, stays.
///
/// # Errors
///
/// `Database` when one of them cannot be dropped.
pub fn drop_own(session: &mut Session, relation: &Relation, own: &[Relation]) -> Result<Vec<Relation>> {
    if own.is_empty() {
        return Ok(Vec::new());
    }
    let scene = scene::read(session, relation, None, Depth::Outlines)?;
    drop_views(session, relation, removable(&scene, own).into_iter())
}

/// Those of `own` on which nothing stands that stays, each after everything that it reads.
fn removable<'s>(scene: &'s Scene, own: &[Relation]) -> Vec<&'s Standing> {
    let mut held: BTreeSet<&str> = scene.obstacles.iter().map(|obstacle| obstacle.stands_on.as_str()).collect();
    held.extend(scene.followers.iter().map(|follower| follower.stands_on.as_str()));
    let mut going = Vec::new();
    for standing in scene.dependants().rev() {
        let is_own = own.iter().any(|relation| standing.is(relation));
        if is_own && standing.is_ours && !held.contains(standing.oid.as_str()) {
            going.push(standing);
        } else {
            held.extend(standing.parents.iter().map(String::as_str));
        }
    }
    going.reverse();
    going
}

fn drop_views<'s>(
    session: &mut Session,
    relation: &Relation,
    views: impl DoubleEndedIterator<Item = &'s Standing>,
) -> Result<Vec<Relation>> {
    let mut dropped = Vec::new();
    for standing in views.rev() {
        session.run(Statement::new(format!("drop {} {}", standing.kind.ddl(), standing.sql_name())))?;
        dropped.push(standing.relation(relation));
    }
    Ok(dropped)
}

#[cfg(test)]
mod tests {
    use super::super::plan::tests::scene;
    use super::*;

    #[test]
    fn what_something_else_stands_on_stays() {
        let own: Vec<Relation> = ["n2", "n3", "n4"].map(|name| Relation::new("d", "s", name)).to_vec();
        let names = |scene: &Scene| {
            let going = removable(scene, &own);
            going.iter().map(|standing| standing.name.clone()).collect::<Vec<String>>().join(" ")
        };
        assert_eq!(names(&scene(&[("2", "v", &["1"]), ("3", "v", &["2"]), ("4", "m", &["1"])])), "n2 n3 n4");
        // One of somebody else's, on top of two of ours.
        assert_eq!(
            names(&scene(&[("2", "v", &["1"]), ("3", "v", &["2"]), ("4", "v", &["1"]), ("5", "v", &["3"])])),
            "n4"
        );
    }
}
