//! The comment that stands before, or behind, each statement: `query-comment` of the project.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::DBT_VERSION;
use super::node::Node;
use crate::error::{Error, Result};
use crate::jinja::{Mode, Template, Value};

/// `sql` with the comment of its node.
pub(super) fn with(node: &Arc<Node>, sql: &str) -> Result<String> {
    Ok(put(&of(node)?, node.shared.globals.query_comment.append, sql))
}

/// The comment of a node, rendered once.
pub(super) fn of(node: &Arc<Node>) -> Result<String> {
    if let Some(comment) = node.comment.get() {
        return Ok(comment.clone());
    }
    let text = rendered(node)?;
    Ok(node.comment.get_or_init(|| text).clone())
}

fn put(comment: &str, append: bool, sql: &str) -> String {
    match (comment.is_empty(), append) {
        (true, _) => sql.to_owned(),
        (false, false) => format!("/* {comment} */\n{sql}"),
        (false, true) => match sql.trim_end().strip_suffix(';') {
            Some(sql) => format!("{sql}\n/* {comment} */;"),
            None => format!("{}\n/* {comment} */", sql.trim_end()),
        },
    }
}

fn rendered(node: &Arc<Node>) -> Result<String> {
    let text = match &node.shared.globals.query_comment.text {
        None => standard(node),
        Some(text) => {
            let file = Path::new("dbt_project.yml");
            let template = Template { what: "query-comment", file, line: 1, column: 1, text };
            let output = node.shared.engine.render(Mode::Run, &template, &commenting(node).root())?;
            output.returned.map_or(output.text, |value| crate::jinja::text(&value))
        }
    };
    if text.contains("*/") {
        return Err(Error::runtime(format!("query comment contains illegal value \"*/\": {}", text.trim())));
    }
    Ok(text.trim().to_owned())
}

/// The same node, which its comment calls `node`; what is no node of the graph is none there.
fn commenting(node: &Node) -> Arc<Node> {
    let mut context = Node::new(&node.shared, &node.subject, node.runtime.as_ref());
    let model = node.model();
    // dbt's main session works for no node, also while it sends hooks.
    let is_node = node.subject.connection.is_none() && model.get_attr("unique_id").is_ok_and(|id| !id.is_undefined());
    context.extra.push(("node".into(), if is_node { model.clone() } else { Value::from(()) }));
    Arc::new(context)
}

/// dbt's comment.
fn standard(node: &Node) -> String {
    let globals = &node.shared.globals;
    let mut facts = json!({
        "app": "dbt",
        "dbt_version": DBT_VERSION,
        "profile_name": globals.target_text("profile_name"),
        "target_name": globals.target_text("target_name"),
    });
    let key = if node.subject.connection.is_some() { "connection_name" } else { "node_id" };
    facts[key] = json!(node.subject.connection());
    python_json(&facts)
}

/// JSON on one line with a space after commas and colons, as Python writes it.
fn python_json(facts: &serde_json::Value) -> String {
    let pairs = facts.as_object().into_iter().flatten().map(|(key, value)| format!("{}: {value}", json!(key)));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::put;

    #[test]
    fn an_appended_comment_stays_before_the_last_semicolon() {
        assert_eq!(put("x", true, "select 1;\n"), "select 1\n/* x */;");
        assert_eq!(put("x", false, "select 1"), "/* x */\nselect 1");
    }
}
