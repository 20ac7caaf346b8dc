//! `adapter`: what macros ask of the database and of kiln.

mod backup;
mod columns;
mod constraints;
mod dispatch;
mod execute;
mod grants;
mod index;
mod place;
mod publish;
mod relations;
mod rows;
mod schemas;
mod snapshot;
mod types;

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

pub use relations::exists;

use super::function::{Answer, Call, Function, node_of};
use super::globals::Globals;
use super::node::{Node, lock};
use super::objects;
use super::typed::tuple;
use crate::error::{Error, Result};
use crate::flag::Flags;
use crate::jinja::{Dict, List, Object, ObjectRepr, State, Table, Value, fail, from_json};
use crate::name::Relation;
use crate::postgres::{Response, Rows, Statement};

/// What a method gives while parsing, when there is no session.
#[derive(Clone, Copy)]
enum Parsing {
    /// The same as while running.
    Same,
    /// None.
    Nothing,
    /// An empty list.
    Empty,
    /// An empty response and an empty table.
    NoRows,
    /// An empty text.
    Blank,
    /// No.
    False,
}

impl Parsing {
    fn value(self) -> Option<Value> {
        match self {
            Parsing::Same => None,
            Parsing::Nothing => Some(Value::from(())),
            Parsing::Empty => Some(List::value(Vec::new())),
            Parsing::NoRows => Some(tuple(vec![Value::from(""), Table::empty()])),
            Parsing::Blank => Some(Value::from("")),
            Parsing::False => Some(Value::from(false)),
        }
    }
}

/// The node's relation in the cache before its materialization.
pub(super) fn remember(node: &Node) -> Option<Relation> {
    let this = node.subject.this.as_ref()?;
    node.runtime.as_ref()?.cache.get(this.schema.as_deref()?, this.identifier.as_deref()?)
}

/// Puts the cache back where a failed node's rollback has put the database back.
pub(super) fn restore(node: &Node, before: Option<Relation>) {
    if let (Some(runtime), Some(this)) = (&node.runtime, &node.subject.this) {
        runtime.cache.remove(this);
        let dropped = std::mem::take(&mut lock(&runtime.trace).dropped);
        dropped.iter().chain(&before).for_each(|relation| runtime.cache.add(relation));
    }
}

/// Sends the text of a hook.
///
/// # Errors
///
/// `Database` when Postgres refuses it.
pub(super) fn send(node: &Arc<Node>, sql: &str) -> Result<Response> {
    let text = execute::told(node, sql)?;
    let session = node.runtime.as_ref().and_then(|runtime| runtime.session.as_ref());
    let session = session.ok_or_else(|| Error::internal("a hook needs a session"))?;
    let sent = Instant::now();
    let response = lock(session).execute(Statement::new(text)).map_err(|err| execute::refused(node, err))?;
    execute::tell_answer(node, &response, sent);
    Ok(response)
}

/// Runs a query made of the node's compiled text, and gives its answer and rows.
///
/// # Errors
///
/// `Database` when Postgres refuses it, placed in the file of the text.
pub(super) fn fetch(node: &Arc<Node>, sql: &str) -> Result<(Response, Rows)> {
    let text = execute::told(node, sql)?;
    let session = node.runtime.as_ref().and_then(|runtime| runtime.session.as_ref());
    let session = session.ok_or_else(|| Error::internal("a query needs a session"))?;
    let sent = Instant::now();
    let given = lock(session).query(Statement::new(text), None).map_err(|err| execute::refused(node, err))?;
    execute::tell_answer(node, &given.0, sent);
    Ok(given)
}

const METHODS: &[(&str, Parsing, Call)] = &[
    ("execute", Parsing::NoRows, execute::execute),
    ("add_query", Parsing::NoRows, execute::add_query),
    ("commit", Parsing::Nothing, execute::commit),
    ("commit_if_has_connection", Parsing::Nothing, execute::commit),
    ("clear_transaction", Parsing::Nothing, execute::nothing),
    ("get_relation", Parsing::Nothing, relations::get_relation),
    ("load_relation", Parsing::Nothing, relations::load_relation),
    ("already_exists", Parsing::False, relations::already_exists),
    ("list_relations", Parsing::Empty, relations::list_relations),
    ("list_relations_without_caching", Parsing::Empty, relations::list_relations_without_caching),
    ("cache_added", Parsing::Nothing, relations::cache_added),
    ("cache_dropped", Parsing::Nothing, relations::cache_dropped),
    ("cache_renamed", Parsing::Nothing, relations::cache_renamed),
    ("drop_relation", Parsing::Nothing, relations::drop_relation),
    ("truncate_relation", Parsing::Nothing, relations::truncate_relation),
    ("rename_relation", Parsing::Nothing, relations::rename_relation),
    ("list_schemas", Parsing::Empty, schemas::list_schemas),
    ("check_schema_exists", Parsing::False, schemas::check_schema_exists),
    ("create_schema", Parsing::Nothing, schemas::create_schema),
    ("drop_schema", Parsing::Nothing, schemas::drop_schema),
    ("get_columns_in_relation", Parsing::Empty, columns::get_columns_in_relation),
    ("get_missing_columns", Parsing::Empty, columns::get_missing_columns),
    ("expand_target_column_types", Parsing::Nothing, columns::expand_target_column_types),
    ("get_column_schema_from_query", Parsing::Empty, columns::get_column_schema_from_query),
    ("get_columns_in_select_sql", Parsing::Empty, columns::get_column_schema_from_query),
    ("convert_type", Parsing::Nothing, types::convert_type),
    ("convert_text_type", Parsing::Same, types::convert_text_type),
    ("convert_number_type", Parsing::Nothing, types::convert_type),
    ("quote", Parsing::Same, types::quote),
    ("quote_as_configured", Parsing::Same, types::quote_as_configured),
    ("quote_seed_column", Parsing::Same, types::quote_seed_column),
    ("verify_database", Parsing::Same, types::verify_database),
    ("type", Parsing::Same, types::adapter_type),
    ("date_function", Parsing::Same, types::date_function),
    ("timestamp_add_sql", Parsing::Same, types::timestamp_add_sql),
    ("string_add_sql", Parsing::Same, types::string_add_sql),
    ("dispatch", Parsing::Same, dispatch::dispatch),
    ("is_overridden", Parsing::Same, dispatch::is_overridden),
    ("get_incremental_strategy_macro", Parsing::Same, dispatch::strategy_macro),
    ("valid_incremental_strategies", Parsing::Same, dispatch::valid_strategies),
    ("builtin_incremental_strategies", Parsing::Same, dispatch::valid_strategies),
    ("standardize_grants_dict", Parsing::Same, grants::standardize),
    ("valid_snapshot_target", Parsing::Nothing, snapshot::valid_target),
    ("assert_valid_snapshot_target_given_strategy", Parsing::Nothing, snapshot::valid_target),
    ("get_hard_deletes_behavior", Parsing::Blank, snapshot::hard_deletes),
    ("render_raw_columns_constraints", Parsing::Empty, constraints::of_columns),
    ("render_raw_model_constraints", Parsing::Empty, constraints::of_model),
    ("parse_index", Parsing::Same, index::parse),
    ("get_partitions_metadata", Parsing::Empty, execute::no_partitions),
    ("build_catalog_relation", Parsing::Nothing, execute::nothing),
    ("publish", Parsing::Nothing, publish::publish),
    ("retype_column", Parsing::Nothing, publish::retype_column),
    ("drop_backup", Parsing::Nothing, backup::drop_backup),
    ("free_index_names", Parsing::Nothing, publish::free_index_names),
    ("drop_left_out", Parsing::Nothing, publish::drop_left_out),
    ("copy_seed", Parsing::Nothing, publish::copy_seed),
];

/// The object `adapter`.
pub(super) fn value(globals: &Globals) -> Value {
    Value::from_object(Adapter {
        config: objects_config(globals),
        behavior: Value::from_object(Behavior(globals.flags.clone())),
        relation: objects::relation_class(globals.quoting),
        column: objects::column_class(),
    })
}

/// `adapter.config`: the part of dbt's own object that macros read.
fn objects_config(globals: &Globals) -> Value {
    let quoting = Dict::value([
        ("database", globals.quoting.database),
        ("schema", globals.quoting.schema),
        ("identifier", globals.quoting.identifier),
    ]);
    let credentials = from_json(&serde_json::Value::Object(globals.target.clone()));
    Dict::value([
        ("project_name", Value::from(globals.project_name.as_str())),
        ("quoting", quoting),
        ("credentials", credentials),
        ("threads", globals.target.get("threads").map_or(Value::from(()), from_json)),
    ])
}

struct Adapter {
    config: Value,
    behavior: Value,
    relation: Value,
    column: Value,
}

impl fmt::Debug for Adapter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("<PostgresAdapter>")
    }
}

impl Object for Adapter {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "config" => Some(self.config.clone()),
            "behavior" => Some(self.behavior.clone()),
            "Relation" => Some(self.relation.clone()),
            "Column" => Some(self.column.clone()),
            name => {
                METHODS.iter().find(|(known, _, _)| *known == name).map(|(name, _, call)| Function::value(name, *call))
            }
        }
    }

    fn call_method(self: &Arc<Self>, state: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Answer {
        let node = node_of(state)?;
        let Some((_, parsing, call)) = METHODS.iter().find(|(name, _, _)| *name == method) else {
            if node.is_parsing() {
                return Ok(Value::from(()));
            }
            return Err(fail(format!("`adapter` has no method `{method}`")));
        };
        match parsing.value().filter(|_| node.is_parsing()) {
            Some(value) => Ok(value),
            None => call(&node, state, arguments),
        }
    }
}

/// `adapter.behavior`: switches that are true or false and know `no_warn`.
#[derive(Debug)]
struct Behavior(Flags);

impl Object for Behavior {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(Value::from_object(Switch(self.0.switch(key.as_str()?))))
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("<dbt_common.behavior_flags.Behavior object>")
    }
}

#[derive(Debug)]
struct Switch(bool);

impl Object for Switch {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        matches!(key.as_str()?, "no_warn" | "setting").then(|| Value::from(self.0))
    }

    fn is_true(self: &Arc<Self>) -> bool {
        self.0
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(if self.0 { "True" } else { "False" })
    }
}
