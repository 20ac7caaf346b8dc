//! Nodes that need each other: finds one ring and says who is in it.

use std::collections::VecDeque;
use std::collections::hash_map::{Entry, HashMap};

use petgraph::graph::{DiGraph, NodeIndex};

use crate::error::{Error, Place};
use crate::manifest::Manifest;
use crate::name::UniqueId;

/// The error for the shortest ring through `member`.
pub(super) fn refuse(manifest: &Manifest, edges: &DiGraph<(), ()>, ids: &[UniqueId], member: NodeIndex) -> Error {
    let ring: Vec<&UniqueId> = ring_through(edges, member).into_iter().map(|node| &ids[node.index()]).collect();
    // The same ring is always told from the same member on.
    let first = (0..ring.len()).min_by_key(|index| ring[*index]).unwrap_or(0);
    let members: Vec<&UniqueId> = ring.iter().cycle().skip(first).take(ring.len() + 1).copied().collect();
    let names: Vec<String> = members.iter().map(|id| id.to_string()).collect();
    let mut error = Error::compilation(format!("found a cycle: {}", names.join(" --> ")));
    for id in &members[..ring.len()] {
        if let Some(node) = manifest.nodes.get(*id) {
            error = error.detail("file", format!("{} ({id})", node.file.display())).at(Place::file(&node.file));
        }
    }
    error.hint("each of these needs the next one; take one `ref` out")
}

/// The members of a shortest way from `member` back to itself, each followed by one that it needs.
fn ring_through(edges: &DiGraph<(), ()>, member: NodeIndex) -> Vec<NodeIndex> {
    let mut came_from: HashMap<NodeIndex, NodeIndex> = HashMap::new();
    let mut queue = VecDeque::from([member]);
    while let Some(node) = queue.pop_front() {
        for child in edges.neighbors(node) {
            if child == member {
                return way_back(&came_from, node, member);
            }
            if let Entry::Vacant(entry) = came_from.entry(child) {
                entry.insert(node);
                queue.push_back(child);
            }
        }
    }
    vec![member]
}

fn way_back(came_from: &HashMap<NodeIndex, NodeIndex>, last: NodeIndex, member: NodeIndex) -> Vec<NodeIndex> {
    let mut way = vec![last];
    let mut node = last;
    while node != member {
        let Some(&before) = came_from.get(&node) else { break };
        way.push(before);
        node = before;
    }
    way
}
