//! SQL given on the command line, as a node of the manifest.

use std::sync::Arc;

use crate::error::Error;
use crate::manifest;
use crate::name::UniqueId;

use super::invocation::Invocation;

/// Parses the text of `--inline`, if any, and adds it to the manifest.
///
/// # Errors
///
/// What its Jinja raises, and calls that lead nowhere.
pub fn add(invocation: &mut Invocation) -> Result<Option<UniqueId>, Vec<Error>> {
    let Some(text) = invocation.flags.extra.get("inline").and_then(|value| value.as_str()) else { return Ok(None) };
    let text = text.to_owned();
    let manifest = Arc::get_mut(&mut invocation.manifest)
        .ok_or_else(|| vec![Error::internal("the manifest is shared before inline SQL was added")])?;
    let id = manifest::add_inline(manifest, &invocation.project, &invocation.templates, &text)?;
    invocation.graph = crate::graph::Graph::new(&invocation.manifest).map_err(|error| vec![error])?;
    Ok(Some(id))
}
