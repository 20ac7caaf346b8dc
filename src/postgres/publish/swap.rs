//! The swap: find a way for everything that stands on the old relation, then do it in one go.

use std::collections::{BTreeMap, BTreeSet};

use super::super::catalog::local_name;
use super::super::refusal::{Refusal, has_code};
use super::super::session::Session;
use super::super::statement::{Origin, Statement};
use super::plan::{self, Mode, Names};
use super::refill;
use super::removal::suffix;
use super::scene::{self, Depth, ForeignKey, Kind, Obstacle, Scene, Standing};
use super::{Published, Swap, attempt};
use crate::error::{Error, Result};
use crate::name::{Relation, RelationKind, literal, quote};

/// Marks of our statements, far from those that callers count up from zero.
const FIRST_ORIGIN: u64 = 1 << 62;

/// The savepoint before the first way that is tried.
const WAY: &str = "kiln_way";

/// Something that forbids to replace or drop a relation.
pub(super) struct Misfit {
    /// What and whose it is.
    pub(super) words: String,
    pub(super) reason: String,
}

impl Misfit {
    pub(super) fn of_obstacle(obstacle: &Obstacle) -> Misfit {
        let owner = obstacle.owner.as_ref().map_or(String::new(), |owner| format!(" of role {owner}"));
        Misfit { words: format!("{}{owner}", obstacle.what), reason: "cannot be carried over".to_owned() }
    }

    pub(super) fn of_foreign_key(key: &ForeignKey, reason: &str) -> Misfit {
        let words = format!("foreign key {} of table {} of role {}", quote(&key.name), key.table(), key.owner);
        Misfit { words, reason: reason.to_owned() }
    }
}

/// The error for a relation that cannot be `done` something with because of `misfits`.
pub(super) fn refused(relation: &Relation, done: &str, misfits: &[Misfit]) -> Error {
    let name = local_name(relation);
    let first = misfits.first().map_or(String::new(), |misfit| format!("{}: {}", misfit.words, misfit.reason));
    let rest = match misfits.len() {
        0 | 1 => String::new(),
        count => format!(", and {} more", count - 1),
    };
    let error = Error::database(format!("{name} cannot be {done} because of {first}{rest}"))
        .hint("change or drop what stands in the way, then build again; nothing has been changed");
    if misfits.len() < 2 {
        return error;
    }
    misfits.iter().fold(error, |error, misfit| error.detail("DETAIL", format!("{}: {}", misfit.words, misfit.reason)))
}

/// Puts `swap.new` at the name `swap.target` and carries dependants, owner, privileges, triggers and policies over.
///
/// # Errors
///
/// `Database` when something stands on the old relation that cannot be put on the new one; it names what and whose it is.
pub fn publish(session: &mut Session, swap: &Swap<'_>) -> Result<Published> {
    attempt::patiently(session, |session| try_to_publish(session, swap))
}

/// None when what stands there has changed between the looks before and behind the locks.
fn try_to_publish(session: &mut Session, swap: &Swap<'_>) -> Result<Option<Published>> {
    let suffix = suffix(swap.run);
    let names = names(swap, &suffix);
    let scene = scene::read(session, swap.target, Some(swap.new), Depth::Outlines)?;
    if scene.new.is_none() {
        return Err(Error::database(format!("relation {} does not exist", names.new)));
    }
    let Some(old) = scene.old() else {
        return publish_first(session, &scene, &names).map(Some);
    };
    if let Some(statements) = plan::in_place(&scene, &names) {
        publish_in_place(session, &statements)?;
        return Ok(Some(Published { replaced: true, kept_grants: !old.grants.is_empty(), ..Published::default() }));
    }
    let misfits = misfits(&scene, old);
    if (!misfits.is_empty() || has_untouchable(&scene))
        && let Some(refill) = refill::plan(&scene, &names)
    {
        return refill::refill(session, swap.target, old, &refill).map(Some);
    }
    if !misfits.is_empty() {
        return Err(refused(swap.target, "replaced", &misfits));
    }
    let Some(scene) = hold_still(session, swap, scene)? else { return Ok(None) };
    let Some(touched) = find_way(session, swap, &scene, &names)? else { return Ok(None) };
    let Some(old) = scene.old() else { return Ok(None) };
    let mut published = describe(swap, &scene, old, &touched);
    restore_foreign_keys(session, swap, &scene, &mut published)?;
    follow(session, &scene, old, &names, &mut published);
    Ok(Some(published))
}

/// Whether a view would have to be put on the new relation whose owner this session may not act for.
fn has_untouchable(scene: &Scene) -> bool {
    plan::touched(scene, &BTreeMap::new()).iter().any(|(at, _)| !scene.standing[*at].is_ours)
}

/// The scene with all queries, behind the locks that keep it as it is; none when it was not what `scene` had told.
fn hold_still(session: &mut Session, swap: &Swap<'_>, scene: Scene) -> Result<Option<Scene>> {
    let locks = plan::locks(&scene);
    if scene.dependants().next().is_none() && locks.is_empty() {
        return Ok(Some(scene));
    }
    for sql in locks {
        session.run(Statement::new(sql))?;
    }
    let held = scene::read(session, swap.target, Some(swap.new), Depth::Queries)?;
    Ok(Some(held).filter(|held| held.target == scene.target && outline(held) == outline(&scene)))
}

/// What stands on the target, to tell whether that has changed.
fn outline(scene: &Scene) -> BTreeSet<String> {
    let dependants = scene.dependants().map(|standing| standing.oid.clone());
    let keys = scene.foreign_keys.iter().map(|key| format!("{} {}", key.table(), key.name));
    dependants.chain(keys).collect()
}

fn names<'a>(swap: &Swap<'_>, suffix: &'a str) -> Names<'a> {
    let alone = Relation { schema: None, ..swap.target.clone() };
    let new_kind = match swap.new.kind {
        Some(RelationKind::View) => Kind::View,
        Some(RelationKind::MaterializedView) => Kind::MaterializedView,
        Some(RelationKind::External) => Kind::ForeignTable,
        Some(RelationKind::Table | RelationKind::Cte | RelationKind::Function) | None => Kind::Table,
    };
    Names {
        new: local_name(swap.new),
        new_kind,
        target: local_name(swap.target),
        target_alone: local_name(&alone),
        suffix,
    }
}

/// Nothing stands at the name: no lock to wait for, and everything travels with the next statement.
fn publish_first(session: &mut Session, scene: &Scene, names: &Names<'_>) -> Result<Published> {
    let rename = format!("alter {} {} rename to {}", names.new_kind.ddl(), names.new, names.target_alone);
    for sql in std::iter::once(rename).chain(plan::renames(scene, names)) {
        session.run(Statement::new(sql))?;
    }
    Ok(Published::default())
}

/// The old view gets the new one's query. Where that is the same there is no lock to wait for.
fn publish_in_place(session: &mut Session, statements: &[String]) -> Result<()> {
    for sql in statements {
        session.run(Statement::new(sql))?;
    }
    if statements.len() > 1 { session.flush() } else { Ok(()) }
}

/// What forbids the swap whatever way is taken.
fn misfits(scene: &Scene, old: &Standing) -> Vec<Misfit> {
    let mut misfits = Vec::new();
    if !old.is_ours {
        let reason = format!("may only be replaced by a member of that role, which {} is not", scene.user);
        misfits.push(Misfit { words: old.words(), reason });
    }
    if scene.dependants().any(|standing| Some(&standing.oid) == scene.new.as_ref()) {
        misfits
            .push(Misfit { words: "the new relation".to_owned(), reason: "reads the one that it replaces".to_owned() });
    }
    let in_the_way = scene.obstacles.iter().filter(|obstacle| obstacle.stands_on == old.oid);
    misfits.extend(in_the_way.map(Misfit::of_obstacle));
    let foreign = scene.foreign_keys.iter().filter(|key| !key.is_ours);
    misfits
        .extend(foreign.map(|key| Misfit::of_foreign_key(key, "belongs to a role that this session may not act for")));
    misfits
}

/// Tries the usual way for each dependant, then others for those that do not fit, until the whole swap is done.
///
/// None when something has come to stand there meanwhile, so that this run must look again.
fn find_way(
    session: &mut Session,
    swap: &Swap<'_>,
    scene: &Scene,
    names: &Names<'_>,
) -> Result<Option<Vec<(usize, Mode)>>> {
    let mut forced = BTreeMap::new();
    let mut misfits: BTreeMap<usize, Misfit> = BTreeMap::new();
    attempt::mark(session, WAY)?;
    loop {
        let touched = plan::touched(scene, &forced);
        for (at, mode) in &touched {
            let standing = &scene.standing[*at];
            if let Some(reason) = forbidden(swap, scene, standing, *mode) {
                forced.insert(*at, Mode::Hopeless);
                misfits.insert(*at, Misfit { words: standing.words(), reason });
            }
        }
        let touched = plan::touched(scene, &forced);
        let steps = plan::steps(scene, names, &touched);
        let origin = |subject: Option<usize>| Origin(FIRST_ORIGIN + subject.map_or(0, |at| at as u64 + 1));
        let statements = steps.into_iter().map(|step| Statement::from(step.sql, origin(step.subject)));
        let error = match send(session, statements) {
            Ok(()) if misfits.is_empty() => {
                attempt::unmark(session, WAY)?;
                return Ok(Some(touched));
            }
            Ok(()) => {
                let misfits: Vec<Misfit> = misfits.into_values().collect();
                return Err(refused(swap.target, "replaced", &misfits));
            }
            Err(error) if session.is_broken() || attempt::is_work_of_another(&error) => return Err(error),
            Err(error) => error,
        };
        attempt::back_to(session, WAY)?;
        // Something stands on the old relation that did not when this run looked, such as a foreign key of a table that another
        // session has just published.
        let Some(at) = subject(&error) else {
            let is_new = has_code(&error, &["2BP01"])
                && outline(&scene::read(session, swap.target, Some(swap.new), Depth::Outlines)?) != outline(scene);
            return if is_new { Ok(None) } else { Err(error) };
        };
        let mode = touched.iter().find(|(touched, _)| *touched == at).map_or(Mode::Hopeless, |(_, mode)| *mode);
        let next = next_way(swap, &scene.standing[at], mode, &error);
        if next == Mode::Hopeless {
            let misfit = Misfit { words: scene.standing[at].words(), reason: error.message().to_owned() };
            // A second failure of the same one would go on for ever.
            if misfits.insert(at, misfit).is_some() {
                return Err(error);
            }
        }
        forced.insert(at, next);
    }
}

fn send(session: &mut Session, statements: impl Iterator<Item = Statement>) -> Result<()> {
    for statement in statements {
        session.run(statement)?;
    }
    session.flush()
}

/// Why `standing` cannot be treated that way, before anything is tried.
fn forbidden(swap: &Swap<'_>, scene: &Scene, standing: &Standing, mode: Mode) -> Option<String> {
    let is_remade = match mode {
        Mode::Rebuild | Mode::Drop => true,
        Mode::Replace => false,
        Mode::Hopeless => return None,
    };
    if !standing.is_ours {
        return Some(format!("belongs to a role that {} is not a member of", scene.user));
    }
    if mode == Mode::Drop && !is_made_later(swap, standing) {
        return Some("stands on a view that must go".to_owned());
    }
    let obstacle = scene.obstacles.iter().find(|obstacle| is_remade && obstacle.stands_on == standing.oid);
    obstacle.map(|obstacle| format!("must be made anew, and {} stands on it", obstacle.what))
}

fn next_way(swap: &Swap<'_>, standing: &Standing, mode: Mode, error: &Error) -> Mode {
    // Columns changed so that the view cannot be replaced, but may well be made anew.
    let may_rebuild = mode == Mode::Replace && has_code(error, &["42P16"]);
    match mode {
        Mode::Replace | Mode::Rebuild if may_rebuild => Mode::Rebuild,
        Mode::Replace | Mode::Rebuild if is_made_later(swap, standing) => Mode::Drop,
        Mode::Replace | Mode::Rebuild | Mode::Drop | Mode::Hopeless => Mode::Hopeless,
    }
}

fn is_made_later(swap: &Swap<'_>, standing: &Standing) -> bool {
    swap.made_later.iter().any(|relation| standing.is(relation))
}

/// Place in `Scene::standing` of the dependant whose statement failed.
fn subject(error: &Error) -> Option<usize> {
    let Origin(mark) = Refusal::of(error)?.origin?;
    usize::try_from(mark.checked_sub(FIRST_ORIGIN + 1)?).ok()
}

fn describe(swap: &Swap<'_>, scene: &Scene, old: &Standing, touched: &[(usize, Mode)]) -> Published {
    let mut published = Published { replaced: true, kept_grants: !old.grants.is_empty(), ..Published::default() };
    for (at, mode) in touched {
        match mode {
            Mode::Replace | Mode::Rebuild => published.carried.push(scene.standing[*at].relation(swap.target)),
            Mode::Drop => published.dropped.push(scene.standing[*at].relation(swap.target)),
            Mode::Hopeless => {}
        }
    }
    published
}

/// Points the foreign keys of other tables at the new one; where its rows do not satisfy one, it holds for new rows only.
fn restore_foreign_keys(
    session: &mut Session,
    swap: &Swap<'_>,
    scene: &Scene,
    published: &mut Published,
) -> Result<()> {
    for key in &scene.foreign_keys {
        let name = quote(&key.name);
        let definition = key.definition.trim_end_matches(" NOT VALID");
        let add = format!("alter table {} add constraint {name} {definition}", key.table());
        let lax = format!("{add} not valid");
        attempt::mark(session, "kiln_key")?;
        session.run(Statement::new(if key.is_valid { &add } else { &lax }))?;
        let error = match session.flush() {
            Ok(()) => continue,
            Err(error) => error,
        };
        if session.is_broken() || attempt::is_work_of_another(&error) {
            return Err(error);
        }
        attempt::back_to(session, "kiln_key")?;
        let child = Relation::new("", &key.schema, &key.table_name);
        let is_made_later = swap.made_later.iter().any(|relation| {
            relation.identifier == child.identifier && (relation.schema == child.schema || relation.schema.is_none())
        });
        if key.is_valid && has_code(&error, &["23503"]) {
            session.run(Statement::new(lax))?;
            published.warnings.push(format!(
                "foreign key {name} of {} is not validated any more: rows of it point at none in {}",
                key.table(),
                local_name(swap.target)
            ));
        } else if is_made_later {
            continue;
        } else if has_code(&error, &["42830"]) {
            // A hook may still make the key that it points at; one of the project often does so at the end of the run only.
            session.before_commit(Statement::new(plan::try_key(if key.is_valid { &add } else { &lax })));
            published.warnings.push(format!(
                "foreign key {name} of {} points at {}, which is built without a unique key: unless a hook of the model makes \
                 one, the foreign key is gone",
                key.table(),
                local_name(swap.target)
            ));
        } else {
            return Err(refused(swap.target, "replaced", &[Misfit::of_foreign_key(key, error.message())]));
        }
    }
    Ok(())
}

/// Triggers, rules, policies and publications: put on the new table before the commit, unless hooks have made them by then.
fn follow(session: &mut Session, scene: &Scene, old: &Standing, names: &Names<'_>, published: &mut Published) {
    for follower in scene.followers.iter().filter(|follower| follower.stands_on == old.oid) {
        if old.kind == names.new_kind && (old.kind == Kind::Table || follower.what == "trigger") {
            session.before_commit(Statement::new(plan::follow(follower, &names.target)));
        } else {
            published.warnings.push(format!(
                "{} {} of {} is gone, since that is a {} now",
                follower.what,
                literal(&follower.name),
                names.target,
                names.new_kind.ddl()
            ));
        }
    }
}
