//! What a wish means once it is parsed, and which nodes it chooses.
//!
//! Beside the nodes that a part chooses directly it remembers the tests that look at them but also at others: a larger part may
//! choose these others, too.

use petgraph::Direction;

use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::graph::set::Set;
use crate::manifest::{Manifest, NodeKind, Past};

use super::entry::Entry;
use super::method::{Method, Project};
use super::paths::Paths;
use super::word::{Criterion, Reach};
use super::{Indirect, Selectors, Wish, glob};

/// A wish as a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spec {
    One(Criterion),
    Group {
        how: How,
        parts: Vec<Spec>,
        indirect: Indirect,
        /// The words of the user that should match something.
        expected: Option<String>,
    },
}

/// How the parts of a group are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Union,
    Intersection,
    /// The first part without all others.
    Difference,
}

/// The nodes that a part chooses, and the tests that it would choose if all that they look at were chosen.
struct Chosen {
    direct: Set,
    waiting: Set,
}

/// Evaluates specs against one manifest.
pub(super) struct Chooser<'m> {
    manifest: &'m Manifest,
    graph: &'m Graph,
    entries: Vec<Entry<'m>>,
    is_candidate: Vec<bool>,
    selectors: &'m Selectors,
    past: Option<&'m Past<'m>>,
    /// Selectors that are being evaluated.
    open: Vec<String>,
    warnings: Vec<String>,
}

impl<'m> Chooser<'m> {
    /// Nodes without text are left out unless the wish has them.
    pub(super) fn new(
        manifest: &'m Manifest,
        graph: &'m Graph,
        selectors: &'m Selectors,
        wish: &Wish<'m>,
    ) -> Result<Chooser<'m>> {
        let nodes = manifest.nodes.values().map(Entry::Node);
        let sources = manifest.sources.values().map(Entry::Source);
        let units = manifest.unit_tests.values().map(Entry::UnitTest);
        let entries = nodes.chain(sources).chain(manifest.exposures.values().map(Entry::Exposure)).chain(units);
        let entries: Vec<Entry<'m>> = entries.chain(crate::graph::semantic(manifest).map(Entry::Semantic)).collect();
        if !entries.iter().map(Entry::id).eq(&graph.ids) {
            return Err(Error::internal("the graph was made from another manifest"));
        }
        let is_candidate = entries
            .iter()
            .map(|entry| entry.node().is_none_or(|node| can_be_chosen(node, wish.has_empty_nodes)))
            .collect();
        let past = wish.past;
        Ok(Chooser { manifest, graph, entries, is_candidate, selectors, past, open: Vec::new(), warnings: Vec::new() })
    }

    /// The nodes that `spec` chooses, and the criteria that chose none.
    pub(super) fn choose(mut self, spec: &Spec) -> Result<(Set, Vec<String>)> {
        let chosen = self.evaluate(spec)?;
        Ok((chosen.direct, self.warnings))
    }

    fn evaluate(&mut self, spec: &Spec) -> Result<Chosen> {
        match spec {
            Spec::One(criterion) => self.criterion(criterion),
            Spec::Group { how, parts, indirect, expected } => {
                let parts: Vec<Chosen> = parts.iter().map(|part| self.evaluate(part)).collect::<Result<_>>()?;
                let direct = self.combine(*how, parts.iter().map(|part| part.direct.clone()));
                let all = self.combine(*how, parts.iter().map(|part| union(&part.direct, &part.waiting)));
                let chosen = Chosen { direct: self.with_waiting(direct, &all, *indirect), waiting: all };
                if let Some(words) = expected.as_ref().filter(|_| chosen.direct.is_empty()) {
                    self.warnings.push(format!("The selection criterion '{words}' does not match any enabled nodes"));
                }
                Ok(chosen)
            }
        }
    }

    fn combine(&self, how: How, mut parts: impl Iterator<Item = Set>) -> Set {
        let Some(mut all) = parts.next() else { return Set::new(self.entries.len()) };
        for part in parts {
            match how {
                How::Union => all.add(&part),
                How::Intersection => all.keep(&part),
                How::Difference => all.remove(&part),
            }
        }
        all
    }

    fn criterion(&mut self, criterion: &Criterion) -> Result<Chosen> {
        let matched = self.matches(criterion)?;
        let mut direct = matched.clone();
        if criterion.has_childrens_parents {
            let below = self.graph.reach(&matched, Direction::Outgoing, None);
            direct.add(&self.graph.reach(&below, Direction::Incoming, None));
        }
        for (reach, direction) in [(criterion.parents, Direction::Incoming), (criterion.children, Direction::Outgoing)]
        {
            match reach {
                Reach::Nowhere => {}
                Reach::Everywhere => direct.add(&self.graph.reach(&matched, direction, None)),
                Reach::Steps(count) => direct.add(&self.graph.reach(&matched, direction, Some(count))),
            }
        }
        self.drop_others(&mut direct);
        Ok(self.with_tests(direct, criterion.indirect))
    }

    fn matches(&mut self, criterion: &Criterion) -> Result<Set> {
        if criterion.method == Method::Selector {
            return self.named(criterion);
        }
        criterion.method.check(&criterion.value)?;
        let name = &self.manifest.project_name;
        let paths = if criterion.method == Method::Path {
            Paths::matching(&criterion.value, name, &self.entries)
        } else {
            Paths::default()
        };
        let project = Project { name, paths, past: self.past };
        let mut matched = Set::new(self.entries.len());
        for (number, entry) in self.entries.iter().enumerate() {
            if self.is_candidate[number] && criterion.method.accepts(&criterion.value, entry, &project)? {
                matched.insert(number);
            }
        }
        Ok(matched)
    }

    /// What a selector of `selectors.yml` chooses, or all that a pattern matches, without the tests that come along.
    fn named(&mut self, criterion: &Criterion) -> Result<Set> {
        let selectors = self.selectors;
        let mut names: Vec<&str> = selectors.names().filter(|name| glob::matches(&criterion.value, name)).collect();
        if names.is_empty() {
            names.push(&criterion.value);
        }
        let mut chosen = Set::new(self.entries.len());
        for name in names {
            if self.open.iter().any(|open| open == name) {
                return Err(Error::usage(format!("selector `{name}` inherits from itself")));
            }
            let spec = selectors.get(name, Indirect::Empty)?;
            self.open.push(name.to_owned());
            chosen.add(&self.evaluate(&spec)?.direct);
            self.open.pop();
        }
        Ok(chosen)
    }

    fn drop_others(&self, set: &mut Set) {
        let mut others = Set::new(self.entries.len());
        for number in set.iter().filter(|number| !self.is_candidate[*number]) {
            others.insert(number);
        }
        set.remove(&others);
    }

    /// Adds the tests that look at the chosen nodes, as `indirect` wants it; others wait.
    fn with_tests(&self, mut direct: Set, indirect: Indirect) -> Chosen {
        let mut waiting = Set::new(self.entries.len());
        if indirect == Indirect::Empty {
            return Chosen { direct, waiting };
        }
        let known = self.known(&direct, indirect);
        let mut found = Set::new(self.entries.len());
        for number in direct.iter() {
            for test in self.graph.children(number).filter(|child| self.is_test(*child)) {
                if indirect == Indirect::Eager || self.looks_only_at(test, &known) {
                    found.insert(test);
                } else {
                    waiting.insert(test);
                }
            }
        }
        direct.add(&found);
        Chosen { direct, waiting }
    }

    /// Adds those of the waiting tests in `all` whose nodes are chosen by now.
    fn with_waiting(&self, mut direct: Set, all: &Set, indirect: Indirect) -> Set {
        if indirect == Indirect::Eager || indirect == Indirect::Empty || direct == *all {
            return direct;
        }
        let known = self.known(&direct, indirect);
        for number in all.iter().filter(|number| self.is_test(*number)) {
            if self.looks_only_at(number, &known) {
                direct.insert(number);
            }
        }
        direct
    }

    /// What a test may look at to come along with the `direct` nodes.
    fn known(&self, direct: &Set, indirect: Indirect) -> Set {
        if indirect != Indirect::Buildable {
            return direct.clone();
        }
        let mut known = self.graph.reach(direct, Direction::Incoming, None);
        for (number, entry) in self.entries.iter().enumerate() {
            if matches!(entry, Entry::Source(_)) {
                known.insert(number);
            }
        }
        known
    }

    fn is_test(&self, number: usize) -> bool {
        let is_test = match &self.entries[number] {
            Entry::Node(node) => node.kind == NodeKind::Test,
            Entry::UnitTest(_) => true,
            Entry::Source(_) | Entry::Exposure(_) | Entry::Semantic(_) => false,
        };
        self.is_candidate[number] && is_test
    }

    fn looks_only_at(&self, test: usize, known: &Set) -> bool {
        self.graph.parents(test).all(|parent| known.contains(parent))
    }
}

fn can_be_chosen(node: &crate::manifest::Node, has_empty: bool) -> bool {
    match node.kind {
        NodeKind::SqlOperation => false,
        // Hooks are compiled with the rest; other commands leave them out by their kind.
        NodeKind::Operation | NodeKind::Seed => true,
        NodeKind::Model | NodeKind::Snapshot | NodeKind::Test | NodeKind::Analysis | NodeKind::Function => {
            has_empty || !node.raw_code.trim().is_empty()
        }
    }
}

fn union(one: &Set, other: &Set) -> Set {
    let mut all = one.clone();
    all.add(other);
    all
}
