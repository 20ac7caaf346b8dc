//! Nodes before their text was parsed: what their file, their properties and the config trees say.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::name::UniqueId;
use crate::project::{self, Node as Yaml, NodeProperties, Package, Project};
use crate::template::{Library, Recorded, Templates};

use super::config::Config;
use super::merge::lay_over;
use super::node::{Checksum, Node, NodeKind};
use super::version::{Version, Versions, version_text};
use super::{defaults, tree};

/// A node whose text is still to be parsed.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The node; its config is what stands below the calls of `config` in its text.
    pub node: Node,
    /// What the root project's trees say of a package's node: laid over everything else.
    pub above: Vec<Map<String, Value>>,
    /// The same before Jinja.
    pub above_unrendered: Map<String, Value>,
    /// What its text may use besides the usual names.
    pub extra: Vec<(Arc<str>, Value)>,
    /// What parsing its text would record, where that is known without.
    pub known: Option<Recorded>,
    /// Config keys in the text made for a test, if Jinja in them is replaced there by what it gives.
    pub evaluated: Vec<String>,
}

/// Where a node comes from and what it is called.
pub struct Identity<'a> {
    /// What it is.
    pub kind: NodeKind,
    /// Name.
    pub name: &'a str,
    /// Package and folders, then the name.
    pub fqn: Vec<String>,
    /// Path below the resource folder.
    pub path: String,
    /// Path below the package's folder.
    pub original_path: String,
    /// Where its text begins.
    pub origin: project::Origin,
    /// Its text.
    pub raw_code: Arc<str>,
    /// Digest of its file.
    pub checksum: Checksum,
}

/// Makes drafts; knows the whole project.
pub struct Drafter<'a> {
    /// The project.
    pub project: &'a Project,
    /// Macros, to know which of them a project has overridden.
    pub library: &'a Library,
    /// Seconds since 1970.
    pub now: f64,
    /// Whether the unrendered config holds the Jinja of properties, not what it gave: a flag of the project.
    pub keeps_jinja: bool,
    /// Whether names of nodes must do without spaces: a flag of the project.
    pub refuses_spaces: bool,
    /// The same for sources and semantic models: a flag of its own.
    pub refuses_more_spaces: bool,
    /// Whether analyses are named by their folders alone and have a config tree, as all other nodes: a flag of the project.
    pub corrects_analyses: bool,
    /// Versions of models.
    pub versions: Versions,
    properties: HashMap<(&'a str, NodeKind, &'a str), &'a NodeProperties>,
}

impl<'a> Drafter<'a> {
    /// Indexes the properties of all packages.
    pub fn new(project: &'a Project, templates: &'a Templates, now: f64) -> Drafter<'a> {
        let mut properties = HashMap::new();
        for package in project.all_packages() {
            let lists = [
                (NodeKind::Model, &package.properties.models),
                (NodeKind::Seed, &package.properties.seeds),
                (NodeKind::Snapshot, &package.properties.snapshots),
                (NodeKind::Analysis, &package.properties.analyses),
                (NodeKind::Test, &package.properties.tests),
            ];
            for (kind, list) in lists {
                for entry in list {
                    properties.entry((package.name.as_str(), kind, entry.name.as_str())).or_insert(entry);
                }
            }
            for function in &package.properties.functions {
                let key = (package.name.as_str(), NodeKind::Function, function.node.name.as_str());
                properties.entry(key).or_insert(&function.node);
            }
        }
        let switch = |name: &str| templates.globals().flags.switch(name);
        Drafter {
            project,
            library: templates.library(),
            now,
            keeps_jinja: switch("state_modified_compare_more_unrendered_values"),
            refuses_spaces: switch("require_resource_names_without_spaces"),
            refuses_more_spaces: switch("require_source_and_semantic_model_names_without_spaces"),
            corrects_analyses: switch("require_corrected_analysis_fqns"),
            versions: Versions::of(project),
            properties,
        }
    }

    /// The properties of a node.
    pub fn properties_of(&self, package: &str, kind: NodeKind, name: &str) -> Option<&'a NodeProperties> {
        let find = |kind| self.properties.get(&(package, kind, name)).copied();
        let found = find(kind);
        if !super::reference::is_referable(kind) {
            return found;
        }
        // An entry in the wrong list of a properties file still describes the node of its name.
        found.or_else(|| [NodeKind::Model, NodeKind::Seed, NodeKind::Snapshot].into_iter().find_map(find))
    }

    /// A draft of the node, with the configs of trees and properties.
    pub fn draft(&self, package: &Package, identity: Identity<'_>) -> Draft {
        let properties = self.properties_of(&package.name, identity.kind, identity.name);
        self.described(package, identity, properties)
    }

    /// A draft of a version of a model.
    pub fn draft_of_version(&self, package: &Package, identity: Identity<'_>, version: &Version) -> Draft {
        let mut draft = self.described(package, identity, Some(&version.properties));
        let node = &mut draft.node;
        node.unique_id = UniqueId::new(format!("{}.v{}", node.unique_id, version_text(&version.v)));
        node.version = Some(version.v.clone());
        node.latest_version = Some(version.latest.clone());
        draft
    }

    fn described(&self, package: &Package, identity: Identity<'_>, properties: Option<&NodeProperties>) -> Draft {
        let layers = self.layers(package, identity.kind, &identity.fqn, properties);
        let mut config = defaults::of(identity.kind);
        for layer in &layers.below {
            lay_over(&mut config, layer);
        }
        let mut node = self.bare(package, identity, config);
        node.unrendered_config = layers.unrendered;
        if let Some(properties) = properties {
            describe(&mut node, package, properties);
        }
        let (above, above_unrendered) = (layers.above, layers.above_unrendered);
        Draft { node, above, above_unrendered, extra: Vec::new(), known: None, evaluated: Vec::new() }
    }

    fn layers(
        &self,
        package: &Package,
        kind: NodeKind,
        fqn: &[String],
        properties: Option<&NodeProperties>,
    ) -> ConfigLayers {
        let is_root = std::ptr::eq(package, &self.project.root);
        let mut layers = ConfigLayers::default();
        let is_corrected = kind == NodeKind::Analysis && self.corrects_analyses;
        let section = if is_corrected { "analyses" } else { section_of(kind) };
        if let Some(tree) = package.settings.tree(section) {
            layers.below.extend(tree::layers(tree, fqn));
        }
        // dbt's unrendered config of a function comes from the tree of models.
        let unrendered = if kind == NodeKind::Function { "models" } else { section };
        if let Some(tree) = package.settings.tree(unrendered) {
            layers.unrendered.extend(tree::unrendered_layers(tree, fqn).into_iter().flatten());
        }
        if let Some(properties) = properties {
            let (rendered, unrendered) = property_layers(properties, self.keeps_jinja);
            layers.below.extend(rendered);
            layers.unrendered.extend(unrendered);
        }
        if let Some(tree) = self.project.root.settings.tree(section).filter(|_| !is_root) {
            layers.above.extend(tree::layers(tree, fqn));
            layers.above_unrendered.extend(tree::unrendered_layers(tree, fqn).into_iter().flatten());
        }
        layers
    }

    fn bare(&self, package: &Package, identity: Identity<'_>, config: Config) -> Node {
        let id = format!("{}.{}.{}", identity.kind.as_str(), package.name, identity.name);
        Node {
            unique_id: UniqueId::new(id),
            kind: identity.kind,
            name: identity.name.to_owned(),
            package: package.name.as_str().into(),
            path: identity.path,
            original_path: identity.original_path,
            file: identity.origin.file.to_path_buf(),
            first_line: identity.origin.line.max(1),
            declared: None,
            described: None,
            fqn: identity.fqn,
            alias: identity.name.to_owned(),
            database: String::new(),
            schema: String::new(),
            relation: None,
            raw_code: identity.raw_code,
            checksum: identity.checksum,
            config,
            unrendered_config: Map::new(),
            config_call: Map::new(),
            unrendered_config_call: Map::new(),
            tags: Vec::new(),
            group: None,
            description: String::new(),
            columns: IndexMap::new(),
            patch_path: None,
            doc_blocks: Vec::new(),
            constraints: Vec::new(),
            version: None,
            latest_version: None,
            deprecation_date: None,
            contract_checksum: None,
            time_spine: None,
            primary_key: Vec::new(),
            refs: Vec::new(),
            sources: Vec::new(),
            metrics: Vec::new(),
            functions: Vec::new(),
            depends_on: Vec::new(),
            depends_on_macros: Vec::new(),
            test: None,
            function: None,
            root_path: package.dir.clone(),
            created_at: self.now,
            index: None,
        }
    }
}

#[derive(Default)]
struct ConfigLayers {
    below: Vec<Map<String, Value>>,
    above: Vec<Map<String, Value>>,
    above_unrendered: Map<String, Value>,
    unrendered: Map<String, Value>,
}

/// Name of the config tree that speaks of nodes of this kind.
pub fn section_of(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Seed => "seeds",
        NodeKind::Snapshot => "snapshots",
        NodeKind::Test => "data_tests",
        NodeKind::Function => "functions",
        // dbt reads configs of analyses and hooks from the tree of models.
        NodeKind::Model | NodeKind::Analysis | NodeKind::Operation | NodeKind::SqlOperation => "models",
    }
}

/// What properties say outside of `config`, then in it: rendered, and before Jinja.
fn property_layers(properties: &NodeProperties, keeps_jinja: bool) -> (Vec<Map<String, Value>>, Map<String, Value>) {
    let mut outside = Map::new();
    let keys = [
        ("meta", &properties.meta),
        ("docs", &properties.docs),
        ("group", &properties.group),
        ("access", &properties.access),
    ];
    for (key, node) in keys {
        if let Some(node) = node {
            outside.insert(key.to_owned(), node.to_json());
        }
    }
    // What stands in `config` wins, and comes first.
    let mut unrendered = Map::new();
    for (key, node) in properties.config.iter() {
        unrendered.insert(
            super::merge::written_key(key).to_owned(),
            if keeps_jinja { node.to_unrendered_json() } else { node.to_json() },
        );
    }
    for (key, value) in &outside {
        unrendered.entry(key.clone()).or_insert_with(|| value.clone());
    }
    let inside = properties.config.to_json();
    (vec![outside, inside].into_iter().filter(|layer| !layer.is_empty()).collect(), unrendered)
}

/// Facts of the properties that are no config; descriptions are rendered later.
fn describe(node: &mut Node, package: &Package, properties: &NodeProperties) {
    node.description = properties.description.clone().unwrap_or_default();
    node.described = Some(properties.origin.place());
    node.patch_path = Some(format!("{}://{}", package.name, properties.file));
    node.columns = super::column::columns(&properties.columns);
    node.constraints = properties.constraints.iter().map(super::column::constraint).collect();
    node.latest_version = properties.latest_version.as_ref().map(|node| node.to_json());
    node.deprecation_date = properties.deprecation_date.as_ref().and_then(super::deprecation::date);
    node.time_spine = properties.time_spine.as_ref().map(time_spine);
    if node.kind == NodeKind::Seed || node.kind == NodeKind::Snapshot || node.kind == NodeKind::Analysis {
        node.time_spine = None;
    }
}

/// A table of time with all of dbt's keys.
fn time_spine(node: &Yaml) -> Value {
    let mut spine = node.to_json();
    if let Value::Object(facts) = &mut spine {
        let custom = facts.entry("custom_granularities").or_insert_with(|| json!([]));
        for granularity in custom.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            granularity.entry("column_name").or_insert(Value::Null);
        }
    }
    spine
}

/// The path of a node: package, folders, name.
pub fn fqn(package: &Package, folders: &[&str], name: &str) -> Vec<String> {
    std::iter::once(package.name.as_str()).chain(folders.iter().copied()).chain([name]).map(str::to_owned).collect()
}

/// SHA-256 of the text without the white space around it, as dbt takes it.
pub fn text_checksum(text: &str) -> Checksum {
    let digest = Sha256::digest(text.trim().as_bytes());
    Checksum { name: "sha256", checksum: digest.iter().map(|byte| format!("{byte:02x}")).collect() }
}

/// No digest: for nodes without a text of their own.
pub fn no_checksum() -> Checksum {
    Checksum { name: "none", checksum: String::new() }
}

impl From<&project::Checksum> for Checksum {
    fn from(found: &project::Checksum) -> Checksum {
        Checksum { name: found.name, checksum: found.checksum.clone() }
    }
}

/// The shown path of a file of `package`.
pub fn shown(package: &Package, path: &str) -> Arc<Path> {
    package.shown_dir.join(path).into()
}
