//! The functions of a node's context, shared by all nodes.

mod config;
mod env;
mod exceptions;
mod output;
mod refs;
mod statement;

use super::function::{Call, Function, Methods};
use super::globals::Globals;
use super::objects::runtime_config;
use crate::jinja::Value;

const PLAIN: &[(&str, Call)] = &[
    ("source", refs::source),
    ("function", refs::function),
    ("metric", refs::metric),
    ("doc", refs::doc),
    ("env_var", env::env_var),
    ("log", output::log),
    ("print", output::print),
    ("write", output::write),
    ("render", output::render),
    ("store_result", statement::store_result),
    ("store_raw_result", statement::store_raw_result),
    ("load_result", statement::load_result),
    ("load_agate_table", statement::load_agate_table),
    ("try_or_compiler_error", exceptions::try_or_compiler_error),
    ("submit_python_job", exceptions::no_python),
];

/// Functions and the objects that are made of functions, by name.
pub(super) fn shared(globals: &Globals) -> Vec<(String, Value)> {
    let mut all: Vec<(String, Value)> =
        PLAIN.iter().map(|(name, call)| ((*name).to_owned(), Function::value(name, *call))).collect();
    all.push((
        "ref".to_owned(),
        Methods::callable("ref", refs::reference, &[], vec![("config", runtime_config(globals))]),
    ));
    all.push(("var".to_owned(), Methods::callable("var", env::var, &[("has_var", env::has_var)], Vec::new())));
    all.push(("config".to_owned(), config::object()));
    all.push(("exceptions".to_owned(), exceptions::object()));
    all.push(("validation".to_owned(), exceptions::validation()));
    all
}
