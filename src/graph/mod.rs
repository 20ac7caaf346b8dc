//! Who needs whom: the graph of a manifest, in which nothing leads back to itself, and what is asked of it.

mod plan;
mod ring;
mod selection;
mod set;
mod summary;

use std::collections::{BTreeSet, HashMap, VecDeque};

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::error::Result;
use crate::manifest::{Manifest, Semantic};
use crate::name::UniqueId;

use set::Set;

pub use plan::Step;
pub use selection::{Indirect, Selectors, Wish, select};

/// Nodes, sources, exposures and unit tests with the edges between them; without rings.
pub struct Graph {
    /// Nodes, then sources, then exposures, then unit tests, then the semantic layer, each in the order of the manifest.
    ids: Vec<UniqueId>,
    numbers: HashMap<UniqueId, usize>,
    /// Edges lead from a parent to its child.
    edges: DiGraph<(), ()>,
    /// All numbers, parents before children.
    order: Vec<usize>,
}

impl Graph {
    /// The graph of all that `manifest` holds.
    ///
    /// # Errors
    ///
    /// `Compilation` when nodes need each other in a ring; it names them and their files.
    pub fn new(manifest: &Manifest) -> Result<Graph> {
        let all = manifest.nodes.keys().chain(manifest.sources.keys()).chain(manifest.exposures.keys());
        let all = all.chain(manifest.unit_tests.keys()).chain(semantic(manifest).map(|entry| &entry.unique_id));
        let ids: Vec<UniqueId> = all.cloned().collect();
        let numbers: HashMap<UniqueId, usize> =
            ids.iter().enumerate().map(|(number, id)| (id.clone(), number)).collect();
        let mut edges = DiGraph::with_capacity(ids.len(), ids.len() * 3);
        for _ in &ids {
            edges.add_node(());
        }
        let needs = manifest.nodes.values().map(|node| (&node.unique_id, &node.depends_on));
        let needs = needs.chain(manifest.exposures.values().map(|it| (&it.unique_id, &it.depends_on)));
        let needs = needs.chain(manifest.unit_tests.values().map(|it| (&it.unique_id, &it.depends_on)));
        let needs = needs.chain(semantic(manifest).map(|it| (&it.unique_id, &it.depends_on)));
        for (child, parents) in needs {
            let child = NodeIndex::new(numbers[child]);
            for parent in parents.iter().filter_map(|parent| numbers.get(parent)) {
                edges.update_edge(NodeIndex::new(*parent), child, ());
            }
        }
        let order = match petgraph::algo::toposort(&edges, None) {
            Ok(order) => order.into_iter().map(NodeIndex::index).collect(),
            Err(cycle) => return Err(ring::refuse(manifest, &edges, &ids, cycle.node_id())),
        };
        Ok(Graph { ids, numbers, edges, order })
    }

    /// Nodes that `id` needs, directly or through others, up to `depth` edges away; not `id` itself.
    #[cfg(test)]
    pub fn ancestors(&self, id: &UniqueId, depth: Option<usize>) -> BTreeSet<UniqueId> {
        self.around(id, Direction::Incoming, depth)
    }

    /// Nodes that need `id`, directly or through others, up to `depth` edges away; not `id` itself.
    #[cfg(test)]
    pub fn descendants(&self, id: &UniqueId, depth: Option<usize>) -> BTreeSet<UniqueId> {
        self.around(id, Direction::Outgoing, depth)
    }

    #[cfg(test)]
    fn around(&self, id: &UniqueId, direction: Direction, depth: Option<usize>) -> BTreeSet<UniqueId> {
        let Some(&number) = self.numbers.get(id) else { return BTreeSet::new() };
        let mut start = Set::new(self.ids.len());
        start.insert(number);
        let mut found = self.reach(&start, direction, depth);
        found.remove(&start);
        self.ids_of(&found)
    }

    fn ids_of(&self, set: &Set) -> BTreeSet<UniqueId> {
        set.iter().map(|number| self.ids[number].clone()).collect()
    }

    fn numbers_of<'i>(&self, ids: impl IntoIterator<Item = &'i UniqueId>) -> Set {
        let mut set = Set::new(self.ids.len());
        for number in ids.into_iter().filter_map(|id| self.numbers.get(id)) {
            set.insert(*number);
        }
        set
    }

    fn neighbors(&self, number: usize, direction: Direction) -> impl Iterator<Item = usize> + '_ {
        self.edges.neighbors_directed(NodeIndex::new(number), direction).map(NodeIndex::index)
    }

    fn parents(&self, number: usize) -> impl Iterator<Item = usize> + '_ {
        self.neighbors(number, Direction::Incoming)
    }

    fn children(&self, number: usize) -> impl Iterator<Item = usize> + '_ {
        self.neighbors(number, Direction::Outgoing)
    }

    /// All that is at most `depth` edges away from any of `start`, which is part of it.
    fn reach(&self, start: &Set, direction: Direction, depth: Option<usize>) -> Set {
        let mut found = start.clone();
        let mut queue: VecDeque<(usize, usize)> = start.iter().map(|number| (number, 0)).collect();
        while let Some((number, distance)) = queue.pop_front() {
            if depth.is_some_and(|depth| distance >= depth) {
                continue;
            }
            for neighbor in self.neighbors(number, direction) {
                if found.insert(neighbor) {
                    queue.push_back((neighbor, distance + 1));
                }
            }
        }
        found
    }
}

/// Semantic models, metrics and saved queries, in the order in which they are numbered.
fn semantic(manifest: &Manifest) -> impl Iterator<Item = &Semantic> {
    manifest.semantic_models.values().chain(manifest.metrics.values()).chain(manifest.saved_queries.values())
}

#[cfg(test)]
mod tests;
