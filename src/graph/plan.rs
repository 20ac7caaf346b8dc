//! In which order chosen nodes are to start, and what each waits for.

use std::collections::BTreeSet;

use petgraph::Direction;

use crate::manifest::Manifest;
use crate::name::UniqueId;

use super::Graph;
use super::set::Set;

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
    /// The chosen nodes in the order in which they should start: by depth, then by id.
    ///
    /// A node waits for the nearest chosen ones among its ancestors, whatever lies between them.
    pub fn plan(&self, chosen: &BTreeSet<UniqueId>) -> Vec<Step> {
        let parents = (0..self.ids.len()).map(|number| self.parents(number).collect()).collect();
        self.steps(&self.numbers_of(chosen), &self.order, parents)
    }

    /// As [`Graph::plan`], but a node also waits for the tests that look only at its ancestors, as `build` wants it.
    pub fn plan_with_tests(&self, manifest: &Manifest, chosen: &BTreeSet<UniqueId>) -> Vec<Step> {
        let chosen = self.numbers_of(chosen);
        let mut parents: Vec<Vec<usize>> = (0..self.ids.len()).map(|number| self.parents(number).collect()).collect();
        for (test, node) in self.guards(manifest, &chosen) {
            parents[node].push(test);
        }
        // A unit test comes before its model and needs what the model needs, as the types of its rows come from there.
        for test in chosen.iter().filter(|number| self.is_unit_test(*number)) {
            let models = std::mem::take(&mut parents[test]);
            for model in models {
                let needed: Vec<usize> = parents[model].iter().copied().filter(|it| !self.is_unit_test(*it)).collect();
                parents[test].extend(needed);
                parents[model].push(test);
            }
        }
        // Tests have no children in the graph itself, so they may come right behind the last of their parents.
        let order = order_with(&self.order, &parents);
        self.steps(&chosen, &order, parents)
    }

    fn is_unit_test(&self, number: usize) -> bool {
        self.ids[number].resource_type() == "unit_test"
    }

    /// The first nodes behind all that `test` looks at; those further on wait for them anyway.
    pub(super) fn guarded_by(&self, test: usize, is_test: &[bool]) -> Vec<usize> {
        let is_node = |number: &usize| {
            !is_test[*number] && self.ids[*number].resource_type() != "exposure" && !self.is_unit_test(*number)
        };
        let looked_at: Vec<usize> = self.parents(test).collect();
        if let [only] = looked_at[..] {
            return self.children(only).filter(is_node).collect();
        }
        let behind = |parent: &usize| {
            let mut start = Set::new(self.ids.len());
            start.insert(*parent);
            let mut found = self.reach(&start, Direction::Outgoing, None);
            found.remove(&start);
            found
        };
        let mut common: Option<Set> = None;
        for set in looked_at.iter().map(behind) {
            match &mut common {
                Some(common) => common.keep(&set),
                None => common = Some(set),
            }
        }
        let Some(common) = common else { return Vec::new() };
        let is_first = |number: &usize| !self.parents(*number).any(|parent| common.contains(parent));
        common.iter().filter(is_node).filter(is_first).collect()
    }

    fn steps(&self, chosen: &Set, order: &[usize], parents: Vec<Vec<usize>>) -> Vec<Step> {
        let has_chosen_above = chosen_above(chosen, order, &parents);
        let mut seen = vec![usize::MAX; self.ids.len()];
        let mut depths = vec![0; self.ids.len()];
        let mut waits: Vec<Vec<usize>> = vec![Vec::new(); self.ids.len()];
        for &number in order.iter().filter(|number| chosen.contains(**number)) {
            let mut open: Vec<usize> = parents[number].clone();
            while let Some(parent) = open.pop() {
                if std::mem::replace(&mut seen[parent], number) == number {
                    continue;
                }
                if chosen.contains(parent) {
                    depths[number] = depths[number].max(depths[parent] + 1);
                    waits[number].push(parent);
                } else if has_chosen_above[parent] {
                    open.extend(&parents[parent]);
                }
            }
        }
        let mut numbers: Vec<usize> = chosen.iter().collect();
        numbers.sort_by(|a, b| (depths[*a], &self.ids[*a]).cmp(&(depths[*b], &self.ids[*b])));
        let mut positions = vec![0; self.ids.len()];
        for (position, number) in numbers.iter().enumerate() {
            positions[*number] = position;
        }
        let step = |&number: &usize| {
            let mut waits_for: Vec<usize> = waits[number].iter().map(|parent| positions[*parent]).collect();
            waits_for.sort_unstable();
            Step { id: self.ids[number].clone(), waits_for, depth: depths[number] }
        };
        numbers.iter().map(step).collect()
    }
}

/// For each node, whether a chosen one is among its ancestors; it keeps the search from walking in vain.
fn chosen_above(chosen: &Set, order: &[usize], parents: &[Vec<usize>]) -> Vec<bool> {
    let mut found = vec![false; parents.len()];
    for &number in order {
        found[number] = parents[number].iter().any(|parent| chosen.contains(*parent) || found[*parent]);
    }
    found
}

/// An order of all nodes in which every one of `parents` comes first; `order` holds for all but the added ones.
fn order_with(order: &[usize], parents: &[Vec<usize>]) -> Vec<usize> {
    let mut placed = vec![false; parents.len()];
    let mut found = Vec::with_capacity(order.len());
    for &number in order {
        let mut open = vec![number];
        while let Some(&last) = open.last() {
            let missing = parents[last].iter().copied().find(|parent| !placed[*parent]);
            match missing {
                Some(parent) => open.push(parent),
                None => {
                    open.pop();
                    if !std::mem::replace(&mut placed[last], true) {
                        found.push(last);
                    }
                }
            }
        }
    }
    found
}
