//! Columns and constraints of a contract as DDL writes them.

use std::sync::Arc;

use crate::error::Error;
use crate::jinja::{CallError, Engine, List, State, Value, bind, items, pairs, raise};
use crate::name;
use crate::template::function::{Answer, optional_text, text_of};
use crate::template::node::Node;
use crate::template::objects::translate;

/// One constraint of the YAML.
struct Constraint {
    kind: String,
    name: Option<String>,
    expression: Option<String>,
    columns: Vec<String>,
    to: Option<String>,
    to_columns: Vec<String>,
}

fn entry(of: &Value, key: &str) -> Option<Value> {
    of.get_item(&Value::from(key)).ok().filter(|value| !value.is_none() && !value.is_undefined())
}

fn texts(of: &Value, key: &str) -> Result<Vec<String>, CallError> {
    entry(of, key).map_or(Ok(Vec::new()), |list| Ok(items(&list)?.iter().map(text_of).collect()))
}

fn read(state: &mut State<'_, '_>, raw: &Value) -> Result<Constraint, CallError> {
    let text = |key: &str| optional_text(entry(raw, key).as_ref()).filter(|text| !text.is_empty());
    let to = match text("to") {
        Some(to) if to.starts_with("ref(") || to.starts_with("source(") => {
            Some(text_of(&Engine::render_inside(state, "constraint", &format!("{{{{ {to} }}}}"))?))
        }
        other => other,
    };
    Ok(Constraint {
        kind: text("type").unwrap_or_default(),
        name: text("name"),
        expression: text("expression"),
        columns: texts(raw, "columns")?,
        to,
        to_columns: texts(raw, "to_columns")?,
    })
}

/// `render_raw_columns_constraints(raw_columns)`: a list of `name type constraints`.
pub(super) fn of_columns(node: &Arc<Node>, state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [columns] = bind("render_raw_columns_constraints", arguments, ["raw_columns"], 1)?;
    let mut all = Vec::new();
    for (_, column) in pairs(&columns.unwrap_or_default())? {
        let name = optional_text(entry(&column, "name").as_ref()).unwrap_or_default();
        let is_quoted = entry(&column, "quote").is_some_and(|quote| quote.is_true());
        let name = if is_quoted { name::quote(&name) } else { name };
        let data_type = optional_text(entry(&column, "data_type").as_ref()).unwrap_or_default();
        let data_type = if is_aliased(node) { translate(&data_type) } else { data_type };
        let mut parts = vec![name, data_type];
        for raw in entry(&column, "constraints").map_or(Ok(Vec::new()), |list| items(&list))? {
            let constraint = read(state, &raw)?;
            parts.extend(column_constraint(&constraint)?);
        }
        all.push(Value::from(parts.join(" ")));
    }
    Ok(List::value(all))
}

/// Whether names of types that other databases use are put into those of Postgres: `string` becomes `TEXT`.
fn is_aliased(node: &Node) -> bool {
    let contract = node.subject.config.get("contract");
    contract.and_then(|contract| contract.get("alias_types")?.as_bool()).unwrap_or(true)
}

fn spaced(expression: Option<&String>) -> String {
    expression.map_or_else(String::new, |expression| format!(" {expression}"))
}

fn column_constraint(constraint: &Constraint) -> Result<Option<String>, CallError> {
    let expression = constraint.expression.as_ref();
    Ok(match constraint.kind.as_str() {
        "not_null" => Some(format!("not null{}", spaced(expression))),
        "unique" => Some(format!("unique{}", spaced(expression))),
        "primary_key" => Some(format!("primary key{}", spaced(expression))),
        "check" => expression.map(|expression| format!("check ({expression})")),
        "custom" => expression.cloned(),
        "foreign_key" => references(constraint),
        other => return Err(unknown(other)),
    })
}

fn references(constraint: &Constraint) -> Option<String> {
    match (&constraint.to, &constraint.expression) {
        (Some(to), _) if !constraint.to_columns.is_empty() => {
            Some(format!("references {to} ({})", constraint.to_columns.join(", ")))
        }
        (_, Some(expression)) => Some(format!("references {expression}")),
        (_, None) => None,
    }
}

fn unknown(kind: &str) -> CallError {
    raise(
        Error::compilation(format!("`{kind}` is no type of constraint"))
            .hint("use `not_null`, `unique`, `primary_key`, `foreign_key`, `check` or `custom`"),
    )
}

/// `render_raw_model_constraints(raw_constraints)`: a list of table constraints.
pub(super) fn of_model(_node: &Arc<Node>, state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [constraints] = bind("render_raw_model_constraints", arguments, ["raw_constraints"], 1)?;
    let mut all = Vec::new();
    for raw in items(&constraints.unwrap_or_else(|| List::value(Vec::new())))? {
        let constraint = read(state, &raw)?;
        all.extend(model_constraint(&constraint)?.map(Value::from));
    }
    Ok(List::value(all))
}

fn model_constraint(constraint: &Constraint) -> Result<Option<String>, CallError> {
    let prefix = constraint.name.as_ref().map_or_else(String::new, |name| format!("constraint {name} "));
    let columns = constraint.columns.join(", ");
    let expression = constraint.expression.as_ref();
    Ok(match constraint.kind.as_str() {
        "check" => expression.map(|expression| format!("{prefix}check ({expression})")),
        "unique" => Some(format!("{prefix}unique{} ({columns})", spaced(expression))),
        "primary_key" => Some(format!("{prefix}primary key{} ({columns})", spaced(expression))),
        "foreign_key" => {
            references(constraint).map(|references| format!("{prefix}foreign key ({columns}) {references}"))
        }
        "custom" => expression.map(|expression| format!("{prefix}{expression}")),
        "not_null" => None,
        other => return Err(unknown(other)),
    })
}
