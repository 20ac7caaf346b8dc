//! The statements of a swap, decided without a server.

use std::collections::{BTreeMap, BTreeSet};

use super::scene::{Follower, Kind, Scene, Standing};
use crate::name::{literal, quote, with_suffix};

/// How a relation that stands on another one gets onto the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// `create or replace view`, which keeps owner, privileges, comments, and whatever stands on it.
    Replace,
    /// Made anew beside itself, with everything that it had, under its name; then the old one is dropped.
    Rebuild,
    /// Dropped: it does not fit, and this run makes it again later.
    Drop,
    /// Left alone, as no way was found; the swap cannot be done, and goes on only to find out what else does not fit.
    Hopeless,
}

/// A statement and the relation in `Scene::standing` for whose sake it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) subject: Option<usize>,
    pub(super) sql: String,
}

/// Names of a swap, as SQL where not said otherwise.
#[derive(Debug, Clone)]
pub(super) struct Names<'a> {
    /// The new relation where it was built, with its schema.
    pub(super) new: String,
    /// What it is.
    pub(super) new_kind: Kind,
    /// The target with its schema.
    pub(super) target: String,
    /// The target's name alone.
    pub(super) target_alone: String,
    /// What the names of relations that are about to be dropped end in; not SQL.
    pub(super) suffix: &'a str,
}

/// The dependants to touch, by their place in `Scene::standing` and in its order, with how; `forced` overrides the usual way.
pub(super) fn touched(scene: &Scene, forced: &BTreeMap<usize, Mode>) -> Vec<(usize, Mode)> {
    let mut found = Vec::new();
    let mut changed: BTreeSet<&str> = scene.target.as_deref().into_iter().collect();
    let mut gone: BTreeSet<&str> = BTreeSet::new();
    for (at, standing) in scene.standing.iter().enumerate() {
        let stands_on_changed = standing.parents.iter().any(|parent| changed.contains(parent.as_str()));
        if Some(&standing.oid) == scene.target.as_ref() || !stands_on_changed {
            continue;
        }
        let usual = if standing.kind == Kind::View { Mode::Replace } else { Mode::Rebuild };
        let stands_on_gone = standing.parents.iter().any(|parent| gone.contains(parent.as_str()));
        let usual = if stands_on_gone { Mode::Drop } else { usual };
        let mode = forced.get(&at).copied().unwrap_or(usual);
        match mode {
            Mode::Drop => {
                changed.insert(&standing.oid);
                gone.insert(&standing.oid);
            }
            Mode::Rebuild => _ = changed.insert(&standing.oid),
            Mode::Replace | Mode::Hopeless => {}
        }
        found.push((at, mode));
    }
    found
}

/// The statements that give an old view the query of the new one, where its columns allow it: whatever stands on it stays as it is.
///
/// A view whose query is the same is not touched, so that its readers need not wait.
pub(super) fn in_place(scene: &Scene, names: &Names<'_>) -> Option<Vec<String>> {
    let (old, new) = (scene.old_shape.as_ref()?, scene.new_shape.as_ref()?);
    let (Some(_), Some(definition)) = (&old.definition, &new.definition) else { return None };
    let are_views = scene.old()?.kind == Kind::View && names.new_kind == Kind::View;
    if !are_views || !new.columns.starts_with(&old.columns) {
        return None;
    }
    let drop = format!("drop view {}", names.new);
    if old == new {
        return Some(vec![drop]);
    }
    let replace = format!("create or replace view {}{} as\n{definition}", names.target, with(&new.options));
    Some(vec![replace, drop])
}

/// Locks on all that stands on the target, which are to be taken before anything is read that must stay so.
///
/// A reader locks a view before what it reads, so we do, and two swaps with views in common must lock them in one order: younger
/// ones first is near enough to both. Views of roles that we may not act for are not locked; to touch one is refused later.
pub(super) fn locks(scene: &Scene) -> Vec<String> {
    let mut found: Vec<&Standing> = scene.dependants().filter(|standing| standing.is_ours).collect();
    found.sort_by_key(|standing| std::cmp::Reverse(standing.oid.parse::<u32>().unwrap_or_default()));
    let keys = scene.foreign_keys.iter().map(|key| format!("lock table {} in access exclusive mode", key.table()));
    found.into_iter().map(lock).chain(keys).collect()
}

/// Everything from the renaming to the last drop.
pub(super) fn steps(scene: &Scene, names: &Names<'_>, touched: &[(usize, Mode)]) -> Vec<Step> {
    let mut steps = Vec::new();
    let own = |steps: &mut Vec<Step>, sql: String| steps.push(Step { subject: None, sql });
    if let Some(old) = scene.old() {
        let backup = quote(&with_suffix(&old.name, names.suffix));
        own(&mut steps, format!("alter {} {} rename to {backup}", old.kind.ddl(), old.sql_name()));
        own(&mut steps, format!("alter {} {} rename to {}", names.new_kind.ddl(), names.new, names.target_alone));
        for sql in inherited(scene, old, names) {
            own(&mut steps, sql);
        }
    }
    for (at, mode) in touched {
        let standing = &scene.standing[*at];
        let statements = match mode {
            Mode::Replace => vec![create(standing, "create or replace view")],
            Mode::Rebuild => rebuild(scene, standing, names.suffix),
            Mode::Drop | Mode::Hopeless => Vec::new(),
        };
        steps.extend(statements.into_iter().map(|sql| step(*at, sql)));
    }
    if touched.iter().any(|(_, mode)| *mode == Mode::Hopeless) {
        return steps;
    }
    for key in &scene.foreign_keys {
        own(&mut steps, format!("alter table {} drop constraint {}", key.table(), quote(&key.name)));
    }
    for (at, mode) in touched.iter().rev() {
        if let Some(sql) = drop(&scene.standing[*at], *mode, names.suffix) {
            steps.push(step(*at, sql));
        }
    }
    if let Some(old) = scene.old() {
        own(&mut steps, format!("drop {} {}", old.kind.ddl(), backup(old, names.suffix)));
    }
    for sql in renames(scene, names) {
        own(&mut steps, sql);
    }
    steps
}

/// Gives parts that Postgres named after the new relation's first name the names they would have had under its last one.
pub(super) fn renames(scene: &Scene, names: &Names<'_>) -> Vec<String> {
    let schema = names.target.strip_suffix(&names.target_alone).unwrap_or_default();
    let rename = |part: &super::scene::Renamed| {
        let (name, wanted) = (quote(&part.name), quote(&part.wanted));
        match part.what.as_str() {
            "constraint" => format!("alter table {} rename constraint {name} to {wanted}", names.target),
            what => format!("alter {what} {schema}{name} rename to {wanted}"),
        }
    };
    scene.renamed.iter().map(rename).collect()
}

/// A statement that makes `follower` on `relation` unless it is there by then.
pub(super) fn follow(follower: &Follower, relation: &str) -> String {
    let is_there = follower.is_there.replacen('$', &format!("{}::regclass", literal(relation)), 1);
    let body = format!(
        "begin
  if not exists ({is_there}) then
    {};
  end if;
exception when others then
  raise exception '%', {} || sqlerrm using errcode = sqlstate;
end",
        follower.statement,
        literal(&format!("{} {} cannot be put on the new {relation}: ", follower.what, quote(&follower.name)))
    );
    format!("do {}", literal(&body))
}

/// Owner, privileges and guards of the old relation for the new one, which bears the target's name by now.
fn inherited(scene: &Scene, old: &Standing, names: &Names<'_>) -> Vec<String> {
    let mut statements = Vec::new();
    if old.owner != scene.user && old.owner_may_create {
        statements.push(format!("alter {} {} owner to {}", names.new_kind.ddl(), names.target, quote(&old.owner)));
    }
    statements.extend(grants(old, &names.target, names.new_kind == old.kind));
    if names.new_kind == Kind::Table && old.has_policies {
        statements.push(format!("alter table {} enable row level security", names.target));
    }
    if names.new_kind == Kind::Table && old.forces_policies {
        statements.push(format!("alter table {} force row level security", names.target));
    }
    if names.new_kind == Kind::Table && old.kind == Kind::Table && old.replica_identity == "f" {
        statements.push(format!("alter table {} replica identity full", names.target));
    }
    statements
}

fn step(at: usize, sql: String) -> Step {
    Step { subject: Some(at), sql }
}

fn backup(standing: &Standing, suffix: &str) -> String {
    format!("{}.{}", quote(&standing.schema), quote(&with_suffix(&standing.name, suffix)))
}

/// Locks the relation alone and changes nothing; `lock table` would lock all that a view reads too.
fn lock(standing: &Standing) -> String {
    format!("alter {} {} owner to {}", standing.kind.ddl(), standing.sql_name(), quote(&standing.owner))
}

fn create(standing: &Standing, words: &str) -> String {
    let with = with(&standing.options);
    let definition = standing.definition.as_deref().unwrap_or_default();
    let data = if standing.is_populated || standing.kind != Kind::MaterializedView { "" } else { "\nwith no data" };
    format!("{words} {}{with} as\n{definition}{data}", standing.sql_name())
}

/// The clause for `options`, each `key=value`, with a blank before it.
fn with(options: &[String]) -> String {
    let pairs = options.iter().filter_map(|option| option.split_once('='));
    let options: Vec<String> = pairs.map(|(key, value)| format!("{key} = {}", literal(value))).collect();
    if options.is_empty() { String::new() } else { format!(" with ({})", options.join(", ")) }
}

fn rebuild(scene: &Scene, standing: &Standing, suffix: &str) -> Vec<String> {
    let (kind, name) = (standing.kind.ddl(), standing.sql_name());
    let alone = quote(&with_suffix(&standing.name, suffix));
    let mut statements = vec![format!("alter {kind} {name} rename to {alone}")];
    for index in &standing.indexes {
        let away = quote(&with_suffix(&index.name, suffix));
        statements.push(format!("alter index {}.{} rename to {away}", quote(&standing.schema), quote(&index.name)));
    }
    statements.push(create(standing, &format!("create {kind}")));
    statements.extend(standing.indexes.iter().map(|index| index.definition.clone()));
    if standing.owner != scene.user {
        statements.push(format!("alter {kind} {name} owner to {}", quote(&standing.owner)));
    }
    statements.extend(grants(standing, &name, true));
    for comment in &standing.comments {
        let on = match &comment.column {
            Some(column) => format!("column {name}.{}", quote(column)),
            None => format!("{kind} {name}"),
        };
        statements.push(format!("comment on {on} is {}", literal(&comment.text)));
    }
    let followers = scene.followers.iter().filter(|follower| follower.stands_on == standing.oid);
    statements.extend(followers.map(|follower| follower.statement.clone()));
    statements
}

/// The privileges on `standing` for the relation `name`; those on columns only where it has the same ones for certain.
fn grants(standing: &Standing, name: &str, has_same_columns: bool) -> Vec<String> {
    let wanted = standing.grants.iter().filter(|grant| grant.column.is_none() || has_same_columns);
    let statement = |grant: &super::scene::Grant| {
        let column = grant.column.as_ref().map_or(String::new(), |column| format!(" ({})", quote(column)));
        let grantee = grant.grantee.as_ref().map_or("public".to_owned(), |role| quote(role));
        let option = if grant.is_grantable { " with grant option" } else { "" };
        format!("grant {}{column} on {name} to {grantee}{option}", grant.privilege)
    };
    wanted.map(statement).collect()
}

fn drop(standing: &Standing, mode: Mode, suffix: &str) -> Option<String> {
    match mode {
        Mode::Rebuild => Some(format!("drop {} {}", standing.kind.ddl(), backup(standing, suffix))),
        Mode::Drop => Some(format!("drop {} {}", standing.kind.ddl(), standing.sql_name())),
        Mode::Replace | Mode::Hopeless => None,
    }
}

/// A statement that adds a foreign key, for the end of the transaction: without a unique key to point at it does nothing.
pub(super) fn try_key(add: &str) -> String {
    format!(
        "do $kiln$ begin {add}; exception when invalid_foreign_key or undefined_table or duplicate_object then null; end $kiln$"
    )
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A scene as the server would tell it: each of `views` is (oid, relkind, parents).
    pub(in super::super) fn scene(views: &[(&str, &str, &[&str])]) -> Scene {
        let standing = |(oid, kind, parents): &(&str, &str, &[&str])| {
            serde_json::json!({
                "oid": oid, "schema": "s", "name": format!("n{oid}"), "kind": kind, "owner": "bob", "is_ours": true,
                "owner_may_create": true, "is_populated": true, "has_policies": false, "forces_policies": false,
                "replica_identity": "d", "options": ["security_barrier=true"], "definition": "select 1",
                "parents": parents, "grants": [], "comments": [], "indexes": [],
            })
        };
        let mut all = vec![standing(&("1", "r", &[]))];
        all.extend(views.iter().map(standing));
        serde_json::from_value(serde_json::json!({
            "user": "ann", "target": "1", "new": "9", "standing": all, "obstacles": [],
            "foreign_keys": [], "followers": [], "renamed": [],
        }))
        .unwrap()
    }

    #[test]
    fn only_what_stands_on_something_remade_is_touched() {
        let scene = scene(&[("2", "v", &["1"]), ("3", "m", &["1"]), ("4", "v", &["2"]), ("5", "v", &["3"])]);
        let found = touched(&scene, &BTreeMap::new());
        assert_eq!(found, [(1, Mode::Replace), (2, Mode::Rebuild), (4, Mode::Replace)]);
        let forced = touched(&scene, &BTreeMap::from([(1, Mode::Rebuild)]));
        assert_eq!(forced.len(), 4);
    }

    #[test]
    fn views_are_locked_before_and_nothing_is_dropped_in_a_cascade() {
        let scene = scene(&[("2", "v", &["1"])]);
        let names = Names {
            new: "\"s\".\"tmp\"".into(),
            new_kind: Kind::Table,
            target: "\"s\".\"n1\"".into(),
            target_alone: "\"n1\"".into(),
            suffix: "__old_x",
        };
        assert_eq!(locks(&scene), ["alter view \"s\".\"n2\" owner to \"bob\""]);
        let steps = steps(&scene, &names, &touched(&scene, &BTreeMap::new()));
        let sql: Vec<&str> = steps.iter().map(|step| step.sql.as_str()).collect();
        assert_eq!(
            sql,
            [
                "alter table \"s\".\"n1\" rename to \"n1__old_x\"",
                "alter table \"s\".\"tmp\" rename to \"n1\"",
                "alter table \"s\".\"n1\" owner to \"bob\"",
                "create or replace view \"s\".\"n2\" with (security_barrier = 'true') as\nselect 1",
                "drop table \"s\".\"n1__old_x\"",
            ]
        );
    }
}
