//! Config trees of project files: what they say along a node's path.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::merge::{canonical_key, written_key};
use crate::project;

/// What the tree says for a node of this path, outermost first, each level as one layer.
pub fn layers(tree: &project::Map, fqn: &[String]) -> Vec<Map<String, Value>> {
    along(tree, fqn, |key, node| (canonical_key(key).to_owned(), node.to_json()))
}

/// The same before Jinja.
pub fn unrendered_layers(tree: &project::Map, fqn: &[String]) -> Vec<Map<String, Value>> {
    along(tree, fqn, |key, node| (written_key(key).to_owned(), node.to_unrendered_json()))
}

fn along(
    tree: &project::Map,
    fqn: &[String],
    read: fn(&str, &project::Node) -> (String, Value),
) -> Vec<Map<String, Value>> {
    let mut found = Vec::new();
    let mut level = Some(tree);
    let mut path = fqn.iter();
    while let Some(map) = level {
        let layer = configs(map, read);
        if !layer.is_empty() {
            found.push(layer);
        }
        level = path.next().and_then(|part| sub_path(map, part));
    }
    found
}

/// The config keys of one level: those with a `+`, and those whose value is no mapping.
fn configs(map: &project::Map, read: fn(&str, &project::Node) -> (String, Value)) -> Map<String, Value> {
    map.iter()
        .filter(|(key, node)| key.starts_with('+') || !matches!(node.value, project::Value::Map(_)))
        .map(|(key, node)| read(key, node))
        .collect()
}

fn sub_path<'a>(map: &'a project::Map, part: &str) -> Option<&'a project::Map> {
    match &map.get(part)?.value {
        project::Value::Map(inner) => Some(inner),
        _ => None,
    }
}

/// Paths of the tree with configs in them, such as `models.shop.staging`, that no path of `fqns` goes through; `section` heads them.
pub fn unused_paths<'a>(
    section: &str,
    tree: &project::Map,
    fqns: impl Iterator<Item = &'a [String]>,
) -> Vec<(String, crate::error::Place)> {
    let mut used: HashSet<&'a [String]> = HashSet::new();
    for fqn in fqns {
        for length in 0..=fqn.len() {
            used.insert(&fqn[..length]);
        }
    }
    let Some(first) = tree.entries.first() else { return Vec::new() };
    let mut unused = Unused { section, used: &used, found: Vec::new() };
    unused.collect(tree, first.key.place(), &mut Vec::new());
    unused.found
}

struct Unused<'a> {
    section: &'a str,
    used: &'a HashSet<&'a [String]>,
    found: Vec<(String, crate::error::Place)>,
}

impl Unused<'_> {
    fn collect(&mut self, map: &project::Map, place: crate::error::Place, path: &mut Vec<String>) {
        for (key, node) in map.iter().filter(|(key, _)| !key.starts_with('+')) {
            let project::Value::Map(inner) = &node.value else { continue };
            path.push(key.to_owned());
            self.collect(inner, node.origin.place(), path);
            path.pop();
        }
        let has_configs = map.iter().any(|(key, node)| {
            key.starts_with('+') || !matches!(node.value, project::Value::Map(_) | project::Value::Null)
        });
        if has_configs && !self.used.contains(path.as_slice()) {
            let parts = std::iter::once(self.section).chain(path.iter().map(String::as_str));
            self.found.push((parts.collect::<Vec<_>>().join("."), place));
        }
    }
}
