//! Saved queries: which metrics are asked for, and where their rows are exported to.

use serde_json::{Map, Value, json};

use crate::project::{Package, SemanticProperties};

use super::super::draft::Drafter;
use super::shape::{filters, items, key, key_or};
use super::{SAVED_QUERY, Semantic, bare};

/// A saved query of a property file.
pub fn of_properties(drafter: &Drafter<'_>, package: &Package, entry: &SemanticProperties) -> Semantic {
    let (mut query, unrendered) = bare(drafter, package, SAVED_QUERY, entry);
    let written = entry.rest.to_json();
    let params = written.get("query_params").and_then(Value::as_object).cloned().unwrap_or_default();
    let exports = items(&key(&written, "exports"));
    let exports = exports.iter().filter_map(Value::as_object).map(|it| export(drafter, &query, it));
    let facts = json!({
        "query_params": {
            "metrics": key_or(&params, "metrics", json!([])), "group_by": key_or(&params, "group_by", json!([])),
            "where": filters(&key(&params, "where")), "order_by": key_or(&params, "order_by", json!([])),
            "limit": key(&params, "limit"),
        },
        "exports": exports.collect::<Vec<_>>(), "description": entry.description, "label": key(&written, "label"),
        "metadata": null, "config": query.config.0, "unrendered_config": unrendered, "group": query.group,
        "depends_on": null, "created_at": drafter.now, "refs": [], "tags": query.tags,
    });
    query.facts.extend(facts.as_object().cloned().unwrap_or_default());
    query
}

/// A relation that an export fills: what is not said of it comes from the query's config and the target.
fn export(drafter: &Drafter<'_>, query: &Semantic, it: &Map<String, Value>) -> Value {
    let written = it.get("config").and_then(Value::as_object).cloned().unwrap_or_default();
    let target = &drafter.project.profile.target;
    let place = |name: &str| target.get(name).cloned().unwrap_or_default();
    let inherited = |name: &str| query.config.get(name).cloned();
    let schema = ["schema", "schema_name"].iter().find_map(|name| written.get(*name).cloned());
    let schema = schema.or_else(|| inherited("schema")).unwrap_or_else(|| place("schema"));
    let config = json!({
        "export_as": key_or(&written, "export_as", inherited("export_as").unwrap_or_default()),
        "schema_name": schema, "alias": key_or(&written, "alias", key(it, "name")), "database": place("dbname"),
    });
    json!({"name": key(it, "name"), "config": config, "unrendered_config": written})
}
