//! `graph_summary.json`: entries by number, and which of them lead to which.

use serde_json::{Map, Value, json};

use petgraph::Direction;

use crate::manifest::{Manifest, NodeKind};
use crate::name::UniqueId;

use super::Graph;
use super::set::Set;

impl Graph {
    /// The content of the file; `has_guards` adds the graph of `build`, in which tests lead to what waits for them.
    pub fn summary(&self, manifest: &Manifest, invocation_id: &str, has_guards: bool) -> Value {
        let children = |number: usize| self.neighbors(number, Direction::Outgoing).collect::<Vec<usize>>();
        let mut edges: Vec<Vec<usize>> = (0..self.ids.len()).map(children).collect();
        let listed = |edges: &[Vec<usize>]| -> Map<String, Value> {
            let entry = |(number, id): (usize, &UniqueId)| {
                let mut entry = json!({"name": id, "type": id.resource_type()});
                let mut next = edges[number].clone();
                next.sort_unstable();
                if !next.is_empty() {
                    entry["succ"] = json!(next);
                }
                (number.to_string(), entry)
            };
            self.ids.iter().enumerate().map(entry).collect()
        };
        let mut summary = json!({"_invocation_id": invocation_id, "linked": listed(&edges)});
        if has_guards {
            for (test, node) in self.guards(manifest, &self.all()) {
                edges[test].push(node);
            }
            summary["with_test_edges"] = Value::Object(listed(&edges));
        }
        summary
    }

    fn all(&self) -> Set {
        self.numbers_of(&self.ids)
    }

    /// Each chosen test with each of the nodes that wait for it.
    pub(super) fn guards(&self, manifest: &Manifest, chosen: &Set) -> Vec<(usize, usize)> {
        let kind = |number: &usize| manifest.nodes.get(&self.ids[*number]).map(|node| node.kind);
        let is_test: Vec<bool> = (0..self.ids.len()).map(|number| kind(&number) == Some(NodeKind::Test)).collect();
        let tests = chosen.iter().filter(|number| is_test[*number]);
        tests.flat_map(|test| self.guarded_by(test, &is_test).into_iter().map(move |node| (test, node))).collect()
    }
}
