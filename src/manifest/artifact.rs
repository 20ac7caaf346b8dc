//! `manifest.json`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use indexmap::IndexMap;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::name::UniqueId;

use super::compiled::{CompiledNodes, with_compiled};
use super::node::{Manifest, Node, NodeKind};
use super::resource::Entry;

/// Schema that the file says it follows.
const SCHEMA: &str = "https://schemas.getdbt.com/dbt/manifest/v12.json";

/// How much is written at a time; the whole text would be large beside what it describes.
const BUFFER_BYTES: usize = 256 * 1024;

/// What goes into the file.
pub struct Written<'a> {
    /// All entries.
    pub manifest: &'a Manifest,
    /// What has been rendered of nodes.
    pub compiled: &'a CompiledNodes,
    /// The `metadata` of the file.
    pub metadata: &'a Map<String, Value>,
    /// `selectors.yml` in manifest form.
    pub selectors: &'a Value,
}

struct Entries<'a>(&'a IndexMap<UniqueId, Entry>);

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(id, entry)| (id.as_str(), &entry.json)))
    }
}

/// The functions, or all nodes but them: dbt keeps them in two places.
struct Nodes<'a> {
    written: &'a Written<'a>,
    functions: bool,
}

impl Serialize for Nodes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        // SQL of the command line is a node only while the command runs.
        let is_wanted =
            |node: &&Node| (node.kind == NodeKind::Function) == self.functions && node.kind != NodeKind::SqlOperation;
        let mut map = serializer.serialize_map(None)?;
        let manifest = self.written.manifest;
        for node in manifest.nodes.values().chain(manifest.idle.values()).filter(is_wanted) {
            match self.written.compiled.get(&node.unique_id) {
                None => map.serialize_entry(&node.unique_id, node)?,
                compiled => map.serialize_entry(&node.unique_id, &with_compiled(node, compiled))?,
            }
        }
        map.end()
    }
}

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let manifest = self.manifest;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("metadata", self.metadata)?;
        map.serialize_entry("nodes", &Nodes { written: self, functions: false })?;
        map.serialize_entry("sources", &manifest.sources)?;
        map.serialize_entry("macros", &Entries(&manifest.macros))?;
        map.serialize_entry("docs", &Entries(&manifest.docs))?;
        map.serialize_entry("exposures", &manifest.exposures)?;
        map.serialize_entry("metrics", &manifest.metrics)?;
        map.serialize_entry("groups", &Entries(&manifest.groups))?;
        map.serialize_entry("selectors", self.selectors)?;
        map.serialize_entry("disabled", &manifest.disabled)?;
        map.serialize_entry("parent_map", &manifest.parent_map)?;
        map.serialize_entry("child_map", &manifest.child_map)?;
        map.serialize_entry("group_map", &group_map(manifest))?;
        map.serialize_entry("saved_queries", &manifest.saved_queries)?;
        map.serialize_entry("semantic_models", &manifest.semantic_models)?;
        map.serialize_entry("unit_tests", &manifest.unit_tests)?;
        map.serialize_entry("functions", &Nodes { written: self, functions: true })?;
        map.end()
    }
}

fn group_map(manifest: &Manifest) -> BTreeMap<String, Vec<UniqueId>> {
    let mut groups: BTreeMap<String, Vec<UniqueId>> =
        manifest.groups.values().map(|group| (group.name.clone(), Vec::new())).collect();
    for node in manifest.nodes.values() {
        if let Some(members) = node.group.as_ref().and_then(|group| groups.get_mut(group)) {
            members.push(node.unique_id.clone());
        }
    }
    let [metrics, queries, models] = [&manifest.metrics, &manifest.saved_queries, &manifest.semantic_models];
    for entry in queries.values().chain(models.values()).chain(metrics.values()) {
        if let Some(members) = entry.group.as_ref().and_then(|group| groups.get_mut(group)) {
            members.push(entry.unique_id.clone());
        }
    }
    groups
}

/// The `metadata` of the file, from what the invocation knows.
pub fn metadata(invocation: &Map<String, Value>) -> Map<String, Value> {
    let mut metadata = Map::new();
    metadata.insert("dbt_schema_version".to_owned(), json!(SCHEMA));
    metadata.extend(invocation.clone());
    metadata
}

/// Writes the manifest to `path`, at once: a reader sees the old file or the new one.
///
/// # Errors
///
/// `Io` when the folder does not accept it.
pub fn write(artifact: &Written<'_>, path: &Path) -> Result<()> {
    let aside = path.with_extension("json.tmp");
    let failed = |cause| Error::io("write", &aside, cause);
    let mut file = BufWriter::with_capacity(BUFFER_BYTES, File::create(&aside).map_err(failed)?);
    serde_json::to_writer(&mut file, artifact).map_err(|cause| failed(cause.into()))?;
    file.flush().map_err(failed)?;
    std::fs::rename(&aside, path).map_err(|cause| Error::io("write", path, cause))
}
