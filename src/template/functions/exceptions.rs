//! `exceptions`, and what else raises or checks.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Kind};
use crate::jinja::{CallError, List, Object, ObjectRepr, State, Value, bind, fail, items, raise, split};
use crate::report::{Warning, warning};
use crate::template::function::{Answer, Call, Methods, text_of};
use crate::template::node::Node;

const METHODS: &[(&str, Call)] = &[
    ("raise_compiler_error", raise_compiler_error),
    ("raise_database_error", raise_database_error),
    ("raise_parsing_error", raise_parsing_error),
    ("raise_not_implemented", raise_not_implemented),
    ("raise_fail_fast_error", raise_runtime_error),
    ("raise_contract_error", raise_contract_error),
    ("column_type_missing", column_type_missing),
    ("warn", warn),
    ("warn_snapshot_timestamp_data_types", warn_snapshot_types),
    ("relation_wrong_type", relation_wrong_type),
    ("missing_config", missing_config),
    ("missing_materialization", missing_materialization),
    ("missing_relation", missing_relation),
    ("raise_ambiguous_alias", raise_compiler_error_of_all),
    ("raise_ambiguous_catalog_match", raise_compiler_error_of_all),
    ("raise_cache_inconsistent", raise_compiler_error_of_all),
    ("raise_dataclass_not_dict", raise_compiler_error_of_all),
    ("raise_dep_not_found", raise_compiler_error_of_all),
    ("raise_dependency_error", raise_compiler_error_of_all),
    ("raise_duplicate_patch_name", raise_compiler_error_of_all),
    ("raise_duplicate_resource_name", raise_compiler_error_of_all),
    ("raise_duplicate_macro_name", raise_compiler_error_of_all),
    ("raise_duplicate_alias", raise_compiler_error_of_all),
    ("raise_invalid_property_yml_version", raise_compiler_error_of_all),
];

/// The object `exceptions`.
pub(super) fn object() -> Value {
    Methods::value("exceptions", METHODS, Vec::new())
}

fn message(arguments: &[Value]) -> String {
    let (positional, named) = split(arguments);
    let named = named.iter().find(|(name, _)| matches!(name.as_str(), "msg" | "message")).map(|(_, value)| value);
    positional.first().or(named).map(text_of).unwrap_or_default()
}

fn raise_compiler_error(_: &Arc<Node>, _: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    Err(raise(Error::compilation(message(arguments))))
}

fn raise_database_error(_: &Arc<Node>, _: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    Err(raise(Error::database(message(arguments))))
}

fn raise_parsing_error(_: &Arc<Node>, _: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    Err(raise(Error::parsing(message(arguments))))
}

fn raise_runtime_error(_: &Arc<Node>, _: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    Err(raise(Error::runtime(message(arguments))))
}

fn raise_not_implemented(_: &Arc<Node>, _: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    Err(raise(Error::new(Kind::Runtime, format!("ERROR: {}", message(arguments)))))
}

/// For the errors that packages name but whose words are ours: all arguments, one after the other.
fn raise_compiler_error_of_all(_: &Arc<Node>, _: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let (positional, named) = split(arguments);
    let all: Vec<String> = positional.iter().chain(named.iter().map(|(_, value)| value)).map(text_of).collect();
    Err(raise(Error::compilation(all.join(": "))))
}

fn column_type_missing(_: &Arc<Node>, _: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [names] = bind("column_type_missing", arguments, ["column_names"], 1)?;
    let names = names.map(|names| items(&names)).transpose()?.unwrap_or_default();
    let names: Vec<String> = names.iter().map(|name| format!("'{}'", text_of(name))).collect();
    Err(raise(Error::compilation(format!(
        "contracted models require data_type to be defined for each column; please ensure that the column name and \
         data_type are defined within the YAML configuration for the {} column(s)",
        names.join(", ")
    ))))
}

fn relation_wrong_type(node: &Arc<Node>, _: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [relation, expected, _model] =
        bind("relation_wrong_type", arguments, ["relation", "expected_type", "model"], 2)?;
    let relation = relation.unwrap_or_default();
    let found = relation.get_attr("type").map(|kind| text_of(&kind)).unwrap_or_default();
    let expected = expected.as_ref().map(text_of).unwrap_or_default();
    Err(raise(
        Error::compilation(format!(
            "trying to create {expected} {}, but it currently exists as a {found}",
            text_of(&relation)
        ))
        .hint(format!("drop it, or run `{}` with --full-refresh", node.subject.name)),
    ))
}

fn missing_config(_: &Arc<Node>, _: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [model, name] = bind("missing_config", arguments, ["model", "name"], 2)?;
    let id = model.and_then(|model| model.get_attr("unique_id").ok()).map(|id| text_of(&id)).unwrap_or_default();
    let name = name.as_ref().map(text_of).unwrap_or_default();
    Err(raise(Error::compilation(format!("`{id}` does not define the required config `{name}`"))))
}

fn missing_materialization(_: &Arc<Node>, _: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [_model, _adapter] = bind("missing_materialization", arguments, ["model", "adapter_type"], 0)?;
    Err(raise(Error::compilation("no materialization of that name is available for this adapter")))
}

fn missing_relation(_: &Arc<Node>, _: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [relation, _model] = bind("missing_relation", arguments, ["relation", "model"], 1)?;
    let relation = relation.as_ref().map(text_of).unwrap_or_default();
    Err(raise(Error::compilation(format!("relation {relation} not found!"))))
}

fn warn(node: &Arc<Node>, _: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let text = message(arguments);
    node.shared.globals.reporter.warn(Warning { name: warning::JINJA, text }).map_err(raise)?;
    Ok(Value::from(""))
}

fn warn_snapshot_types(node: &Arc<Node>, _: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let names = ["snapshot_time_data_type", "updated_at_data_type"];
    let [snapshot, updated] = bind("warn_snapshot_timestamp_data_types", arguments, names, 2)?
        .map(|it| it.as_ref().map(text_of).unwrap_or_default());
    let text = format!(
        "data type of snapshot table timestamp columns ({snapshot}) doesn't match derived column 'updated_at' ({updated})"
    );
    node.shared.globals.reporter.warn(Warning { name: "SnapshotTimestampWarning", text }).map_err(raise)?;
    Ok(Value::from(""))
}

/// The columns that the YAML of a contract and its query have, side by side where they differ.
fn raise_contract_error(_: &Arc<Node>, _: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [yaml, sql] = bind("raise_contract_error", arguments, ["yaml_columns", "sql_columns"], 2)?;
    let yaml = columns(yaml)?;
    let sql = columns(sql)?;
    let mut rows: Vec<(String, String, String, &str)> = Vec::new();
    for (name, kind) in &sql {
        match yaml.iter().find(|(known, _)| known == name) {
            None => rows.push((name.clone(), kind.clone(), String::new(), "missing in contract")),
            Some((_, wanted)) if wanted != kind => {
                rows.push((name.clone(), kind.clone(), wanted.clone(), "data type mismatch"));
            }
            Some(_) => {}
        }
    }
    for (name, wanted) in &yaml {
        if !sql.iter().any(|(known, _)| known == name) {
            rows.push((name.clone(), String::new(), wanted.clone(), "missing in definition"));
        }
    }
    rows.sort();
    Err(raise(Error::compilation(format!(
        "This model has an enforced contract that failed.\nPlease ensure the name, data_type, and number of columns in \
         your contract match the columns in your model's definition.\n\n{}",
        contract_table(&rows)
    ))))
}

fn columns(list: Option<Value>) -> Result<Vec<(String, String)>, CallError> {
    let part = |column: &Value, key: &str| {
        let value = column.get_item(&Value::from(key)).ok().filter(|value| !value.is_undefined());
        value.or_else(|| column.get_attr(key).ok()).map(|value| text_of(&value)).unwrap_or_default()
    };
    let list = items(&list.unwrap_or_else(|| List::value(Vec::new())))?;
    Ok(list.iter().map(|column| (part(column, "name"), part(column, "data_type"))).collect())
}

fn contract_table(rows: &[(String, String, String, &str)]) -> String {
    let head = ["column_name", "definition_type", "contract_type", "mismatch_reason"];
    let cells: Vec<[&str; 4]> = rows.iter().map(|(name, sql, yaml, why)| [name.as_str(), sql, yaml, *why]).collect();
    let width = |at: usize| cells.iter().map(|row| row[at].chars().count()).chain([head[at].len()]).max().unwrap_or(0);
    let line = |row: &[&str; 4]| {
        let padded: Vec<String> =
            row.iter().enumerate().map(|(at, text)| format!("{text:<width$}", width = width(at))).collect();
        format!("| {} |", padded.join(" | "))
    };
    let rule: Vec<String> = (0..4).map(|at| "-".repeat(width(at))).collect();
    let mut lines = vec![line(&head), format!("| {} |", rule.join(" | "))];
    lines.extend(cells.iter().map(line));
    lines.join("\n")
}

/// `try_or_compiler_error(message, function, *arguments)`.
pub(super) fn try_or_compiler_error(_: &Arc<Node>, state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    match arguments {
        [message, function, rest @ ..] => function
            .call(state, rest)
            .map_err(|err| raise(Error::compilation(text_of(message)).because(err.to_string()))),
        _ => Err(fail("try_or_compiler_error() takes a message and a function")),
    }
}

/// Python models are refused.
pub(super) fn no_python(_: &Arc<Node>, _: &mut State<'_, '_>, _: &[Value]) -> Answer {
    Err(raise(Error::compilation("python models cannot be run on Postgres")))
}

/// `validation`, whose `any[...]` accepts everything: the configs are typed where they are resolved.
pub(super) fn validation() -> Value {
    Methods::value("validation", &[], vec![("any", Value::from_object(Anything))])
}

struct Anything;

impl fmt::Debug for Anything {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "<validation.any>")
    }
}

impl Object for Anything {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, _key: &Value) -> Option<Value> {
        Some(Value::from_dyn_object(self.clone()))
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
        Ok(arguments.first().cloned().unwrap_or_default())
    }
}
