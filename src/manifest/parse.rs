//! From drafts to nodes: their text is parsed, their config resolved, their relation named.

use std::sync::Arc;

use rayon::prelude::*;
use serde_json::{Map, Value, json};

use crate::error::{Error, Place, Result};
use crate::jinja;
use crate::name::{Parts, Relation, UniqueId};
use crate::project::Quoting;
use crate::template::{NamePart, Named, Recorded, Subject, SubjectModel, Templates};

use super::draft::Draft;
use super::generic_test::evaluated_code;
use super::json::to_json;
use super::merge::lay_over;
use super::node::{Node, NodeKind, RefCall};
use super::shown::shown;

/// A node whose text could not be parsed.
pub struct Unparsed {
    /// Its name, which others may refer to.
    pub name: String,
    /// Why.
    pub error: Error,
}

/// Parses all drafts on all cores; the order stays.
pub fn parse_all(drafts: Vec<Draft>, templates: &Templates, quoting: Quoting) -> (Vec<Node>, Vec<Unparsed>) {
    let parse_one = |draft: Draft| {
        let name = draft.node.name.clone();
        parse(draft, templates, quoting).map_err(|error| Unparsed { name, error })
    };
    let results: Vec<Result<Node, Unparsed>> = drafts.into_par_iter().map(parse_one).collect();
    let (mut nodes, mut unparsed) = (Vec::with_capacity(results.len()), Vec::new());
    for result in results {
        match result {
            Ok(node) => nodes.push(node),
            Err(problem) => unparsed.push(problem),
        }
    }
    (nodes, unparsed)
}

/// Parses one draft.
///
/// # Errors
///
/// What the text's Jinja raises, placed in its file.
pub fn parse(draft: Draft, templates: &Templates, quoting: Quoting) -> Result<Node> {
    let Draft { node, above, above_unrendered, extra, known, evaluated } = draft;
    let place = node.declared.clone().unwrap_or_else(|| Place::at(&node.file, node.first_line, 1));
    let mut node = node;
    let mut recorded = Recorded::default();
    if let Some(known) = known {
        recorded = known;
    } else if node.kind != NodeKind::Seed && (node.config.is_enabled() || above.is_empty()) {
        // The text may ask for `this`, before it says where the node is to go.
        name(&mut node, templates, quoting).map_err(|error| error.at(place.clone()))?;
        let shared = Arc::new(node);
        let parsed = templates.parse(&Arc::new(subject(&shared, extra)));
        recorded = parsed.map_err(|error| placed(&shared, error.at(place.clone())))?;
        node = Arc::unwrap_or_clone(shared);
        if is_read_unrendered(&node) {
            keep_first_calls(&mut recorded.sources);
        }
    }
    let keeps_jinja = templates.globals().flags.switch("state_modified_compare_more_unrendered_values");
    match (keeps_jinja && !is_read_unrendered(&node)).then(|| jinja::config_shapes(&node.raw_code)).flatten() {
        Some(shapes) => {
            node.unrendered_config_call = shapes.into_iter().map(|(key, shape)| (key, shape.into())).collect();
            node.unrendered_config.extend(node.unrendered_config_call.clone());
        }
        None => node.unrendered_config.extend(recorded.config.clone()),
    }
    if !evaluated.is_empty() {
        node.raw_code = evaluated_code(&node.raw_code, &evaluated, &recorded.config).into();
    }
    node.unrendered_config.extend(above_unrendered);
    lay_over(&mut node.config, &recorded.config);
    node.config_call = std::mem::take(&mut recorded.config);
    for layer in &above {
        lay_over(&mut node.config, layer);
    }
    order_own_keys(&mut node);
    finish(&mut node, recorded);
    name(&mut node, templates, quoting).map_err(|error| error.at(place.clone()))?;
    record_hooks(&mut node, templates).map_err(|error| error.at(place))?;
    Ok(node)
}

/// Puts the keys that dbt declares for Postgres before those that nobody declares.
fn order_own_keys(node: &mut Node) {
    let own = ["unlogged", "indexes"].into_iter();
    let found: Vec<(&str, Value)> = own.filter_map(|key| Some((key, node.config.0.get(key)?.clone()))).collect();
    if found.is_empty() {
        return;
    }
    let declared = super::defaults::of(node.kind).0.len();
    for (key, _) in &found {
        node.config.0.shift_remove(*key);
    }
    for (at, (key, value)) in found.into_iter().enumerate() {
        node.config.0.shift_insert(declared + at, key.to_owned(), value);
    }
}

/// Whether dbt knows what the text of the node says without rendering it; it then has the values of its config.
fn is_read_unrendered(node: &Node) -> bool {
    match &node.test {
        Some(test) => test.namespace.is_none() && matches!(&*test.name, "unique" | "not_null"),
        None => node.kind == NodeKind::Model && jinja::is_plain(&node.raw_code),
    }
}

/// The error with its place where the node is declared, when it points into text that we made for a node that stands in YAML.
#[must_use]
pub fn placed(node: &Node, error: Error) -> Error {
    let is_ours = error.place().is_some_and(|place| place.file == node.file && place.line == node.first_line);
    match &node.declared {
        Some(declared) if is_ours => error.moved_to(declared.clone()).forget_calls(),
        _ => error,
    }
}

/// What the templates get to know of a node.
pub fn subject(node: &Arc<Node>, extra: Vec<(Arc<str>, Value)>) -> Subject {
    let model = Arc::clone(node);
    Subject {
        unique_id: node.unique_id.clone(),
        // dbt sends project hooks through the session of its main thread.
        connection: (node.kind == NodeKind::Operation).then(|| "master".into()),
        resource_type: node.kind.as_str(),
        name: node.name.as_str().into(),
        package: node.package.clone(),
        file: node.file.as_path().into(),
        first_line: node.first_line,
        text: node.raw_code.clone(),
        this: this(node),
        config: node.config.0.clone(),
        model: SubjectModel(Arc::new(move || shown(&model, to_json(&*model)))),
        extra,
    }
}

/// The relation that the node's text calls `this`: its own, or the one that it would have.
fn this(node: &Node) -> Option<Relation> {
    match node.kind {
        NodeKind::Operation => None,
        NodeKind::Model
        | NodeKind::Seed
        | NodeKind::Snapshot
        | NodeKind::Test
        | NodeKind::Analysis
        | NodeKind::Function
        | NodeKind::SqlOperation => {
            let relation = node.relation.clone();
            relation.or_else(|| Some(Relation::new(&node.database, &node.schema, &node.alias)))
        }
    }
}

/// Adds what the hooks of the node refer to.
///
/// # Errors
///
/// What their Jinja raises, and `Parsing` for a seed whose hooks refer to other nodes.
fn record_hooks(node: &mut Node, templates: &Templates) -> Result<()> {
    let hooks = ["pre-hook", "post-hook"].into_iter().filter_map(|key| node.config.get(key).and_then(Value::as_array));
    let texts: Vec<String> = hooks
        .flatten()
        .filter_map(|hook| hook["sql"].as_str())
        .filter(|text| jinja::has_jinja(text))
        .map(str::to_owned)
        .collect();
    if texts.is_empty() {
        return Ok(());
    }
    let shared = Arc::new(node.clone());
    for text in texts {
        let subject = Subject { text: text.into(), ..subject(&shared, Vec::new()) };
        let recorded = templates.parse(&Arc::new(subject))?;
        if node.kind == NodeKind::Seed && !(recorded.refs.is_empty() && recorded.sources.is_empty()) {
            let message = format!("Seeds cannot depend on other nodes: a hook of `{}` refers to one", node.name);
            return Err(Error::parsing(message));
        }
        add_calls(node, recorded.refs, recorded.sources);
        for id in recorded.macros {
            if !node.depends_on_macros.contains(&id) {
                node.depends_on_macros.push(id);
            }
        }
    }
    Ok(())
}

fn add_calls(node: &mut Node, refs: Vec<crate::template::RefCall>, sources: Vec<(String, String)>) {
    for call in refs {
        // dbt's own parser of the two most used tests takes the version from the model, not from the text of the call.
        let is_text = node
            .test
            .as_ref()
            .is_some_and(|test| test.namespace.is_some() || !matches!(test.name.as_str(), "unique" | "not_null"));
        let version = call.version.map(|text| if is_text { json!(text) } else { number_or_text(&text) });
        let call = RefCall { package: call.package, name: call.name, version };
        node.refs.push(call);
    }
    node.sources.extend(sources);
}

/// Keeps each source once. dbt tells every call, but for the sources of a text that it reads without rendering it.
fn keep_first_calls(sources: &mut Vec<(String, String)>) {
    let mut seen = Vec::new();
    sources.retain(|call| {
        let is_new = !seen.contains(call);
        seen.push(call.clone());
        is_new
    });
}

/// A version in manifest form: a number where it reads as one.
fn number_or_text(text: &str) -> Value {
    let whole = text.parse::<i64>().map(|number| json!(number));
    whole.or_else(|_| text.parse::<f64>().map(|number| json!(number))).unwrap_or_else(|_| json!(text))
}

fn finish(node: &mut Node, recorded: Recorded) {
    add_calls(node, recorded.refs, recorded.sources);
    node.metrics =
        recorded.metrics.into_iter().map(|(name, package)| package.into_iter().chain([name]).collect()).collect();
    node.functions =
        recorded.functions.into_iter().map(|(package, name)| package.into_iter().chain([name]).collect()).collect();
    node.depends_on_macros = recorded.macros;
    if let Some(test) = &node.test {
        order_macros(&mut node.depends_on_macros, &test.name);
    }
    let (refs, sources) = super::contract::references(node);
    add_calls(node, refs, sources);
    node.contract_checksum = super::contract::checksum(node);
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
    let (named_database, named_schema, named_alias) = {
        let json = || to_json(&*node);
        let named = Named { package: &node.package, name: &node.name, version: node.version.as_ref(), json: &json };
        (
            templates.generate_name(NamePart::Database, database.as_deref(), &named)?,
            templates.generate_name(NamePart::Schema, schema.as_deref(), &named)?,
            templates.generate_name(NamePart::Alias, alias.as_deref(), &named)?,
        )
    };
    node.database = target_database.unwrap_or(named_database);
    node.schema = target_schema.unwrap_or(named_schema);
    node.alias = named_alias;
    let stores_failures = templates.globals().flags.store_failures;
    node.relation = has_relation(node, stores_failures)
        .then(|| Relation { quote: quote(node, quoting), ..Relation::new(&node.database, &node.schema, &node.alias) });
    Ok(())
}

fn has_relation(node: &Node, stores_failures: bool) -> bool {
    match node.kind {
        NodeKind::Model => !node.is_ephemeral(),
        NodeKind::Seed | NodeKind::Snapshot | NodeKind::Function => true,
        NodeKind::Test => node.config.flag("store_failures").unwrap_or(stores_failures),
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
