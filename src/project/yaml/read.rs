//! Text to nodes, on the spans of dbt-yaml.

use std::path::Path;
use std::sync::Arc;

use super::{Node, Origin};
use crate::error::Result;

/// A YAML text as a tree, and the keys it gave twice.
#[derive(Debug)]
pub struct Document {
    /// The tree; a null node for an empty text.
    pub root: Node,
    /// Keys given twice in one mapping; the last one counts.
    pub doubled: Vec<DoubledKey>,
}

/// A key that stands twice in one mapping.
#[derive(Debug, Clone)]
pub struct DoubledKey {
    /// The key.
    pub name: String,
    /// Where the later one stands.
    pub origin: Origin,
}

/// The tree of `text`, which stands in `file`.
///
/// # Errors
///
/// `Parsing` when it is not one YAML document.
pub fn parse(text: &str, file: &Arc<Path>) -> Result<Document> {
    let _ = (text, file);
    todo!()
}

/// The tree of `text` that no file holds, such as the argument of `fromyaml`; `shown` stands for the file in errors.
///
/// # Errors
///
/// `Parsing` when it is not one YAML document.
pub fn parse_text(text: &str, shown: &str) -> Result<Node> {
    parse(text, &Arc::from(Path::new(shown))).map(|document| document.root)
}
