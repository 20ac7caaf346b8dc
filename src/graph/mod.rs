//! Who needs whom: the graph of a manifest, in which nothing leads back to itself, and what is asked of it.

mod selection;

use std::collections::BTreeSet;

use crate::error::Result;
use crate::manifest::Manifest;
use crate::name::UniqueId;

pub use selection::{Indirect, Selection, Selectors, Wish, select};

/// Nodes, sources and exposures with the edges between them; without rings.
pub struct Graph {}

/// One node to run and what must be finished before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The node.
    pub id: UniqueId,
    /// Positions, in the same list, of the nodes that must be finished.
    pub waits_for: Vec<usize>,
    /// Length of the longest chain of steps before it.
    pub depth: usize,
}

impl Graph {
    /// The graph of all that `manifest` holds.
    ///
    /// # Errors
    ///
    /// `Compilation` when nodes need each other in a ring; it names them and their files.
    pub fn new(_manifest: &Manifest) -> Result<Graph> {
        todo!()
    }

    /// Nodes that `id` needs, directly or through others, up to `depth` edges away; not `id` itself.
    pub fn ancestors(&self, _id: &UniqueId, _depth: Option<usize>) -> BTreeSet<UniqueId> {
        todo!()
    }

    /// Nodes that need `id`, directly or through others, up to `depth` edges away; not `id` itself.
    pub fn descendants(&self, _id: &UniqueId, _depth: Option<usize>) -> BTreeSet<UniqueId> {
        todo!()
    }

    /// The chosen nodes in the order in which they should start: by depth, then by id.
    ///
    /// A node waits for the nearest chosen ones among its ancestors, whatever lies between them.
    pub fn plan(&self, _chosen: &BTreeSet<UniqueId>) -> Vec<Step> {
        todo!()
    }

    /// As [`Graph::plan`], but a node also waits for the tests that look only at its ancestors, as `build` wants it.
    pub fn plan_with_tests(&self, _manifest: &Manifest, _chosen: &BTreeSet<UniqueId>) -> Vec<Step> {
        todo!()
    }
}
