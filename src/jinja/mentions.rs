//! What a text mentions without rendering it: called names and literal refs and sources.

use std::ops::Range;

/// A call that stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// What is called: `ref`, `dbt_utils.star`, `adapter.dispatch`.
    pub name: String,
    /// The arguments that are string or number literals, as text; `None` for other arguments and for named ones.
    pub arguments: Vec<Option<String>>,
    /// Bytes of the call in the text.
    pub span: Range<usize>,
}

/// All calls of plain or dotted names in the tags of `text`, in order; tags that cannot be parsed are passed over.
pub fn mentions(text: &str) -> Vec<Mention> {
    let _ = text;
    todo!("mentions")
}
