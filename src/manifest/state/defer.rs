//! Deferral: the relations of another environment for what is not built in this one.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::manifest::node::{Manifest, Node};
use crate::manifest::reference::is_referable;
use crate::name::{Relation, UniqueId};
use crate::template::Deferred;

use super::{Previous, PreviousNode};

/// The relations that an earlier manifest has for the nodes of this project.
#[derive(Debug, Default)]
pub struct Deferral {
    relations: HashMap<UniqueId, Relation>,
    selected: HashSet<UniqueId>,
    /// Whether `ref` may lead there (`--defer`); else only `defer_relation` shows them.
    pub is_active: bool,
    /// `--favor-state`: also for what exists in this environment, unless it is selected.
    pub is_favored: bool,
}

impl Deferral {
    /// What `previous` holds for the nodes of `manifest`; `selected` is what this run is about.
    pub fn new(manifest: &Manifest, previous: &Previous, selected: &BTreeSet<UniqueId>) -> Deferral {
        let nodes = manifest.nodes.values().filter(|node| is_referable(node.kind));
        let found = nodes.filter_map(|node| {
            let other = previous.nodes.get(node.unique_id.as_str()).filter(|other| !other.is_ephemeral())?;
            Some((node.unique_id.clone(), relation(node, other)?))
        });
        let relations = found.collect();
        Deferral { relations, selected: selected.iter().cloned().collect(), is_active: false, is_favored: false }
    }

    /// The relation of `id` in the other environment.
    pub fn relation(&self, id: &UniqueId) -> Option<&Relation> {
        self.relations.get(id)
    }

    /// Where `ref` may lead instead of to `id`.
    pub fn instead_of(&self, id: &UniqueId) -> Option<Deferred> {
        let relation = self.relation(id).filter(|_| self.is_active)?.clone();
        Some(Deferred { relation, is_favored: self.is_favored && !self.selected.contains(id) })
    }
}

/// The other node's relation, quoted as this one's.
fn relation(node: &Node, other: &PreviousNode) -> Option<Relation> {
    let (database, schema, alias) = (other.database.as_ref()?, other.schema.as_ref()?, other.alias.as_ref()?);
    let relation = Relation::new(database, schema, alias);
    Some(match &node.relation {
        Some(own) => Relation { quote: own.quote, ..relation },
        None => relation,
    })
}
