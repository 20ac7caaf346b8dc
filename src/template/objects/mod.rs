//! The objects that templates see: relations, columns, results, and the plain values of every context.

mod api;
mod column;
mod context;
mod flags;
mod method;
mod record;
mod relation;
mod response;
mod run_end;
mod seed;

use serde_json::Value as Json;

use super::DBT_VERSION;
use super::adapter;
use super::globals::Globals;
use super::typed;
use crate::jinja::{Dict, Value, from_json};

pub(super) use api::relation_class;
pub(super) use column::ColumnValue;
pub(super) use column::class as column_class;
pub(super) use column::translate;
pub(super) use context::{ContextDict, runtime_config};
pub(super) use relation::{Cut, RelationValue, matches};
pub(super) use response::{ResponseValue, Statement};
pub(super) use run_end::run_end;
pub(super) use seed::SeedTable;

/// `invocation_args_dict`; options that may be given more than once are tuples, as on dbt's command line.
fn invocation_arguments(globals: &Globals) -> Value {
    let all = globals.flags.to_json().into_iter().map(|(name, value)| match value {
        Json::Array(items) => (name, typed::tuple(items.iter().map(from_json).collect())),
        other => (name, from_json(&other)),
    });
    Dict::value(all)
}

/// Values that mean the same in every node, by name.
pub(super) fn shared(globals: &Globals) -> Vec<(String, Value)> {
    let target = || Dict::from_json(&Json::Object(globals.target.clone()));
    let values = [
        ("target", target()),
        ("env", target()),
        ("database", Value::from(globals.target_text("database"))),
        ("schema", Value::from(globals.target_text("schema"))),
        ("flags", flags::value(&globals.flags)),
        ("project_name", Value::from(globals.project_name.as_str())),
        ("dbt_version", Value::from(DBT_VERSION)),
        ("invocation_id", Value::from(globals.invocation_id.as_str())),
        ("run_started_at", crate::jinja::DateTime::utc(globals.run_started_at)),
        ("invocation_args_dict", invocation_arguments(globals)),
        ("dbt_metadata_envs", from_json(&Json::Object(globals.metadata_envs.clone()))),
        ("api", api::value(globals.quoting)),
        ("adapter", adapter::value(globals)),
    ];
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
