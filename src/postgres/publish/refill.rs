//! The way round a swap: the old table stays, with all that stands on it, and takes the rows of the new one; a materialized view
//! with the same query is refreshed.
//!
//! Nothing that stands on it is touched, so it may belong to anybody. It takes longer than a swap; where the columns are the same,
//! readers have the old rows meanwhile, and nobody waits.

use super::super::catalog::local_name;
use super::super::session::Session;
use super::super::statement::Statement;
use super::Published;
use super::plan::Names;
use super::scene::{Index, Kind, Scene, Shape, Standing};
use crate::error::Result;
use crate::name::{Relation, quote};

/// Of a type's own, or of a type that has none: pg_type.typcollation.
const USUAL_COLLATIONS: [&str; 2] = ["0", "100"];

/// The statements, in two parts: those that may wait for a lock, and the rest.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refill {
    locks: Vec<String>,
    steps: Vec<String>,
}

/// How the old table becomes what the new one is; none where it cannot: other columns, or terms that it does not have.
pub(super) fn plan(scene: &Scene, names: &Names<'_>) -> Option<Refill> {
    let (old, new) = (scene.old_shape.as_ref()?, scene.new_shape.as_ref()?);
    let standing = scene.old()?;
    if standing.is_ours && standing.kind == Kind::MaterializedView && names.new_kind == Kind::MaterializedView {
        return refreshed(names, (old, new));
    }
    let are_tables = standing.kind == Kind::Table && names.new_kind == Kind::Table;
    // These would act on each row, which a swap does not let them.
    let acts = |follower: &super::scene::Follower| {
        follower.stands_on == standing.oid && ["trigger", "rule"].contains(&follower.what.as_str())
    };
    let is_in_the_way = standing.forces_policies || scene.followers.iter().any(acts) || !scene.foreign_keys.is_empty();
    let has_terms = new.terms.iter().all(|term| old.terms.contains(term));
    if !standing.is_ours || !are_tables || is_in_the_way || !has_terms || !new.columns.starts_with(&old.columns) {
        return None;
    }
    let added = &new.columns[old.columns.len()..];
    if added.iter().any(|[_, _, collation]| !USUAL_COLLATIONS.contains(&collation.as_str())) {
        return None;
    }
    Some(Refill { locks: locks(names, added), steps: steps(names, (old, new)) })
}

/// A materialized view with the same query needs no other way to get new rows than its own.
fn refreshed(names: &Names<'_>, (old, new): (&Shape, &Shape)) -> Option<Refill> {
    if (&old.definition, &old.columns, &old.options) != (&new.definition, &new.columns, &new.options) {
        return None;
    }
    let locks = vec![format!("refresh materialized view {}", names.target)];
    let mut steps = vec![format!("drop materialized view {}", names.new)];
    steps.extend(missing_indexes(names, old, new));
    Some(Refill { locks, steps })
}

fn locks(names: &Names<'_>, added: &[[String; 3]]) -> Vec<String> {
    let target = &names.target;
    let adds = added.iter().map(|[name, kind, _]| format!("alter table {target} add column {} {kind}", quote(name)));
    let mut locks = vec![format!("lock table only {target} in share row exclusive mode")];
    locks.extend(adds);
    // Once readers have to wait for new columns, they need not be kept from seeing none.
    locks.push(match added.is_empty() {
        true => format!("delete from only {target}"),
        false => format!("truncate only {target}"),
    });
    locks
}

fn steps(names: &Names<'_>, (old, new): (&Shape, &Shape)) -> Vec<String> {
    let (target, source) = (&names.target, &names.new);
    let columns: Vec<String> = new.columns.iter().map(|[name, ..]| quote(name)).collect();
    let columns = columns.join(", ");
    let mut steps = vec![
        format!("insert into {target} ({columns}) select {columns} from {source}"),
        format!("drop table {source}"),
    ];
    steps.extend(missing_indexes(names, old, new));
    steps
}

/// The indexes that the new one has and the old one has not.
fn missing_indexes(names: &Names<'_>, old: &Shape, new: &Shape) -> Vec<String> {
    let known: Vec<_> = old.indexes.iter().filter_map(terms_of).collect();
    let missing = new.indexes.iter().filter_map(|index| Some((index, terms_of(index)?)));
    let create = |(index, (unique, terms)): (&Index, (&str, &str))| {
        format!("create {unique}index {} on {} using {terms}", quote(&index.name), names.target)
    };
    missing.filter(|(_, terms)| !known.contains(terms)).map(create).collect()
}

/// Whether an index is unique, as a word, and what it says behind the name of its table.
fn terms_of(index: &Index) -> Option<(&str, &str)> {
    let unique = if index.definition.starts_with("CREATE UNIQUE ") { "unique " } else { "" };
    index.definition.split_once(" USING ").map(|(_, terms)| (unique, terms))
}

/// Does it.
pub(super) fn refill(session: &mut Session, target: &Relation, old: &Standing, refill: &Refill) -> Result<Published> {
    tracing::info!("{} is filled anew, as other roles have put things on it", local_name(target));
    for sql in &refill.locks {
        session.run(Statement::new(sql.clone()))?;
    }
    session.flush()?;
    for sql in &refill.steps {
        session.run(Statement::new(sql.clone()))?;
    }
    session.flush()?;
    Ok(Published { replaced: true, kept_grants: !old.grants.is_empty(), ..Published::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A scene with a view of somebody else's on a table, and a new table with `columns` and `terms`.
    fn scene(columns: &[(&str, &str)], terms: &[&str]) -> Scene {
        let shape = |columns: &[(&str, &str)], terms: &[&str], index: &str| {
            serde_json::json!({
                "options": [], "definition": null, "terms": terms,
                "columns": columns.iter().map(|(name, kind)| [*name, *kind, "0"]).collect::<Vec<_>>(),
                "indexes": [{"name": format!("i_{index}"), "definition": format!("CREATE INDEX x ON s.t USING btree ({index})")}],
            })
        };
        let standing = |oid: &str, kind: &str, is_ours: bool, parents: &[&str]| {
            serde_json::json!({
                "oid": oid, "schema": "s", "name": format!("n{oid}"), "kind": kind, "owner": "bob", "is_ours": is_ours,
                "owner_may_create": true, "is_populated": true, "has_policies": false, "forces_policies": false,
                "replica_identity": "d", "options": [], "definition": "select 1",
                "parents": parents, "grants": [], "comments": [], "indexes": [],
            })
        };
        serde_json::from_value(serde_json::json!({
            "user": "ann", "target": "1", "new": "9", "obstacles": [], "foreign_keys": [], "followers": [], "renamed": [],
            "standing": [standing("1", "r", true, &[]), standing("2", "v", false, &["1"])],
            "old_shape": shape(&[("id", "integer")], &["kind r"], "id"), "new_shape": shape(columns, terms, "other"),
        }))
        .unwrap()
    }

    fn statements(columns: &[(&str, &str)], terms: &[&str]) -> Option<Vec<String>> {
        let names = Names {
            new: "s.tmp".into(),
            new_kind: Kind::Table,
            target: "s.t".into(),
            target_alone: "t".into(),
            suffix: "__old",
        };
        plan(&scene(columns, terms), &names).map(|refill| [refill.locks, refill.steps].concat())
    }

    #[test]
    fn rows_and_new_indexes_are_taken_over() {
        assert_eq!(
            statements(&[("id", "integer")], &["kind r"]).unwrap(),
            [
                "lock table only s.t in share row exclusive mode",
                "delete from only s.t",
                "insert into s.t (\"id\") select \"id\" from s.tmp",
                "drop table s.tmp",
                "create index \"i_other\" on s.t using btree (other)",
            ]
        );
    }

    #[test]
    fn a_new_column_is_added() {
        let statements = statements(&[("id", "integer"), ("more", "text")], &[]).unwrap();
        assert_eq!(statements[1..3], ["alter table s.t add column \"more\" text", "truncate only s.t"]);
    }

    #[test]
    fn other_columns_or_terms_that_are_not_there_need_a_swap() {
        assert_eq!(statements(&[("id", "bigint")], &["kind r"]), None);
        assert_eq!(statements(&[("id", "integer")], &["kind r", "PRIMARY KEY (id)"]), None);
    }
}
