//! From drafts to nodes: their text is parsed, their config resolved, their relation named.

use std::sync::Arc;

use rayon::prelude::*;
use serde_json::{Map, Value, json};

use crate::error::{Error, Place, Result};
use crate::name::{Parts, Relation, UniqueId};
use crate::project::Quoting;
use crate::template::{NamePart, Recorded, Subject, SubjectModel, Templates};

use super::draft::Draft;
use super::json::to_json;
use super::merge::lay_over;
use super::node::{Node, NodeKind, RefCall};

/// Parses all drafts on all cores; the order stays.
pub fn parse_all(drafts: Vec<Draft>, templates: &Templates, quoting: Quoting) -> (Vec<Node>, Vec<Error>) {
    let results: Vec<Result<Node>> = drafts.into_par_iter().map(|draft| parse(draft, templates, quoting)).collect();
    let (mut nodes, mut errors) = (Vec::with_capacity(results.len()), Vec::new());
    for result in results {
        match result {
            Ok(node) => nodes.push(node),
            Err(error) => errors.push(error),
        }
    }
    (nodes, errors)
}

/// Parses one draft.
///
/// # Errors
///
/// What the text's Jinja raises, placed in its file.
pub fn parse(draft: Draft, templates: &Templates, quoting: Quoting) -> Result<Node> {
    let Draft { node, above, extra } = draft;
    let place = node.declared.clone().unwrap_or_else(|| Place::at(&node.file, node.first_line, 1));
    let mut node = node;
    if node.config.is_enabled() || node.kind != NodeKind::Seed {
        name(&mut node, templates, quoting).map_err(|error| error.at(place.clone()))?;
    }
    let mut recorded = Recorded::default();
    if node.kind != NodeKind::Seed && (node.config.is_enabled() || above.is_empty()) {
        let shared = Arc::new(node);
        recorded = templates.parse(&Arc::new(subject(&shared, extra))).map_err(|error| error.at(place.clone()))?;
        node = Arc::unwrap_or_clone(shared);
    }
    for (key, value) in &recorded.config {
        node.unrendered_config.insert(key.clone(), value.clone());
    }
    lay_over(&mut node.config, &recorded.config);
    for layer in &above {
        lay_over(&mut node.config, layer);
    }
    finish(&mut node, recorded);
    name(&mut node, templates, quoting).map_err(|error| error.at(place))?;
    Ok(node)
}

/// What the templates get to know of a node.
pub fn subject(node: &Arc<Node>, extra: Vec<(Arc<str>, Value)>) -> Subject {
    let model = Arc::clone(node);
    Subject {
        unique_id: node.unique_id.clone(),
        resource_type: node.kind.as_str(),
        name: node.name.as_str().into(),
        package: node.package.clone(),
        file: node.file.as_path().into(),
        first_line: node.first_line,
        text: node.raw_code.clone(),
        this: node.relation.clone(),
        config: node.config.0.clone(),
        model: SubjectModel(Arc::new(move || to_json(&*model))),
        extra,
    }
}

fn finish(node: &mut Node, recorded: Recorded) {
    for call in recorded.refs {
        let version = call.version.map(|text| text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number)));
        let call = RefCall { package: call.package, name: call.name, version };
        if !node.refs.contains(&call) {
            node.refs.push(call);
        }
    }
    for call in recorded.sources {
        if !node.sources.contains(&call) {
            node.sources.push(call);
        }
    }
    node.metrics =
        recorded.metrics.into_iter().map(|(name, package)| package.into_iter().chain([name]).collect()).collect();
    node.functions =
        recorded.functions.into_iter().map(|(package, name)| package.into_iter().chain([name]).collect()).collect();
    node.depends_on_macros = recorded.macros;
    if let Some(test) = &node.test {
        order_macros(&mut node.depends_on_macros, &test.name);
    }
    if node.kind == NodeKind::Test {
        store_failures(&mut node.config.0);
    }
    for tag in node.config.tags() {
        if !node.tags.iter().any(|known| known == tag) {
            node.tags.push(tag.to_owned());
        }
    }
    if node.group.is_none() {
        node.group = node.config.text("group").map(str::to_owned);
    }
}

/// dbt names the test's own macro first, and leaves out the macro of `where` for the two simplest tests.
fn order_macros(macros: &mut Vec<UniqueId>, test: &str) {
    let own = format!(".test_{test}");
    macros.sort_by_key(|id| !id.as_str().ends_with(&own));
    let is_simple =
        macros.first().is_some_and(|id| matches!(id.as_str(), "macro.dbt.test_unique" | "macro.dbt.test_not_null"));
    if is_simple {
        macros.retain(|id| id.as_str() != "macro.dbt.get_where_subquery");
    }
}

/// The two keys that say where failures go follow from each other.
fn store_failures(config: &mut Map<String, Value>) {
    let is_stored = config.get("store_failures").and_then(Value::as_bool);
    let kind = config.get("store_failures_as").and_then(Value::as_str).map(str::to_owned);
    match (kind.as_deref(), is_stored) {
        (Some(kind), _) => config.insert("store_failures".to_owned(), json!(kind != "ephemeral")),
        (None, Some(true)) => config.insert("store_failures_as".to_owned(), json!("table")),
        (None, Some(false)) => config.insert("store_failures_as".to_owned(), json!("ephemeral")),
        (None, None) => None,
    };
}

/// Gives the node its database, schema, alias and relation by the naming macros.
fn name(node: &mut Node, templates: &Templates, quoting: Quoting) -> Result<()> {
    let custom = |key: &str| node.config.text(key).map(str::to_owned);
    let (database, mut schema, alias) = (custom("database"), custom("schema"), custom("alias"));
    let target_schema = (node.kind == NodeKind::Snapshot).then(|| custom("target_schema")).flatten();
    let target_database = (node.kind == NodeKind::Snapshot).then(|| custom("target_database")).flatten();
    if target_schema.is_some() {
        schema = None;
    }
    let package = node.package.clone();
    let (named_database, named_schema, named_alias) = {
        let json = || to_json(&*node);
        (
            templates.generate_name(NamePart::Database, database.as_deref(), &package, &json)?,
            templates.generate_name(NamePart::Schema, schema.as_deref(), &package, &json)?,
            templates.generate_name(NamePart::Alias, alias.as_deref(), &package, &json)?,
        )
    };
    node.database = target_database.unwrap_or(named_database);
    node.schema = target_schema.unwrap_or(named_schema);
    node.alias = named_alias;
    node.relation = has_relation(node)
        .then(|| Relation { quote: quote(node, quoting), ..Relation::new(&node.database, &node.schema, &node.alias) });
    Ok(())
}

fn has_relation(node: &Node) -> bool {
    match node.kind {
        NodeKind::Model => !node.is_ephemeral(),
        NodeKind::Seed | NodeKind::Snapshot => true,
        NodeKind::Test => node.config.flag("store_failures").unwrap_or(false),
        NodeKind::Analysis | NodeKind::Operation | NodeKind::SqlOperation => false,
    }
}

fn quote(node: &Node, project: Quoting) -> Parts<bool> {
    let own = node.config.map("quoting");
    let part =
        |key: &str, project: Option<bool>| own.and_then(|map| map.get(key)?.as_bool()).or(project).unwrap_or(true);
    Parts {
        database: part("database", project.database),
        schema: part("schema", project.schema),
        identifier: part("identifier", project.identifier),
    }
}
