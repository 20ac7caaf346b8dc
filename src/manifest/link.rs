//! References resolved to ids: what each node needs, and who may use whom.

use std::collections::HashMap;

use indexmap::IndexMap;

use crate::error::{Error, Place};
use crate::name::UniqueId;
use crate::project::{Project, Warning};

use super::node::{Manifest, Node, NodeKind, RefCall};
use super::reference::{Found, Index, ambiguous, caller, missing_function, missing_node, missing_source};

/// Who calls `ref` and `source`.
struct Caller<'a> {
    id: &'a UniqueId,
    package: &'a str,
    group: Option<&'a str>,
    path: &'a str,
    place: Place,
    refs: &'a [RefCall],
    sources: &'a [(String, String)],
    functions: &'a [Vec<String>],
}

/// Resolves all calls of all nodes and exposures; tests on what is switched off or missing are dropped with a warning.
pub fn link(manifest: &mut Manifest, index: &Index, project: &Project) -> (Vec<Error>, Vec<Warning>) {
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    let mut resolved: Vec<(UniqueId, Vec<UniqueId>)> = Vec::new();
    let mut dropped: Vec<UniqueId> = Vec::new();
    for node in manifest.nodes.values() {
        let caller = of_node(node);
        let (found, problems) = targets(&caller, manifest, index);
        if problems.is_empty() {
            errors.extend(forbidden(&caller, &found, manifest, project));
            resolved.push((node.unique_id.clone(), found));
        } else if node.kind == NodeKind::Test {
            dropped.push(node.unique_id.clone());
            warnings.extend(problems.into_iter().map(as_warning));
        } else {
            errors.extend(problems);
        }
    }
    for exposure in manifest.exposures.values() {
        let calls = Caller {
            id: &exposure.unique_id,
            package: &exposure.package,
            // An exposure is in no group, so nothing private is for it.
            group: None,
            path: &exposure.original_path,
            place: exposure.place.clone(),
            refs: &exposure.refs,
            sources: &exposure.sources,
            functions: &[],
        };
        let (found, problems) = targets(&calls, manifest, index);
        errors.extend(problems);
        errors.extend(forbidden(&calls, &found, manifest, project));
        resolved.push((exposure.unique_id.clone(), found));
    }
    if !index.prefers_own {
        warnings.extend(resolved.iter().flat_map(|(id, found)| towards_root(id, found, manifest)));
    }
    for (id, found) in resolved {
        if let Some(node) = manifest.nodes.get_mut(&id) {
            node.depends_on = found;
        } else if let Some(exposure) = manifest.exposures.get_mut(&id) {
            exposure.depends_on = found;
        }
    }
    for id in dropped {
        if let Some(mut node) = manifest.nodes.shift_remove(&id) {
            node.config.0.insert("enabled".to_owned(), serde_json::Value::Bool(false));
            manifest.idle.insert(id, node);
        }
    }
    errors.extend(super::semantic::link(manifest, index));
    super::contract::resolve_foreign_keys(manifest, index);
    primary_keys(manifest);
    declared_keys(manifest);
    maps(manifest);
    (errors, warnings)
}

/// A warning for each node of the root project that a node of another package needs.
fn towards_root(id: &UniqueId, found: &[UniqueId], manifest: &Manifest) -> Vec<Warning> {
    let of_node = manifest.nodes.get(id).map(|node| (node.name.as_str(), &node.package));
    let of_exposure = || manifest.exposures.get(id).map(|exposure| (exposure.name.as_str(), &exposure.package));
    let Some((name, package)) = of_node.or_else(of_exposure) else { return Vec::new() };
    let root = &manifest.project_name;
    let is_of_root = |id: &&UniqueId| manifest.nodes.get(*id).is_some_and(|node| *node.package == **root);
    if **package == **root {
        return Vec::new();
    }
    let warning = |target: &UniqueId| {
        let message = format!(
            "The node '{name}' in package '{package}' depends on the root project node '{target}'. This may lead to \
             unexpected cycles downstream. Set the flag `require_ref_searches_node_package_before_root` to true to avoid it."
        );
        Warning { name: "PackageNodeDependsOnRootProjectNode", message, place: None }
    };
    found.iter().filter(is_of_root).map(warning).collect()
}

fn of_node(node: &Node) -> Caller<'_> {
    Caller {
        id: &node.unique_id,
        package: &node.package,
        group: node.group.as_deref(),
        path: &node.original_path,
        place: node.declared.clone().unwrap_or_else(|| place_of_first_call(node)),
        refs: &node.refs,
        sources: &node.sources,
        functions: &node.functions,
    }
}

fn place_of_first_call(node: &Node) -> Place {
    Place::at(&node.file, node.first_line, 1)
}

/// What a node needs, sources first as dbt lists them.
///
/// # Errors
///
/// One for each call that leads nowhere.
pub fn targets_of_node(node: &Node, manifest: &Manifest, index: &Index) -> Result<Vec<UniqueId>, Vec<Error>> {
    let (found, problems) = targets(&of_node(node), manifest, index);
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

fn targets(calls: &Caller<'_>, manifest: &Manifest, index: &Index) -> (Vec<UniqueId>, Vec<Error>) {
    let root = manifest.project_name.as_str();
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    let who = || caller(calls.id, calls.path);
    for (at, call) in calls.sources.iter().enumerate() {
        if calls.sources[..at].contains(call) {
            continue;
        }
        match index.source(calls.package, root, &call.0, &call.1) {
            Found::Enabled(id) => push_new(&mut found, id),
            missing => {
                let is_disabled = missing == Found::Disabled;
                problems.push(missing_source(&who(), place_of(calls, &call.1), call, is_disabled, manifest));
            }
        }
    }
    for (at, call) in calls.refs.iter().enumerate() {
        if calls.refs[..at].contains(call) {
            continue;
        }
        match index.node(calls.package, root, call) {
            Found::Enabled(id) => push_new(&mut found, id),
            Found::Disabled | Found::Missing if index.is_unparsed(&call.name) => {}
            Found::Several(ids) => problems.push(ambiguous(&who(), place_of(calls, &call.name), call, &ids)),
            missing => {
                let is_disabled = missing == Found::Disabled;
                problems.push(missing_node(&who(), place_of(calls, &call.name), call, is_disabled, manifest));
            }
        }
    }
    for call in calls.functions {
        let (package, name) = match call.as_slice() {
            [package, name] => (Some(package.as_str()), name.as_str()),
            other => (None, other.first().map_or("", String::as_str)),
        };
        match index.function(calls.package, root, package, name) {
            Found::Enabled(id) => push_new(&mut found, id),
            missing => {
                let is_disabled = missing == Found::Disabled;
                problems.push(missing_function(&who(), place_of(calls, name), name, is_disabled, manifest));
            }
        }
    }
    (found, problems)
}

fn push_new(found: &mut Vec<UniqueId>, id: UniqueId) {
    if !found.contains(&id) {
        found.push(id);
    }
}

/// The line of the caller's own text that mentions `name` in quotes, else where the caller stands.
fn place_of(calls: &Caller<'_>, name: &str) -> Place {
    let Ok(text) = std::fs::read_to_string(&calls.place.file) else { return calls.place.clone() };
    let from = calls.place.line.max(1) as usize - 1;
    for (number, line) in text.lines().enumerate().skip(from) {
        let at = line.find(&format!("'{name}'")).or_else(|| line.find(&format!("\"{name}\"")));
        if let Some(at) = at {
            let before = &line[..at];
            let start = ["ref", "source", "function"].iter().find_map(|word| before.rfind(word)).unwrap_or(at);
            let column = line[..start].chars().count() as u32 + 1;
            return Place::at(&calls.place.file, number as u32 + 1, column);
        }
    }
    calls.place.clone()
}

/// dbt tells of what is switched off in its log file alone.
fn as_warning(error: Error) -> Warning {
    let name = if error.message().ends_with("which is disabled") {
        "InvalidDisabledTargetInTestNode"
    } else {
        "NodeNotFoundOrDisabled"
    };
    Warning { name, message: error.message().to_owned(), place: error.place().cloned() }
}

/// Errors for private models of another group, and for protected ones of a package that restricts its access.
fn forbidden(caller: &Caller<'_>, found: &[UniqueId], manifest: &Manifest, project: &Project) -> Vec<Error> {
    let mut errors = Vec::new();
    for target in found.iter().filter_map(|id| manifest.nodes.get(id)).filter(|target| target.kind == NodeKind::Model) {
        let access = target.config.text("access").unwrap_or("protected");
        let is_shut_out = || {
            let package = project.all_packages().find(|package| package.name == *target.package);
            caller.package != &*target.package && package.is_some_and(|package| package.settings.restrict_access)
        };
        let is_of_group = target.group.is_some() && caller.group == target.group.as_deref();
        let reason = if access == "private" && (!is_of_group || is_shut_out()) {
            format!("private to the '{}' group", target.group.as_deref().unwrap_or_default())
        } else if access == "protected" && is_shut_out() {
            format!("protected to the '{}' package", target.package)
        } else {
            continue;
        };
        let message = format!(
            "Node {} attempted to reference node {}, which is not allowed because the referenced node is {reason}.",
            caller.id, target.unique_id
        );
        errors.push(Error::parsing(message).at(caller.place.clone()));
    }
    errors
}

/// Columns that tests show to be a model's key.
fn primary_keys(manifest: &mut Manifest) {
    let mut unique: HashMap<UniqueId, Vec<String>> = HashMap::new();
    let mut present: HashMap<UniqueId, Vec<String>> = HashMap::new();
    for node in manifest.nodes.values() {
        let Some(test) = &node.test else { continue };
        let (Some(id), Some(column)) = (&test.attached_node, &test.column_name) else { continue };
        match (test.namespace.as_deref(), test.name.as_str()) {
            (None, "unique") => unique.entry(id.clone()).or_default().push(column.clone()),
            (None, "not_null") => present.entry(id.clone()).or_default().push(column.clone()),
            _ => {}
        }
    }
    for (id, columns) in unique {
        let Some(node) = manifest.nodes.get_mut(&id).filter(|node| node.kind == NodeKind::Model) else { continue };
        let both: Vec<String> = columns
            .iter()
            .filter(|column| present.get(&id).is_some_and(|list| list.contains(column)))
            .cloned()
            .collect();
        node.primary_key = if both.is_empty() { columns } else { both };
    }
}

/// Keys that constraints declare count before those that tests show.
fn declared_keys(manifest: &mut Manifest) {
    for node in manifest.nodes.values_mut().filter(|node| node.kind == NodeKind::Model) {
        let is_key = |constraint: &&serde_json::Value| constraint["type"].as_str() == Some("primary_key");
        let of_model = node.constraints.iter().find(is_key).map(|it| super::column::texts(&it["columns"]));
        let by_columns = || {
            let columns = node.columns.values().filter(|column| column.constraints.iter().any(|it| is_key(&it)));
            columns.map(|column| column.name.clone()).collect::<Vec<String>>()
        };
        let declared = of_model.unwrap_or_else(by_columns);
        if !declared.is_empty() {
            node.primary_key = declared;
        }
    }
}

fn maps(manifest: &mut Manifest) {
    let mut parents: IndexMap<UniqueId, Vec<UniqueId>> = IndexMap::new();
    for node in manifest.nodes.values() {
        parents.insert(node.unique_id.clone(), sorted(&node.depends_on));
    }
    for id in manifest.idle.keys() {
        parents.insert(id.clone(), Vec::new());
    }
    for id in manifest.sources.keys() {
        parents.insert(id.clone(), Vec::new());
    }
    for exposure in manifest.exposures.values() {
        parents.insert(exposure.unique_id.clone(), sorted(&exposure.depends_on));
    }
    let semantic = manifest.metrics.values().chain(manifest.semantic_models.values());
    for entry in semantic.chain(manifest.saved_queries.values()) {
        parents.insert(entry.unique_id.clone(), sorted(&entry.depends_on));
    }
    for test in manifest.unit_tests.values() {
        parents.insert(test.unique_id.clone(), test.depends_on.clone());
    }
    let mut children: IndexMap<UniqueId, Vec<UniqueId>> = parents.keys().map(|id| (id.clone(), Vec::new())).collect();
    for (id, list) in &parents {
        for parent in list {
            children.entry(parent.clone()).or_default().push(id.clone());
        }
    }
    children.values_mut().for_each(|list| list.sort());
    manifest.parent_map = parents;
    manifest.child_map = children;
}

fn sorted(ids: &[UniqueId]) -> Vec<UniqueId> {
    let mut ids = ids.to_vec();
    ids.sort();
    ids.dedup();
    ids
}
