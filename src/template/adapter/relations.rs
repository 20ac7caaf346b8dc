//! Relations: looking them up in the cache, and DDL that keeps the cache true.

use std::sync::Arc;

use crate::error::Error;
use crate::jinja::{CallError, List, State, Value, bind, fail, items, raise};
use crate::name::{Parts, Relation};
use crate::postgres::catalog;
use crate::template::cache::RelationCache;
use crate::template::function::{Answer, optional_text, text_of};
use crate::template::node::{Node, lock};
use crate::template::objects::{RelationValue, matches};

use super::execute::session;

/// The cache of the run.
pub(super) fn cache(node: &Node) -> Result<&RelationCache, CallError> {
    node.runtime.as_ref().map(|runtime| &*runtime.cache).ok_or_else(|| fail("there is no database while parsing"))
}

/// Takes a relation that the open transaction drops out of the cache.
pub(super) fn forget(node: &Node, relation: &Relation) -> Result<(), CallError> {
    let cache = cache(node)?;
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    let known = cache.get(&part(&relation.schema), &part(&relation.identifier));
    if let Some(runtime) = &node.runtime {
        lock(&runtime.trace).dropped.extend(known);
    }
    cache.remove(relation);
    Ok(())
}

/// Calls the macro `name` as the root project has it.
pub(super) fn call_macro(node: &Node, state: &mut State<'_, '_>, name: &str, arguments: &[Value]) -> Answer {
    let library = &node.shared.library;
    match library.bare(library.root(), name) {
        Some(id) => node.shared.engine.macro_value(id).call(state, arguments),
        None => Err(fail(format!("there is no macro `{name}`"))),
    }
}

/// Postgres answers for one database only.
pub(super) fn check_database(node: &Node, database: Option<&str>) -> Result<(), CallError> {
    let own = node.shared.globals.target_text("database");
    match database {
        Some(other) if !other.is_empty() && !other.eq_ignore_ascii_case(own) => {
            Err(raise(Error::compilation(format!("cross-db references not allowed in postgres ({other} vs {own})"))))
        }
        Some(_) | None => Ok(()),
    }
}

/// All relations of `schema`; looked up once.
fn in_schema(node: &Node, schema: &str) -> Result<Vec<Relation>, CallError> {
    let cache = cache(node)?;
    if let Some(known) = cache.relations(schema) {
        return Ok(known);
    }
    let schemas = [schema.to_owned()];
    let found = catalog::relations(&mut *session(node)?, &schemas).map_err(raise)?;
    cache.fill(node.shared.globals.target_text("database"), &schemas, &found);
    Ok(cache.relations(schema).unwrap_or_default())
}

/// The relation of this name, if it exists; an exact name costs no search.
fn find(node: &Node, schema: &str, name: &str) -> Result<Option<Relation>, CallError> {
    if cache(node)?.knows(schema)
        && let Some(found) = cache(node)?.get(schema, name)
    {
        return Ok(Some(found));
    }
    let given = [None, Some(schema.to_owned()), Some(name.to_owned())];
    for relation in in_schema(node, schema)? {
        if matches(&relation, &given).map_err(raise)? {
            return Ok(Some(relation));
        }
    }
    Ok(None)
}

/// A name as the catalog has it: one that is written without quotes is in small letters there.
pub(super) fn folded(name: String, is_quoted: bool) -> String {
    if is_quoted { name } else { name.to_lowercase() }
}

/// `get_relation(database, schema, identifier)`.
pub(super) fn get_relation(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [database, schema, identifier] = bind("get_relation", arguments, ["database", "schema", "identifier"], 3)?;
    // dbt does not refuse another database here; nothing of it can be known.
    if check_database(node, optional_text(database.as_ref()).as_deref()).is_err() {
        return Ok(Value::from(()));
    }
    let quoting = node.shared.globals.quoting;
    let (Some(schema), Some(name)) = (optional_text(schema.as_ref()), optional_text(identifier.as_ref())) else {
        return Ok(Value::from(()));
    };
    let found = find(node, &folded(schema, quoting.schema), &folded(name, quoting.identifier))?;
    Ok(found.map_or(Value::from(()), |found| RelationValue::value(with_quoting(found, quoting))))
}

/// Whether the database holds `relation`; what cannot be asked is not there.
pub fn exists(node: &Arc<Node>, relation: &Relation) -> Result<bool, CallError> {
    let (Some(schema), Some(name)) = (&relation.schema, &relation.identifier) else { return Ok(false) };
    let can_ask = node.runtime.as_ref().is_some_and(|runtime| runtime.session.is_some());
    if check_database(node, relation.database.as_deref()).is_err() || !can_ask && !cache(node)?.knows(schema) {
        return Ok(false);
    }
    let schema = folded(schema.clone(), relation.quote.schema);
    Ok(find(node, &schema, &folded(name.clone(), relation.quote.identifier))?.is_some())
}

/// A found relation, written as the project quotes names.
fn with_quoting(relation: Relation, quote: Parts<bool>) -> Relation {
    Relation { quote, ..relation }
}

/// `load_relation(relation)`.
pub(super) fn load_relation(node: &Arc<Node>, state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [relation] = bind("load_relation", arguments, ["relation"], 1)?;
    let relation = RelationValue::of(relation.as_ref(), "load_relation")?;
    let part = |part: Option<String>| part.map_or(Value::from(()), Value::from);
    get_relation(node, state, &[part(relation.database), part(relation.schema), part(relation.identifier)])
}

/// `already_exists(schema, name)`.
pub(super) fn already_exists(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [schema, name] =
        bind("already_exists", arguments, ["schema", "name"], 2)?.map(|it| text_of(&it.unwrap_or_default()));
    Ok(Value::from(find(node, &schema, &name)?.is_some()))
}

/// `list_relations(database, schema)`.
pub(super) fn list_relations(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [database, schema] = bind("list_relations", arguments, ["database", "schema"], 2)?;
    check_database(node, optional_text(database.as_ref()).as_deref())?;
    let all = in_schema(node, &optional_text(schema.as_ref()).unwrap_or_default())?;
    Ok(List::value(all.into_iter().map(RelationValue::value).collect()))
}

/// `list_relations_without_caching(schema_relation)`: the macro of that name, its rows as relations.
pub(super) fn list_relations_without_caching(
    node: &Arc<Node>,
    state: &mut State<'_, '_>,
    arguments: &[Value],
) -> Answer {
    let [schema] = bind("list_relations_without_caching", arguments, ["schema_relation"], 1)?;
    let table = call_macro(node, state, "list_relations_without_caching", &[schema.unwrap_or_default()])?;
    let rows = table.get_attr("rows").ok().filter(|rows| !rows.is_undefined()).unwrap_or(table);
    let relation = |row: Value| -> Result<Value, CallError> {
        let part = |at: usize| row.get_item(&Value::from(at)).map(|part| text_of(&part));
        let relation = Relation::new(&part(0)?, &part(2)?, &part(1)?);
        let kind = crate::name::RelationKind::from_word(&part(3)?);
        Ok(RelationValue::value(Relation { kind, ..relation }))
    };
    Ok(List::value(items(&rows)?.into_iter().map(relation).collect::<Result<_, _>>()?))
}

/// `cache_added(relation)`.
pub(super) fn cache_added(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [relation] = bind("cache_added", arguments, ["relation"], 1)?;
    cache(node)?.add(&RelationValue::of(relation.as_ref(), "cache_added")?);
    Ok(Value::from(""))
}

/// `cache_dropped(relation)`.
pub(super) fn cache_dropped(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [relation] = bind("cache_dropped", arguments, ["relation"], 1)?;
    cache(node)?.remove(&RelationValue::of(relation.as_ref(), "cache_dropped")?);
    Ok(Value::from(""))
}

/// `cache_renamed(from, to)`.
pub(super) fn cache_renamed(node: &Arc<Node>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [from, to] = bind("cache_renamed", arguments, ["from_relation", "to_relation"], 2)?;
    let from = RelationValue::of(from.as_ref(), "cache_renamed")?;
    cache(node)?.rename(&from, &RelationValue::of(to.as_ref(), "cache_renamed")?);
    Ok(Value::from(""))
}

/// `drop_relation(relation)`: the macro of that name.
pub(super) fn drop_relation(node: &Arc<Node>, state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [relation] = bind("drop_relation", arguments, ["relation"], 1)?;
    let found = RelationValue::of(relation.as_ref(), "drop_relation")?;
    if found.kind.is_none() {
        return Err(raise(Error::compilation(format!("tried to drop relation {found}, but its type is null"))));
    }
    // A backup hands on what stands on it; see the macro.
    if !found.identifier.as_deref().is_some_and(|name| name.ends_with("__dbt_backup")) {
        super::publish::drop_made_later(node, &found)?;
    }
    forget(node, &found)?;
    call_macro(node, state, "drop_relation", &[relation.unwrap_or_default()])?;
    Ok(Value::from(()))
}

/// `truncate_relation(relation)`: the macro of that name.
pub(super) fn truncate_relation(node: &Arc<Node>, state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [relation] = bind("truncate_relation", arguments, ["relation"], 1)?;
    call_macro(node, state, "truncate_relation", &[relation.unwrap_or_default()])?;
    Ok(Value::from(()))
}

/// `rename_relation(from, to)`: the macro of that name.
pub(super) fn rename_relation(node: &Arc<Node>, state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [from, to] = bind("rename_relation", arguments, ["from_relation", "to_relation"], 2)?;
    let (from, to) = (from.unwrap_or_default(), to.unwrap_or_default());
    let old = RelationValue::of(Some(&from), "rename_relation")?;
    cache(node)?.rename(&old, &RelationValue::of(Some(&to), "rename_relation")?);
    call_macro(node, state, "rename_relation", &[from, to])?;
    Ok(Value::from(()))
}
