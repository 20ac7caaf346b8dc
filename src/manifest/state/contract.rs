//! Contracts of models compared with those of an earlier manifest: what changed, and what breaks those who count on it.

use serde_json::{Map, Value};

use crate::error::{Error, Place, Result};
use crate::manifest::column;
use crate::manifest::node::{Manifest, Node};

use super::previous::{Previous, PreviousNode};

type Warnings = Vec<(&'static str, String)>;

/// Whether the model promises something else than before.
///
/// # Errors
///
/// `Compilation` when a versioned model takes back what it promised; one without versions is warned of.
pub(super) fn is_changed(node: &Node, old: &PreviousNode, warnings: &mut Warnings) -> Result<bool> {
    let (is_enforced, was_enforced) = (is_on(node.config.map("contract")), is_on(Some(&old.contract)));
    if !was_enforced {
        return Ok(is_enforced);
    }
    let mut breaks = Vec::new();
    if is_enforced {
        let columns = columns(node);
        if columns == old_columns(old)
            && same(&Value::Array(node.constraints.clone()), &Value::Array(old.constraints.clone()))
            && node.config.materialized() == old.materialized()
        {
            return Ok(false);
        }
        breaks.extend(removed_columns(&columns, old));
        breaks.extend(removed_constraints(node, old));
    } else {
        breaks.push(
            "Contract enforcement was removed: Previously, this model had an enforced contract. It is no longer configured to \
             enforce its contract, and this is a breaking change."
                .to_owned(),
        );
    }
    if !breaks.is_empty() {
        tell(node.version.is_some(), (&node.name, &node.original_path), &breaks, warnings)?;
    }
    Ok(true)
}

/// Tells of contracted models that are gone.
///
/// # Errors
///
/// `Compilation` when one of them was a version.
pub(super) fn check_removed(previous: &Previous, manifest: &Manifest, warnings: &mut Warnings) -> Result<()> {
    let is_gone = |id: &str, node: &PreviousNode| {
        node.resource_type == "model" && is_on(Some(&node.contract)) && !manifest.nodes.contains_key(id)
    };
    let mut gone: Vec<&String> =
        previous.nodes.iter().filter(|(id, node)| is_gone(id, node)).map(|(id, _)| id).collect();
    gone.sort();
    for id in gone {
        let node = &previous.nodes[id];
        let what = [format!("Contracted model '{id}' was deleted or renamed.")];
        let path = node.original_file_path.as_deref().unwrap_or_default();
        tell(node.version.is_some(), (node.name.as_deref().unwrap_or_default(), path), &what, warnings)?;
    }
    Ok(())
}

fn tell(is_versioned: bool, (name, path): (&str, &str), breaks: &[String], warnings: &mut Warnings) -> Result<()> {
    let list: String = breaks.iter().map(|text| format!("\n  - {text}")).collect();
    if is_versioned {
        let message = format!(
            "breaking change to the contract of model `{name}`: while comparing to previous project state, dbt detected a \
             breaking change to an enforced contract{list}"
        );
        return Err(Error::compilation(message)
            .at(Place::file(path))
            .hint("make an additive change instead, or add a new version of the model"));
    }
    let text = format!(
        "Breaking change to contracted, unversioned model {name} ({path})\nWhile comparing to previous project state, dbt \
         detected a breaking change to an unversioned model.{list}"
    );
    warnings.push(("UnversionedBreakingChange", text));
    Ok(())
}

fn is_on(contract: Option<&Map<String, Value>>) -> bool {
    contract.and_then(|map| map.get("enforced")).and_then(Value::as_bool).unwrap_or(false)
}

/// Name, type and constraints of each column, sorted.
fn columns(node: &Node) -> Vec<(String, Option<String>, Vec<Value>)> {
    let one = |column: &crate::manifest::node::Column| {
        (column.name.clone(), column.data_type.clone(), column.constraints.iter().map(plain).collect())
    };
    let mut all: Vec<_> = node.columns.values().map(one).collect();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

fn old_columns(old: &PreviousNode) -> Vec<(String, Option<String>, Vec<Value>)> {
    let one = |(name, column): (&String, &Value)| {
        let kind = column["data_type"].as_str().map(str::to_owned);
        (name.clone(), kind, column["constraints"].as_array().into_iter().flatten().map(plain).collect())
    };
    let mut all: Vec<_> = old.columns.iter().map(one).collect();
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

/// A constraint without what it does not say.
fn plain(constraint: &Value) -> Value {
    let Value::Object(map) = constraint else { return constraint.clone() };
    let says = |value: &Value| !value.is_null() && value.as_array().is_none_or(|items| !items.is_empty());
    map.iter().filter(|(_, value)| says(value)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn same(one: &Value, other: &Value) -> bool {
    let all = |value: &Value| -> Vec<Value> { value.as_array().into_iter().flatten().map(plain).collect() };
    all(one) == all(other)
}

fn removed_columns(columns: &[(String, Option<String>, Vec<Value>)], old: &PreviousNode) -> Vec<String> {
    let (mut removed, mut changed) = (String::new(), String::new());
    for (name, old_kind, _) in old_columns(old) {
        match columns.iter().find(|(known, _, _)| *known == name) {
            None => removed.push_str(&format!("\n    - {name}")),
            Some((_, kind, _)) if *kind != old_kind => {
                let (old_kind, kind) = (old_kind.unwrap_or_default(), kind.clone().unwrap_or_default());
                changed.push_str(&format!("\n    - {name} ({old_kind} -> {kind})"));
            }
            Some(_) => {}
        }
    }
    let told = [("Columns were removed: ", removed), ("Columns with data_type changes: ", changed)];
    told.into_iter().filter(|(_, list)| !list.is_empty()).map(|(head, list)| format!("{head}{list}")).collect()
}

/// Constraints that the database kept, and keeps no longer.
fn removed_constraints(node: &Node, old: &PreviousNode) -> Vec<String> {
    let enforces = |materialized: &str| matches!(materialized, "table" | "incremental");
    if !enforces(old.materialized()) {
        return Vec::new();
    }
    let is_enforced = enforces(node.config.materialized());
    let kind = |constraint: &Value| constraint["type"].as_str().unwrap_or_default().to_owned();
    let (mut of_columns, mut of_model) = (String::new(), String::new());
    let mut had_some = false;
    let now = columns(node);
    for (name, _, constraints) in old_columns(old) {
        let kept: &[Value] = now.iter().find(|(known, _, _)| *known == name).map_or(&[], |column| &column.2);
        let is_known = now.iter().any(|(known, _, _)| *known == name);
        for constraint in constraints.iter().filter(|constraint| constraint["type"] != "custom") {
            had_some = true;
            if is_known && !(is_enforced && kept.contains(constraint)) {
                let kind = kind(constraint);
                of_columns.push_str(&format!("\n    - 'ConstraintType.{kind}' constraint on column {name}"));
            }
        }
    }
    let kept: Vec<Value> = node.constraints.iter().map(plain).collect();
    for constraint in old.constraints.iter().map(plain).filter(|constraint| constraint["type"] != "custom") {
        had_some = true;
        if !(is_enforced && kept.contains(&constraint)) {
            let columns = column::texts(&constraint["columns"]).join("', '");
            let kind = kind(&constraint);
            of_model.push_str(&format!("\n    - 'ConstraintType.{kind}' constraint on columns ['{columns}']"));
        }
    }
    let mut told = Vec::new();
    if !is_enforced && had_some {
        let (old, new) = (old.materialized(), node.config.materialized());
        return vec![format!("Materialization changed with enforced constraints: \n    - {old} -> {new}")];
    }
    if !of_columns.is_empty() {
        told.push(format!("Enforced column level constraints were removed: {of_columns}"));
    }
    if !of_model.is_empty() {
        told.push(format!("Enforced model level constraints were removed: {of_model}"));
    }
    told
}
