//! Which nodes a command is about: `--select`, `--exclude`, `--selector` and `selectors.yml`.

use std::collections::BTreeSet;

use crate::error::Result;
use crate::manifest::Manifest;
use crate::name::UniqueId;

use super::Graph;

/// Which tests are chosen with the nodes that they look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Indirect {
    /// Those that look at any chosen node.
    #[default]
    Eager,
    /// Those that look at chosen nodes only.
    Cautious,
    /// Those that look at chosen nodes and their ancestors only.
    Buildable,
    /// None.
    Empty,
}

/// What the user asked for.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Words of `--select`; none chooses everything.
    pub select: Vec<String>,
    /// Words of `--exclude`.
    pub exclude: Vec<String>,
    /// Name of a selector of `selectors.yml`.
    pub selector: Option<String>,
    /// Which tests come with their nodes.
    pub indirect: Indirect,
    /// Kinds that the command is about, in dbt's words: `model`, `source`, `exposure`. Others are dropped at the end.
    pub resource_types: Vec<String>,
}

/// What was chosen.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Nodes, sources and exposures.
    pub ids: BTreeSet<UniqueId>,
    /// Criteria that match nothing, as whole sentences (dbt's event `NoNodesForSelectionCriteria`).
    pub warnings: Vec<String>,
}

/// The named selectors of `selectors.yml`.
#[derive(Debug, Clone, Default)]
pub struct Selectors {}

impl Selectors {
    /// The selectors of the file's content, with Jinja already rendered.
    ///
    /// # Errors
    ///
    /// `Parsing` when a definition is not one, a name is doubled, two are the default, or a selector inherits from itself.
    pub fn from_yaml(_content: &serde_json::Value) -> Result<Selectors> {
        todo!()
    }
}

/// What `wish` means for the nodes of `manifest`.
///
/// # Errors
///
/// `Usage` for an unknown method, a malformed word or an unknown selector.
pub fn select(_manifest: &Manifest, _graph: &Graph, _selectors: &Selectors, _wish: &Wish) -> Result<Selection> {
    todo!()
}
