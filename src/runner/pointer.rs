//! The view that stands for the latest version of a model, beside the model's own relation, as dbt 1.12 has it.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::manifest::{Node, NodeKind, subject};
use crate::name::{Relation, UniqueId};

use super::Run;
use super::session::SharedSession;

impl Run {
    /// Where the view stands, if the model's config or the project's flag asks for one.
    ///
    /// # Errors
    ///
    /// What the macro raises that names it, and `Runtime` when that is the name of the model's own relation.
    pub(super) fn pointer(&self, node: &Node, session: &SharedSession) -> Result<Option<Relation>> {
        let Some(own) = node.relation.as_ref().filter(|_| self.has_pointer(node)) else { return Ok(None) };
        let subject = Arc::new(subject(&Arc::new(node.clone()), Vec::new()));
        let alias = node.config.map("latest_version_pointer").and_then(|map| map.get("alias").cloned());
        let arguments = [("custom_alias_name", alias.unwrap_or_default()), ("node", (subject.model.0)())];
        let arguments: Map<String, Value> =
            arguments.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        let runtime = Arc::new(self.runtime_of(node, session));
        let said = self.templates.call_macro("generate_latest_version_pointer_alias", arguments, &subject, &runtime)?;
        let name = said.text.trim();
        let is_same = match own.identifier.as_deref() {
            Some(identifier) if own.quote.identifier => identifier == name,
            Some(identifier) => identifier.eq_ignore_ascii_case(name),
            None => false,
        };
        if is_same {
            let message = format!(
                "the view for the latest version of `{}` cannot be made: its relation is called `{name}` itself",
                node.name
            );
            let hint = "write `latest_version_pointer: {enabled: false}`, or give one of them another alias";
            return Err(Error::runtime(message).hint(hint));
        }
        Ok(Some(Relation { identifier: Some(name.to_owned()), kind: None, ..own.clone() }))
    }

    fn has_pointer(&self, node: &Node) -> bool {
        let is_latest = node.kind == NodeKind::Model && node.version.is_some() && node.version == node.latest_version;
        let said = match node.config.get("latest_version_pointer") {
            Some(Value::Object(map)) => map.get("enabled").and_then(Value::as_bool),
            said => said.and_then(Value::as_bool),
        };
        is_latest && said.unwrap_or_else(|| self.flags.switch("latest_version_pointer_enabled_by_default"))
    }

    /// Makes the view `pointer` on the relation of `node`, which has just been built; grants are those of the model.
    ///
    /// # Errors
    ///
    /// Those of every other view.
    pub(super) fn build_pointer(&self, node: &Node, pointer: Relation, session: &SharedSession) -> Result<()> {
        let source = node.relation.as_ref().map(Relation::render).unwrap_or_default();
        let sql = format!("select * from {source}");
        let mut view = Node {
            unique_id: UniqueId::new(format!("{}__latest_version_pointer", node.unique_id)),
            alias: pointer.identifier.clone().unwrap_or_default(),
            relation: Some(pointer),
            raw_code: sql.as_str().into(),
            ..node.clone()
        };
        let plain =
            json!({"materialized": "view", "pre-hook": [], "post-hook": [], "persist_docs": {}, "contract": {}});
        view.config.0.extend(plain.as_object().cloned().unwrap_or_default());
        let runtime = Arc::new(self.runtime_of(&view, session));
        self.templates.materialize(&Arc::new(subject(&Arc::new(view), Vec::new())), &runtime, &sql).map(drop)
    }
}
