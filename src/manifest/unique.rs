//! Names that two nodes share, and names with blanks.

use std::collections::HashMap;

use crate::error::{Error, Place};
use crate::flag::Flags;
use crate::project::Warning;

use super::node::{Manifest, Node};
use super::version::version_text;

/// Checks the names of nodes and of their relations, as strictly as `flags` say.
pub fn check(manifest: &Manifest, flags: &Flags, errors: &mut Vec<Error>, warnings: &mut Vec<Warning>) {
    let is_strict = flags.switch("require_unique_project_resource_names");
    let mut relations = HashMap::new();
    let mut names = HashMap::new();
    for node in manifest.nodes.values().filter(|node| super::reference::is_referable(node.kind)) {
        let name = (&node.package, node.name.as_str(), node.version.as_ref().map(version_text));
        if let Some(other) = names.insert(name, node) {
            if is_strict || other.kind == node.kind {
                errors.push(same_name(other, node));
                continue;
            }
            warnings.push(same_name_of_another_kind(other, node));
        }
        let Some(relation) = &node.relation else { continue };
        if let Some(other) = relations.insert(relation.render().to_lowercase(), node) {
            errors.push(same_relation(&relation.render(), other, node));
        }
    }
    if !flags.switch("require_resource_names_without_spaces") {
        warnings.extend(names_with_blanks(manifest));
    }
}

fn both(one: &Node, other: &Node) -> String {
    format!("`{}` ({}) and `{}` ({})", one.unique_id, one.original_path, other.unique_id, other.original_path)
}

fn same_name(one: &Node, other: &Node) -> Error {
    let message = format!("dbt found two resources with the name \"{}\": {}", other.name, both(one, other));
    Error::compilation(message).at(Place::file(&other.file)).hint("rename one of them")
}

fn same_name_of_another_kind(one: &Node, other: &Node) -> Warning {
    let message = format!(
        "two resources of different types have the name \"{}\": {}; `ref` cannot tell them apart",
        other.name,
        both(one, other)
    );
    let place = Some(Place::file(&other.file));
    Warning { name: "DuplicateNameDistinctNodeTypesDeprecation", message, place }
}

fn same_relation(relation: &str, one: &Node, other: &Node) -> Error {
    let message =
        format!("dbt found two resources with the database representation \"{relation}\": {}", both(one, other));
    Error::compilation(message).at(Place::file(&other.file)).hint("give one of them another alias or schema")
}

/// Nodes with a blank in their name, where flags allow them.
fn names_with_blanks(manifest: &Manifest) -> impl Iterator<Item = Warning> {
    let has_blank = |node: &&Node| node.test.is_none() && node.name.contains(' ');
    manifest.nodes.values().filter(has_blank).map(|node| {
        let message = format!("the name of {} `{}` has a space in it", node.kind.as_str(), node.name);
        Warning { name: "ResourceNamesWithSpacesDeprecation", message, place: Some(Place::file(&node.file)) }
    })
}
