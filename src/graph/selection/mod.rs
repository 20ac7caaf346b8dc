//! Which nodes a command is about: `--select`, `--exclude`, `--selector` and `selectors.yml`.

mod entry;
mod glob;
mod method;
mod named;
mod paths;
mod shown;
mod spec;
mod unknown;
mod word;

use std::collections::BTreeSet;

use crate::error::Result;
use crate::manifest::{Manifest, Past};
use crate::name::UniqueId;

use super::Graph;
use spec::{Chooser, How, Spec};
use word::parse_words;

pub use named::Selectors;

/// Chosen when no criterion is given.
const EVERYTHING: [&str; 3] = ["fqn:*", "source:*", "exposure:*"];

/// Which tests are chosen with the nodes that they look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Indirect {
    /// Those that look at any chosen node.
    #[default]
    Eager,
    /// Those that look at chosen nodes only.
    Cautious,
    /// Those that look at chosen nodes and their ancestors only.
    Buildable,
    /// None.
    Empty,
}

impl Indirect {
    /// The mode that dbt's `word` names.
    pub fn from_word(word: &str) -> Option<Indirect> {
        Some(match word {
            "eager" => Indirect::Eager,
            "cautious" => Indirect::Cautious,
            "buildable" => Indirect::Buildable,
            "empty" => Indirect::Empty,
            _ => return None,
        })
    }
}

/// What the user asked for.
#[derive(Clone, Default)]
pub struct Wish<'a> {
    /// Words of `--select`; none chooses everything.
    pub select: Vec<String>,
    /// Words of `--exclude`.
    pub exclude: Vec<String>,
    /// Name of a selector of `selectors.yml`, which then stands in the place of the words.
    pub selector: Option<String>,
    /// Which tests come with their nodes.
    pub indirect: Indirect,
    /// Kinds that the command is about, in dbt's words: `model`, `source`, `exposure`. Others are dropped at the end.
    pub resource_types: Vec<String>,
    /// Whether nodes without any text can be chosen: they are listed, but never run.
    pub has_empty_nodes: bool,
    /// Earlier runs, for `state:`, `result:` and `source_status:`.
    pub past: Option<&'a Past<'a>>,
}

/// What was chosen.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Nodes, sources and exposures.
    pub ids: BTreeSet<UniqueId>,
    /// Criteria that match nothing, as whole sentences (dbt's event `NoNodesForSelectionCriteria`).
    pub warnings: Vec<String>,
}

/// What `wish` means for the nodes of `manifest`.
///
/// # Errors
///
/// `Usage` for an unknown method, a malformed word or an unknown selector.
pub fn select(manifest: &Manifest, graph: &Graph, selectors: &Selectors, wish: &Wish<'_>) -> Result<Selection> {
    let spec = spec_of(selectors, wish)?;
    let (set, warnings) = Chooser::new(manifest, graph, selectors, wish)?.choose(&spec)?;
    let mut ids = graph.ids_of(&set);
    ids.retain(|id| wish.resource_types.iter().any(|kind| kind == id.resource_type()));
    Ok(Selection { ids, warnings })
}

fn spec_of(selectors: &Selectors, wish: &Wish<'_>) -> Result<Spec> {
    if let Some(name) = &wish.selector {
        return selectors.get(name, wish.indirect);
    }
    if let Some(default) = selectors.default_spec(wish.indirect)
        && wish.select.is_empty()
        && wish.exclude.is_empty()
    {
        return default;
    }
    let included = if wish.select.is_empty() {
        let all: Vec<String> = EVERYTHING.map(str::to_owned).to_vec();
        unexpected(parse_words(&all, wish.indirect)?)
    } else {
        parse_words(&wish.select, wish.indirect)?
    };
    if wish.exclude.is_empty() {
        return Ok(included);
    }
    let excluded = parse_words(&wish.exclude, wish.indirect)?;
    Ok(Spec::Group { how: How::Difference, parts: vec![included, excluded], indirect: wish.indirect, expected: None })
}

/// The same without the claim that every part matches something.
fn unexpected(spec: Spec) -> Spec {
    match spec {
        Spec::One(criterion) => Spec::One(criterion),
        Spec::Group { how, parts, indirect, expected: _ } => {
            Spec::Group { how, parts: parts.into_iter().map(unexpected).collect(), indirect, expected: None }
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
