//! Contracts of models: the digest by which a change is seen, what foreign keys refer to, and constraints that nothing enforces.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::{Error, Place, Result};
use crate::jinja;
use crate::project::Warning;
use crate::template::RefCall;

use super::node::{Manifest, Node, NodeKind};
use super::reference::Found;
use super::unit_test::Input;

/// The types of constraints.
const TYPES: [&str; 6] = ["check", "not_null", "unique", "primary_key", "foreign_key", "custom"];

/// Whether the model's contract is enforced.
fn is_enforced(node: &Node) -> bool {
    let contract = node.config.map("contract");
    node.kind == NodeKind::Model && contract.and_then(|map| map.get("enforced")?.as_bool()).unwrap_or(false)
}

/// Whether its materialization writes constraints.
fn has_constraints(node: &Node) -> bool {
    matches!(node.config.materialized(), "table" | "incremental")
}

/// Digest of an enforced contract, as dbt takes it: from what Python prints of columns and constraints.
pub fn checksum(node: &Node) -> Option<String> {
    if !is_enforced(node) {
        return None;
    }
    let mut columns: Vec<_> = node.columns.values().collect();
    columns.sort_by(|one, other| one.name.cmp(&other.name));
    let mut state = String::new();
    for column in columns {
        let data_type = column.data_type.as_deref().unwrap_or("None");
        state.push_str(&format!("|{}{data_type}{}", column.name, printed(&column.constraints)));
    }
    if has_constraints(node) {
        state.push_str(node.config.materialized());
        state.push_str(&printed(&node.constraints));
    }
    Some(Sha256::digest(state.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A list of constraints as Python prints dbt's classes.
fn printed(constraints: &[Value]) -> String {
    let one = |constraint: &Value| {
        let kind = constraint["type"].as_str().unwrap_or_default();
        let value = |key: &str| jinja::repr(&jinja::from_json(&constraint[key]));
        let keys = ["name", "expression", "warn_unenforced", "warn_unsupported", "to", "to_columns"];
        let keys = keys.into_iter().chain(constraint.get("columns").map(|_| "columns"));
        let values: Vec<String> = keys.map(|key| format!("{key}={}", value(key))).collect();
        let class = if constraint.get("columns").is_some() { "Model" } else { "Column" };
        format!("{class}LevelConstraint(type=<ConstraintType.{kind}: '{kind}'>, {})", values.join(", "))
    };
    format!("[{}]", constraints.iter().map(one).collect::<Vec<String>>().join(", "))
}

/// All constraints of the model and its columns.
fn constraints(node: &Node) -> impl Iterator<Item = &Value> {
    node.constraints.iter().chain(node.columns.values().flat_map(|column| &column.constraints))
}

/// What the model's foreign keys refer to.
pub fn references(node: &Node) -> (Vec<RefCall>, Vec<(String, String)>) {
    let (mut refs, mut sources) = (Vec::new(), Vec::new());
    for to in constraints(node).filter_map(|constraint| constraint["to"].as_str()) {
        match Input::read(to) {
            Some(Input::Ref { package, name, version }) => refs.push(RefCall { package, name, version }),
            Some(Input::Source(source, table)) => sources.push((source, table)),
            Some(Input::This) | None => {}
        }
    }
    (refs, sources)
}

/// Puts the relations that foreign keys refer to in the place of the calls.
pub fn resolve_foreign_keys(manifest: &mut Manifest, index: &super::reference::Index) {
    let with_keys = manifest.nodes.values().filter(|node| constraints(node).any(|it| it["to"].is_string()));
    let ids: Vec<_> = with_keys.map(|node| (node.unique_id.clone(), node.package.clone())).collect();
    for (id, package) in ids {
        let Some(mut node) = manifest.nodes.get(&id).cloned() else { continue };
        let of_columns = node.columns.values_mut().flat_map(|column| &mut column.constraints);
        for constraint in node.constraints.iter_mut().chain(of_columns) {
            let target = constraint["to"].as_str().and_then(|to| relation(to, &package, manifest, index));
            if let Some(target) = target {
                constraint["to"] = Value::String(target);
            }
        }
        manifest.nodes.insert(id, node);
    }
}

fn relation(to: &str, package: &str, manifest: &Manifest, index: &super::reference::Index) -> Option<String> {
    let root = &manifest.project_name;
    let found = match Input::read(to)? {
        Input::Ref { package: wanted, name, version } => {
            let version = version.map(Value::String);
            index.node(package, root, &super::node::RefCall { package: wanted, name, version })
        }
        Input::Source(source, table) => index.source(package, root, &source, &table),
        Input::This => return None,
    };
    let Found::Enabled(id) = found else { return None };
    let of_node = manifest.nodes.get(&id).and_then(|node| node.relation.as_ref());
    of_node.or_else(|| manifest.sources.get(&id).map(|source| &source.relation)).map(|relation| relation.render())
}

/// Refuses constraints of no known type, and contracts of models that cannot keep one.
///
/// # Errors
///
/// `Parsing`, in dbt's words.
pub fn check(node: &Node) -> Result<()> {
    let mistake = mistake_of_types(node).or_else(|| mistake_of_contract(node).filter(|_| is_enforced(node)));
    let Some(message) = mistake else { return Ok(()) };
    let place = node.declared.clone().unwrap_or_else(|| Place::file(&node.file));
    Err(Error::parsing(format!("{} `{}`: {message}", node.kind.as_str(), node.name)).at(place))
}

fn mistake_of_types(node: &Node) -> Option<String> {
    let is_known = |constraint: &Value| constraint["type"].as_str().is_some_and(|kind| TYPES.contains(&kind));
    let column = node.columns.values().find(|column| !column.constraints.iter().all(is_known));
    let place = match column {
        Some(column) => format!("column {}", column.name),
        None if node.constraints.iter().all(is_known) => return None,
        None => "the model".to_owned(),
    };
    Some(format!("Invalid constraint type on {place}: use `{}`", TYPES.join("`, `")))
}

fn mistake_of_contract(node: &Node) -> Option<String> {
    if node.columns.is_empty() {
        return Some(
            "Constraints must be defined in a `yml` schema configuration file like `schema.yml`: it has an enforced contract and \
             no columns"
                .to_owned(),
        );
    }
    let on_change = node.config.text("on_schema_change").unwrap_or("ignore");
    if node.config.materialized() == "incremental" && !["append_new_columns", "fail"].contains(&on_change) {
        return Some(format!(
            "Invalid value for on_schema_change: {on_change}. Models materialized as incremental with contracts enabled must set \
             on_schema_change to 'append_new_columns' or 'fail'"
        ));
    }
    let keys = |constraints: &[Value]| constraints.iter().filter(|it| it["type"] == "primary_key").count();
    let (of_model, of_columns) =
        (keys(&node.constraints), node.columns.values().map(|column| keys(&column.constraints)).sum::<usize>());
    (of_model + of_columns > 1).then(|| {
        format!(
            "Primary key constraint error: {} at the model level and {} at the column level. A table has one primary key, defined \
             at the model level or at one column",
            of_model, of_columns
        )
    })
}

/// Warnings of contracted models whose constraints nothing enforces.
pub fn warnings(manifest: &Manifest) -> Vec<Warning> {
    let is_told = |node: &&Node| {
        let is_heard = |constraint: &Value| constraint["warn_unsupported"].as_bool() != Some(false);
        is_enforced(node) && !has_constraints(node) && constraints(node).any(is_heard)
    };
    let warning = |node: &Node| Warning {
        name: "UnsupportedConstraintMaterialization",
        message: format!(
            "Constraint types are not supported for {} materializations and will be ignored.  Set 'warn_unsupported: false' on \
             this constraint to ignore this warning.",
            node.config.materialized()
        ),
        place: Some(Place::file(&node.file)),
    };
    manifest.nodes.values().filter(is_told).map(warning).collect()
}
