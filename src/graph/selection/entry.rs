//! What can be chosen, whatever it is: its id, names, paths, tags and config.

use crate::manifest::{Config, Exposure, Node, Semantic, Source, UnitTest};
use crate::name::UniqueId;

use super::method::is_named;

/// What can be chosen.
pub(super) enum Entry<'m> {
    Node(&'m Node),
    Source(&'m Source),
    Exposure(&'m Exposure),
    UnitTest(&'m UnitTest),
    Semantic(&'m Semantic),
}

impl<'m> Entry<'m> {
    pub(super) fn id(&self) -> &'m UniqueId {
        match self {
            Entry::Node(node) => &node.unique_id,
            Entry::Source(source) => &source.unique_id,
            Entry::Exposure(exposure) => &exposure.unique_id,
            Entry::UnitTest(test) => &test.unique_id,
            Entry::Semantic(entry) => &entry.unique_id,
        }
    }

    pub(super) fn node(&self) -> Option<&'m Node> {
        match self {
            Entry::Node(node) => Some(node),
            Entry::Source(_) | Entry::Exposure(_) | Entry::UnitTest(_) | Entry::Semantic(_) => None,
        }
    }

    pub(super) fn package(&self) -> &'m str {
        match self {
            Entry::Node(node) => &node.package,
            Entry::Source(source) => &source.package,
            Entry::Exposure(exposure) => &exposure.package,
            Entry::UnitTest(test) => &test.package,
            Entry::Semantic(entry) => &entry.package,
        }
    }

    pub(super) fn group(&self) -> Option<&'m str> {
        match self {
            Entry::Node(node) => node.group.as_deref(),
            // Of the semantic layer dbt's `group:` knows metrics alone.
            Entry::Semantic(entry) if entry.unique_id.resource_type() == "metric" => entry.group.as_deref(),
            Entry::Semantic(_) => None,
            Entry::Source(_) | Entry::Exposure(_) | Entry::UnitTest(_) => None,
        }
    }

    /// Whether it is an entry of the semantic layer of this kind and name.
    pub(super) fn is_semantic(&self, kind: &str, value: &str) -> bool {
        match self {
            Entry::Semantic(entry) => self.id().resource_type() == kind && is_named(value, &entry.package, &entry.name),
            Entry::Node(_) | Entry::Source(_) | Entry::Exposure(_) | Entry::UnitTest(_) => false,
        }
    }

    /// None for sources, which have a method of their own.
    pub(super) fn fqn(&self) -> Option<&'m [String]> {
        match self {
            Entry::Node(node) => Some(&node.fqn),
            Entry::Exposure(exposure) => Some(&exposure.fqn),
            Entry::UnitTest(test) => Some(&test.fqn),
            Entry::Semantic(entry) => Some(&entry.fqn),
            Entry::Source(_) => None,
        }
    }

    pub(super) fn path(&self) -> &'m str {
        match self {
            Entry::Node(node) => &node.original_path,
            Entry::Source(source) => &source.path,
            Entry::Exposure(exposure) => &exposure.original_path,
            Entry::UnitTest(test) => &test.original_path,
            Entry::Semantic(entry) => &entry.original_path,
        }
    }

    /// Its file, and the one that describes it.
    pub(super) fn paths(&self) -> [Option<&'m str>; 2] {
        let patch = self.node().and_then(|node| node.patch_path.as_deref());
        [Some(self.path()), patch.and_then(|path| path.split_once("://")).map(|(_, path)| path)]
    }

    pub(super) fn config(&self) -> Option<&'m Config> {
        match self {
            Entry::Node(node) => Some(&node.config),
            Entry::Source(source) => Some(&source.config),
            Entry::UnitTest(test) => Some(&test.config),
            // As dbt has it, `config.` asks neither these nor the semantic layer.
            Entry::Exposure(_) | Entry::Semantic(_) => None,
        }
    }

    pub(super) fn has_tag(&self, is_wanted: impl Fn(&str) -> bool) -> bool {
        match self {
            Entry::Node(node) => node.tags.iter().any(|tag| is_wanted(tag)),
            Entry::Source(source) => source.tags.iter().any(|tag| is_wanted(tag)),
            Entry::Exposure(exposure) => exposure.tags.iter().any(|tag| is_wanted(tag)),
            Entry::UnitTest(test) => test.tags.iter().any(|tag| is_wanted(tag)),
            Entry::Semantic(entry) => entry.tags.iter().any(|tag| is_wanted(tag)),
        }
    }
}
