//! What a `ref` or `source` means: which node, whether it may be used, and what to say when there is none.

use std::collections::{HashMap, HashSet};

use crate::error::{Error, Place};
use crate::name::UniqueId;

use super::node::{Manifest, Node, NodeKind, RefCall};
use super::resource::Source;
use super::version::version_text;

/// Nodes and sources by the names that calls use.
#[derive(Debug, Default)]
pub struct Index {
    nodes: HashMap<String, Vec<Candidate>>,
    sources: HashMap<(String, String), Vec<(String, UniqueId)>>,
    disabled_nodes: HashMap<String, Vec<String>>,
    disabled_sources: HashMap<(String, String), Vec<String>>,
    docs: HashMap<String, Vec<(String, UniqueId)>>,
    unparsed: HashSet<String>,
    /// Whether calls mean what their own package has before what the root has: `require_ref_searches_node_package_before_root`.
    pub prefers_own: bool,
    functions: HashMap<String, Vec<(String, UniqueId)>>,
    disabled_functions: HashMap<String, Vec<String>>,
}

/// A node that a name may mean.
#[derive(Debug)]
struct Candidate {
    package: String,
    id: UniqueId,
    version: Option<String>,
    /// Whether a call without a version means it: it has none, or it is the latest.
    is_latest: bool,
}

/// What a call leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// An entry that takes part.
    Enabled(UniqueId),
    /// These, of several packages that are neither the caller's nor the root.
    Several(Vec<UniqueId>),
    /// Only one that is switched off.
    Disabled,
    /// Nothing.
    Missing,
}

/// Whether `ref` can mean a node of this kind.
pub fn is_referable(kind: NodeKind) -> bool {
    matches!(kind, NodeKind::Model | NodeKind::Seed | NodeKind::Snapshot)
}

impl Index {
    /// Adds a node.
    pub fn add_node(&mut self, node: &Node) {
        if is_referable(node.kind) {
            let version = node.version.as_ref().map(version_text);
            let is_latest = version.is_none() || version == node.latest_version.as_ref().map(version_text);
            let (package, id) = (node.package.to_string(), node.unique_id.clone());
            let candidates = self.nodes.entry(node.name.clone()).or_default();
            // Of several kinds with one name dbt means what it parses last.
            let rank =
                |id: &UniqueId| ["model", "snapshot", "seed"].iter().position(|kind| *kind == id.resource_type());
            let same =
                candidates.iter_mut().find(|it| it.package == package && it.version.is_none() && version.is_none());
            match same {
                Some(same) if rank(&id) > rank(&same.id) => same.id = id,
                Some(_) => {}
                None => candidates.push(Candidate { package, id, version, is_latest }),
            }
        }
    }

    /// Adds a function, if it is one.
    pub fn add_function(&mut self, node: &Node) {
        if node.kind == NodeKind::Function {
            let entry = (node.package.to_string(), node.unique_id.clone());
            self.functions.entry(node.name.clone()).or_default().push(entry);
        }
    }

    /// What `function` means for a node of `from`.
    pub fn function(&self, from: &str, root: &str, package: Option<&str>, name: &str) -> Found {
        if let Some(id) = self.functions.get(name).and_then(|list| self.pick(list, package, from, root)) {
            return Found::Enabled(id);
        }
        if self.disabled_functions.contains_key(name) { Found::Disabled } else { Found::Missing }
    }

    /// Adds a source.
    pub fn add_source(&mut self, source: &Source) {
        let key = (source.source_name.clone(), source.name.clone());
        self.sources.entry(key).or_default().push((source.package.to_string(), source.unique_id.clone()));
    }

    /// Adds a node that is switched off.
    pub fn add_disabled_node(&mut self, node: &Node) {
        if is_referable(node.kind) {
            self.disabled_nodes.entry(node.name.clone()).or_default().push(node.package.to_string());
        }
        if node.kind == NodeKind::Function {
            self.disabled_functions.entry(node.name.clone()).or_default().push(node.package.to_string());
        }
    }

    /// Adds a source that is switched off.
    pub fn add_disabled_source(&mut self, source: &Source) {
        let key = (source.source_name.clone(), source.name.clone());
        self.disabled_sources.entry(key).or_default().push(source.package.to_string());
    }

    /// Adds the name of a node whose own mistake is told already; who refers to it is not at fault.
    pub fn add_unparsed(&mut self, name: String) {
        self.unparsed.insert(name);
    }

    /// Whether a node of this name could not be parsed.
    pub fn is_unparsed(&self, name: &str) -> bool {
        self.unparsed.contains(name)
    }

    /// Adds a docs block.
    pub fn add_doc(&mut self, package: &str, name: &str, id: &UniqueId) {
        self.docs.entry(name.to_owned()).or_default().push((package.to_owned(), id.clone()));
    }

    /// What `ref` means for a node of `from`: that of the root first, then that of its own package, then that of any other.
    pub fn node(&self, from: &str, root: &str, call: &RefCall) -> Found {
        let wanted = call.package.as_deref();
        let version = call.version.as_ref().map(version_text);
        let is_meant = |node: &&Candidate| if version.is_some() { node.version == version } else { node.is_latest };
        let meant = self.nodes.get(&call.name).into_iter().flatten().filter(is_meant);
        let meant: Vec<(String, UniqueId)> = meant.map(|node| (node.package.clone(), node.id.clone())).collect();
        let is_near = |(package, _): &(String, UniqueId)| package == from || package == root;
        let is_doubled = meant.iter().any(|(package, _)| *package != meant[0].0);
        if wanted.is_none() && is_doubled && !meant.iter().any(is_near) {
            return Found::Several(meant.into_iter().map(|(_, id)| id).collect());
        }
        if let Some(id) = self.pick(&meant, wanted, from, root) {
            return Found::Enabled(id);
        }
        let is_disabled = self
            .disabled_nodes
            .get(&call.name)
            .is_some_and(|packages| packages.iter().any(|package| wanted.is_none_or(|wanted| wanted == package)));
        if is_disabled { Found::Disabled } else { Found::Missing }
    }

    /// What `source` means for a node of `from`.
    pub fn source(&self, from: &str, root: &str, source: &str, table: &str) -> Found {
        let key = (source.to_owned(), table.to_owned());
        if let Some(id) = self.sources.get(&key).and_then(|list| self.pick(list, None, from, root)) {
            return Found::Enabled(id);
        }
        if self.disabled_sources.contains_key(&key) { Found::Disabled } else { Found::Missing }
    }

    /// The docs block that `doc` means.
    pub fn doc(&self, from: &str, root: &str, package: Option<&str>, name: &str) -> Option<UniqueId> {
        self.docs.get(name).and_then(|list| self.pick(list, package, from, root))
    }
}

impl Index {
    fn pick(&self, list: &[(String, UniqueId)], wanted: Option<&str>, from: &str, root: &str) -> Option<UniqueId> {
        let of = |package: &str| list.iter().find(|(owner, _)| owner == package);
        let (first, second) = if self.prefers_own { (from, root) } else { (root, from) };
        let found = match wanted {
            Some(package) => of(package),
            None => of(first).or_else(|| of(second)).or_else(|| list.first()),
        };
        found.map(|(_, id)| id.clone())
    }
}

/// Who calls, as messages name it: `Model 'model.shop.orders' (models/orders.sql)`.
pub fn caller(id: &UniqueId, path: &str) -> String {
    let words = id.resource_type().split('_').map(|word| {
        let mut title = word.to_owned();
        if let Some(first) = title.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        title
    });
    format!("{} '{id}' ({path})", words.collect::<Vec<_>>().join("_"))
}

/// The error for a `ref` that leads nowhere.
pub fn missing_node(caller: &str, place: Place, call: &RefCall, is_disabled: bool, manifest: &Manifest) -> Error {
    let package =
        call.package.as_ref().map(|package| format!(" in package or project '{package}'")).unwrap_or_default();
    let version = match &call.version {
        Some(version) => format!(" with version '{}'", version.to_string().trim_matches('"')),
        None => String::new(),
    };
    let reason = if is_disabled { "is disabled" } else { "was not found" };
    let message = format!("{caller} depends on a node named '{}'{version}{package} which {reason}", call.name);
    let error = Error::compilation(message).at(place);
    if is_disabled {
        return error.hint(format!("enable `{}`, or disable what refers to it", call.name));
    }
    let names = manifest.nodes.values().filter(|node| is_referable(node.kind)).map(|node| node.name.as_str());
    error.meant(&call.name, names)
}

/// The error for a `ref` that may mean nodes of several packages.
pub fn ambiguous(caller: &str, place: Place, call: &RefCall, meant: &[UniqueId]) -> Error {
    let ids = meant.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(", ");
    let message = format!("{caller}: when referencing '{}', dbt found nodes in multiple packages: {ids}", call.name);
    Error::compilation(message).at(place).hint("name the package first: `ref('package', 'name')`")
}

/// The error for a `function` that leads nowhere.
pub fn missing_function(caller: &str, place: Place, name: &str, is_disabled: bool, manifest: &Manifest) -> Error {
    let reason = if is_disabled { "is disabled" } else { "was not found" };
    let error = Error::compilation(format!("{caller} depends on a function named '{name}' which {reason}")).at(place);
    let functions = manifest.nodes.values().filter(|node| node.kind == NodeKind::Function && !is_disabled);
    error.meant(name, functions.map(|node| node.name.as_str()))
}

/// The error for a `source` that leads nowhere.
pub fn missing_source(
    caller: &str,
    place: Place,
    call: &(String, String),
    is_disabled: bool,
    manifest: &Manifest,
) -> Error {
    let reason = if is_disabled { "is disabled" } else { "was not found" };
    let wanted = format!("{}.{}", call.0, call.1);
    let message = format!("{caller} depends on a source named '{wanted}' which {reason}");
    let error = Error::compilation(message).at(place);
    let sources = manifest.sources.values().filter(|_| !is_disabled);
    let names: Vec<String> = sources.map(|source| format!("{}.{}", source.source_name, source.name)).collect();
    error.meant(&wanted, names.iter().map(String::as_str))
}
