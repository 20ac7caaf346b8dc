//! What a node tells the templates about itself.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::name::{Relation, UniqueId};

/// Gives the node as it stands in the manifest, when a template asks for it.
#[derive(Clone)]
pub struct SubjectModel(pub Arc<dyn Fn() -> Json + Send + Sync>);

impl fmt::Debug for SubjectModel {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SubjectModel")
    }
}

/// A node, hook or operation whose text is rendered.
#[derive(Debug, Clone)]
pub struct Subject {
    /// `model.shop.orders`.
    pub unique_id: UniqueId,
    /// What its session is called in comments and logs; its unique id where that is none.
    pub connection: Option<Arc<str>>,
    /// dbt's word for what it is: `model`, `test`, `operation`.
    pub resource_type: &'static str,
    /// Its name.
    pub name: Arc<str>,
    /// The package whose macros and vars it sees first.
    pub package: Arc<str>,
    /// Where its text stands, as messages name it.
    pub file: Arc<Path>,
    /// Line of the file where the text begins, counted from 1.
    pub first_line: u32,
    /// The text to be rendered.
    pub text: Arc<str>,
    /// The relation that it builds, if any.
    pub this: Option<Relation>,
    /// Its configs: while parsing those from trees and YAML, later the resolved ones.
    pub config: Map<String, Json>,
    /// The node as `model`.
    pub model: SubjectModel,
    /// More names that its text may use, such as `_dbt_generic_test_kwargs`.
    pub extra: Vec<(Arc<str>, Json)>,
}

impl Subject {
    /// Something that is no node, such as a description or a schema about to be made.
    pub fn nameless(what: &'static str, package: &str, text: &str) -> Subject {
        Subject {
            unique_id: UniqueId::new(format!("{what}.{package}")),
            connection: None,
            resource_type: what,
            name: what.into(),
            package: package.into(),
            file: Path::new("").into(),
            first_line: 1,
            text: text.into(),
            this: None,
            config: Map::new(),
            model: SubjectModel(Arc::new(|| Json::Object(Map::new()))),
            extra: Vec::new(),
        }
    }

    /// What is asked for the package `package` through a session of its own, called `connection`.
    pub fn asking(connection: &str, package: &str) -> Subject {
        Subject { connection: Some(connection.into()), ..Subject::nameless("operation", package, "") }
    }

    /// What its session is called.
    pub fn connection(&self) -> &str {
        self.connection.as_deref().unwrap_or(self.unique_id.as_str())
    }
}
