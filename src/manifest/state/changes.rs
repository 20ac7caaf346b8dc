//! How each entry of a manifest differs from its form in an earlier one.
//!
//! Configs are compared as they were written, before Jinja, so that another target is no change.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::manifest::json::to_json;
use crate::manifest::node::{Manifest, Node, NodeKind, Overload};
use crate::manifest::overload;
use crate::manifest::resource::Source;
use crate::name::UniqueId;

use super::contract;
use super::previous::{Previous, PreviousNode};

/// One way in which an entry can differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// It was not there.
    New,
    /// Its text.
    Body,
    /// The text that stands for a generic test, which holds its config too; it makes no other test.
    TestText,
    /// Its config.
    Configs,
    /// What its comments in the database are to say.
    PersistedDescriptions,
    /// Where its relation is.
    Relation,
    /// A macro that it calls, directly or through others.
    Macros,
    /// What its contract promises.
    Contract,
    /// Something else that makes it another one: its path, its freshness, its owner.
    Content,
}

/// The changes of all entries, and what should be told of them.
#[derive(Debug, Default)]
pub struct Changes {
    of: HashMap<UniqueId, BTreeSet<Change>>,
    /// Events by name and text.
    pub warnings: Vec<(&'static str, String)>,
    /// The same of contracts.
    pub contract_warnings: Vec<(&'static str, String)>,
    /// `Compilation` when a versioned model breaks the contract that it had; who asks for contracts takes it.
    pub broken: RefCell<Option<Error>>,
}

/// How far the comparison goes: the flags of the project.
#[derive(Debug, Clone, Copy, Default)]
pub struct Strictness {
    /// `state_modified_compare_more_unrendered_values`.
    pub compares_unrendered: bool,
}

/// Config keys that change nothing but the name of the relation, or nothing at all.
const NO_CONFIG_CHANGE: [&str; 5] = ["alias", "schema", "database", "tags", "group"];

/// The only config keys in which a change makes another test.
const TEST_KEYS: [&str; 8] =
    ["severity", "store_failures", "store_failures_as", "where", "limit", "fail_calc", "warn_if", "error_if"];

impl Changes {
    /// Compares every entry of `manifest`.
    pub fn between(previous: &Previous, manifest: &Manifest, strictness: Strictness) -> Changes {
        let mut changes = Changes::default();
        let macros = changed_macros(previous, manifest);
        for (id, node) in &manifest.nodes {
            let old = previous.nodes.get(id.as_str()).or_else(|| previous.functions.get(id.as_str()));
            let mut found = changes.of_node(node, old);
            if node.depends_on_macros.iter().any(|id| macros.contains(id.as_str())) {
                found.insert(Change::Macros);
            }
            changes.of.insert(id.clone(), found);
        }
        for (id, source) in &manifest.sources {
            let old = previous.sources.get(id.as_str());
            changes.of.insert(id.clone(), of_source(source, old, strictness));
        }
        for (id, exposure) in &manifest.exposures {
            let old = previous.exposures.get(id.as_str());
            changes.of.insert(id.clone(), of_entry(&to_json(exposure), old, "exposure"));
        }
        let semantic = [
            ("metric", &manifest.metrics, &previous.metrics),
            ("semantic_model", &manifest.semantic_models, &previous.semantic_models),
            ("saved_query", &manifest.saved_queries, &previous.saved_queries),
        ];
        for (kind, entries, old) in semantic {
            for (id, entry) in entries {
                changes.of.insert(id.clone(), of_entry(&to_json(entry), old.get(id.as_str()), kind));
            }
        }
        for (id, test) in &manifest.unit_tests {
            let old = previous.unit_tests.get(id.as_str());
            changes.of.insert(id.clone(), of_entry(&to_json(test), old, "unit_test"));
        }
        let removed = contract::check_removed(previous, manifest, &mut changes.contract_warnings);
        changes.note(removed);
        changes
    }

    /// Keeps the first error.
    fn note(&mut self, result: Result<()>) {
        let first = self.broken.get_mut();
        if first.is_none() {
            *first = result.err();
        }
    }

    /// The changes of `id`.
    pub fn of(&self, id: &UniqueId) -> &BTreeSet<Change> {
        static NONE: BTreeSet<Change> = BTreeSet::new();
        self.of.get(id).unwrap_or(&NONE)
    }

    fn of_node(&mut self, node: &Node, old: Option<&PreviousNode>) -> BTreeSet<Change> {
        let Some(old) = old else {
            return all_of(&[
                Change::New,
                Change::Body,
                Change::Configs,
                Change::PersistedDescriptions,
                Change::Relation,
                Change::Contract,
            ]);
        };
        let mut found = BTreeSet::new();
        let mut put = |change, differs: bool| differs.then(|| found.insert(change));
        put(Change::Body, self.is_other_body(node, old));
        put(Change::Configs, is_other_config(node.kind, &node.unrendered_config, &old.unrendered_config));
        put(Change::PersistedDescriptions, is_other_description(node, old));
        put(Change::Relation, is_other_relation(&node.unrendered_config, &old.unrendered_config));
        put(Change::Content, node.fqn != old.fqn || node.kind == NodeKind::Model && is_other_promise(node, old));
        if node.kind == NodeKind::Model {
            let is_changed = contract::is_changed(node, old, &mut self.contract_warnings);
            put(Change::Contract, *is_changed.as_ref().unwrap_or(&true));
            self.note(is_changed.map(|_| ()));
        }
        if let Some(function) = &node.function {
            let (arguments, returns) = (json!(function.arguments), json!(function.returns));
            let differs =
                is_other(Some(&arguments), Some(&json!(old.arguments))) || is_other(Some(&returns), Some(&old.returns));
            put(Change::Content, differs || are_other_overloads(&function.overloads, &old.overloads));
        }
        // A generic test is its arguments, which its id is made from.
        if node.test.is_some() {
            let is_other_text = found.contains(&Change::Body);
            found.retain(|change| matches!(change, Change::Configs | Change::Content));
            found.extend(is_other_text.then_some(Change::TestText));
        }
        found
    }

    fn is_other_body(&mut self, node: &Node, old: &PreviousNode) -> bool {
        if node.kind != NodeKind::Seed {
            return old.raw_code.as_deref() != Some(&node.raw_code);
        }
        let (new, old) = (&node.checksum, &old.checksum);
        let path = |text: &str| node.unique_id.to_string() + " (" + text + ")";
        match (new.name == "path", old.name == "path") {
            (true, true) => {
                let text = format!(
                    "Found a seed ({}) >1MB in size at the same path, dbt cannot tell if it has changed: assuming they are the same",
                    path(&node.original_path)
                );
                self.warnings.push(("SeedExceedsLimitSamePath", text));
                new.checksum != old.checksum
            }
            (true, false) => {
                let text = format!(
                    "Found a seed ({}) >1MB in size. The previous file was <=1MB, so it has changed",
                    path(&node.original_path)
                );
                self.warnings.push(("SeedIncreased", text));
                true
            }
            (false, _) => new.name != old.name || new.checksum != old.checksum,
        }
    }
}

fn all_of(changes: &[Change]) -> BTreeSet<Change> {
    changes.iter().copied().collect()
}

/// Macros whose text is not the same any more, and all that call one, directly or through others.
///
/// The built-in ones do not count: dbt's text and kiln's are never the same.
fn changed_macros<'m>(previous: &Previous, manifest: &'m Manifest) -> HashSet<&'m str> {
    let is_built_in = |package: &str| package == "dbt" || package == "dbt_postgres";
    let mut callers: HashMap<&str, Vec<&'m str>> = HashMap::new();
    let mut open: Vec<&'m str> = Vec::new();
    for (id, entry) in &manifest.macros {
        for called in entry.json["depends_on"]["macros"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            callers.entry(called).or_default().push(id.as_str());
        }
        let old = previous.macros.get(id.as_str());
        let is_same = old.is_some_and(|old| entry.json["macro_sql"] == *old.macro_sql);
        if !is_same && !is_built_in(&entry.package) {
            open.push(id.as_str());
        }
    }
    let mut found: HashSet<&str> = HashSet::new();
    while let Some(id) = open.pop() {
        if found.insert(id) {
            open.extend(callers.get(id).into_iter().flatten());
        }
    }
    found
}

/// Whether an overload has another body, takes or gives something else.
fn are_other_overloads(new: &[Overload], old: &[Value]) -> bool {
    let essence = |overload: &Value| {
        ["defined_in", "arguments", "returns", "raw_body"].map(|key| without_nothing(overload.get(key)))
    };
    new.len() != old.len() || new.iter().zip(old).any(|(new, old)| essence(&overload::to_json(new)) != essence(old))
}

/// Whether a key that matters is written in one of both only, or otherwise.
fn is_other_config(kind: NodeKind, new: &Map<String, Value>, old: &Map<String, Value>) -> bool {
    let matters = |key: &str| match kind {
        NodeKind::Test => TEST_KEYS.contains(&key),
        NodeKind::Model
        | NodeKind::Seed
        | NodeKind::Snapshot
        | NodeKind::Analysis
        | NodeKind::Function
        | NodeKind::Operation
        | NodeKind::SqlOperation => !NO_CONFIG_CHANGE.contains(&key),
    };
    new.keys().chain(old.keys()).filter(|key| matters(key)).any(|key| new.get(key) != old.get(key))
}

fn is_other_relation(new: &Map<String, Value>, old: &Map<String, Value>) -> bool {
    ["database", "schema", "alias"].iter().any(|key| value(new, key) != value(old, key))
}

/// A value that is there and not null.
fn value<'v>(map: &'v Map<String, Value>, key: &str) -> Option<&'v Value> {
    map.get(key).filter(|value| !value.is_null())
}

/// Whether the descriptions that go into the database differ; those that do not go there never count.
fn is_other_description(node: &Node, old: &PreviousNode) -> bool {
    let persists =
        |what: &str| node.config.map("persist_docs").and_then(|map| map.get(what)) == Some(&Value::Bool(true));
    let of_columns = || {
        node.columns.len() != old.columns.len()
            || node.columns.iter().any(|(name, column)| {
                old.columns.get(name).and_then(|old| old["description"].as_str()) != Some(&column.description)
            })
    };
    persists("relation") && old.description.as_deref().unwrap_or_default() != node.description
        || persists("columns") && of_columns()
}

/// Whether something differs on which `ref` depends: the latest version, who may refer, until when.
fn is_other_promise(node: &Node, old: &PreviousNode) -> bool {
    let new = to_json(node);
    let is_other = |key: &str, old: Option<&Value>| new.get(key).filter(|value| !value.is_null()) != old;
    is_other("latest_version", old.latest_version.as_ref())
        || is_other("access", old.access.as_ref())
        || is_other("deprecation_date", old.deprecation_date.as_ref())
}

fn of_source(source: &Source, old: Option<&Value>, strictness: Strictness) -> BTreeSet<Change> {
    let Some(old) = old else { return all_of(&[Change::New, Change::Configs, Change::Relation]) };
    let new = to_json(source);
    let differs = |key: &str| new.get(key).unwrap_or(&Value::Null) != old.get(key).unwrap_or(&Value::Null);
    let place: [&str; 3] = match strictness.compares_unrendered {
        true => ["unrendered_database", "unrendered_schema", "identifier"],
        false => ["database", "schema", "identifier"],
    };
    let mut found = BTreeSet::new();
    if place.iter().any(|key| differs(key)) {
        found.insert(Change::Relation);
    }
    if differs("unrendered_config") {
        found.insert(Change::Configs);
    }
    let others = ["fqn", "quoting", "freshness", "loaded_at_field", "external"];
    if others.iter().any(|key| is_other(new.get(*key), old.get(*key))) {
        found.insert(Change::Content);
    }
    found
}

/// Whether two values differ, where null, an empty text and a mapping of nulls are all nothing.
fn is_other(new: Option<&Value>, old: Option<&Value>) -> bool {
    !is_nothing(new) && !is_nothing(old) && without_nothing(new) != without_nothing(old)
        || is_nothing(new) != is_nothing(old)
}

fn is_nothing(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Object(map)) => map.values().all(|value| is_nothing(Some(value))),
        Some(Value::Array(_) | Value::Bool(_) | Value::Number(_)) => false,
    }
}

fn without_nothing(value: Option<&Value>) -> Value {
    match value {
        Some(Value::Object(map)) => map
            .iter()
            .filter(|(_, value)| !is_nothing(Some(value)))
            .map(|(key, value)| (key.clone(), without_nothing(Some(value))))
            .collect(),
        Some(other) => other.clone(),
        None => Value::Null,
    }
}

/// The keys of an entry's manifest form in which a change makes it another one.
fn keys_of(kind: &str) -> &'static [&'static str] {
    match kind {
        "exposure" => &["fqn", "type", "owner", "description", "label", "maturity", "url"],
        "metric" => &["fqn", "description", "label", "type", "type_params", "filter", "metadata", "time_granularity"],
        "semantic_model" => &[
            "fqn",
            "model",
            "description",
            "defaults",
            "entities",
            "measures",
            "dimensions",
            "config",
            "primary_entity",
            "group",
        ],
        "saved_query" => &["fqn", "query_params", "exports", "description", "label", "config", "group", "tags"],
        "unit_test" => &["checksum"],
        _ => &[],
    }
}

/// The changes of an entry that is known by its manifest form only.
pub(super) fn of_entry(new: &Value, old: Option<&Value>, kind: &str) -> BTreeSet<Change> {
    let has_config = kind != "unit_test";
    let Some(old) = old else {
        let changes = [Change::New, Change::Configs];
        return all_of(&changes[..if has_config { 2 } else { 1 }]);
    };
    let mut found = BTreeSet::new();
    if has_config && is_other(new.get("unrendered_config"), old.get("unrendered_config")) {
        found.insert(Change::Configs);
    }
    let nodes = |entry: &Value| -> BTreeSet<String> {
        let nodes = entry["depends_on"]["nodes"].as_array().into_iter().flatten();
        nodes.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    if keys_of(kind).iter().any(|key| is_other(new.get(*key), old.get(*key)))
        || kind == "exposure" && nodes(new) != nodes(old)
    {
        found.insert(Change::Content);
    }
    found
}
