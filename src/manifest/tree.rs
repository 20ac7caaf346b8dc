//! Config trees of project files: what they say along a node's path.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::project;

/// What the tree says for a node of this path, outermost first, each level as one layer.
pub fn layers(tree: &project::Map, fqn: &[String]) -> Vec<Map<String, Value>> {
    let mut found = Vec::new();
    let mut level = Some(tree);
    let mut path = fqn.iter();
    while let Some(map) = level {
        let layer = configs(map);
        if !layer.is_empty() {
            found.push(layer);
        }
        level = path.next().and_then(|part| sub_path(map, part));
    }
    found
}

/// The config keys of one level: those with a `+`, and those whose value is no mapping.
fn configs(map: &project::Map) -> Map<String, Value> {
    map.iter()
        .filter(|(key, node)| key.starts_with('+') || !matches!(node.value, project::Value::Map(_)))
        .map(|(key, node)| (super::merge::canonical_key(key).to_owned(), node.to_json()))
        .collect()
}

/// The same before Jinja.
pub fn unrendered_layers(tree: &project::Map, fqn: &[String]) -> Vec<Map<String, Value>> {
    let mut found = layers(tree, fqn);
    let mut level = Some(tree);
    let mut path = fqn.iter();
    let mut at = 0;
    while let Some(map) = level {
        if let Some(layer) = found.get_mut(at).filter(|_| !configs(map).is_empty()) {
            for (key, node) in map.iter() {
                if let (Some(text), Some(value)) = (&node.template, layer.get_mut(super::merge::canonical_key(key))) {
                    *value = Value::String(text.to_string());
                }
            }
            at += 1;
        }
        level = path.next().and_then(|part| sub_path(map, part));
    }
    found
}

fn sub_path<'a>(map: &'a project::Map, part: &str) -> Option<&'a project::Map> {
    match &map.get(part)?.value {
        project::Value::Map(inner) => Some(inner),
        _ => None,
    }
}

/// Paths of the tree, such as `models.shop.staging`, that no path of `fqns` goes through; `section` heads them.
pub fn unused_paths<'a>(
    section: &str,
    tree: &project::Map,
    fqns: impl Iterator<Item = &'a [String]>,
) -> Vec<(String, crate::error::Place)> {
    let mut used: HashSet<&'a [String]> = HashSet::new();
    for fqn in fqns {
        for length in 1..=fqn.len() {
            used.insert(&fqn[..length]);
        }
    }
    let mut unused = Vec::new();
    collect_unused(section, tree, &mut Vec::new(), &used, &mut unused);
    unused
}

fn collect_unused(
    section: &str,
    map: &project::Map,
    path: &mut Vec<String>,
    used: &HashSet<&[String]>,
    unused: &mut Vec<(String, crate::error::Place)>,
) {
    for (key, node) in map.iter().filter(|(key, _)| !key.starts_with('+')) {
        let project::Value::Map(inner) = &node.value else { continue };
        path.push(key.to_owned());
        if used.contains(path.as_slice()) {
            collect_unused(section, inner, path, used, unused);
        } else {
            unused.push((format!("{section}.{}", path.join(".")), node.origin.place()));
        }
        path.pop();
    }
}
