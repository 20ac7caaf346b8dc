//! Where a node's texts and rows are, as messages say it.

use crate::manifest::NodeKind;
use crate::name::UniqueId;

use super::Run;
use super::compile::unit_test_path;

impl Run {
    /// `target/compiled/…` of a node, for messages.
    pub fn compiled_path(&self, id: &UniqueId) -> Option<String> {
        if let Some(test) = self.answers.manifest.unit_tests.get(id) {
            return Some(format!("{}/compiled/{}", self.shown_target, unit_test_path(test).display()));
        }
        self.compiler.compiled().get(id)?.compiled_path.clone()
    }

    /// The relation in which a test keeps the rows that it found.
    pub fn failures_table(&self, id: &UniqueId) -> Option<String> {
        let node = self.answers.manifest.nodes.get(id).filter(|node| node.kind == NodeKind::Test)?;
        let is_stored = node.config.flag("store_failures").unwrap_or(self.flags.store_failures);
        let relation = crate::name::Relation::new(&node.database, &node.schema, &node.alias);
        is_stored.then(|| node.relation.clone().unwrap_or(relation).render())
    }
}
