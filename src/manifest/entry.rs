//! Exposures, groups, docs blocks and macros in the form that the manifest keeps.

use std::path::Path;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use crate::error::{BUILT_IN, Error};
use crate::name::UniqueId;
use crate::project::{ExposureProperties, GroupProperties, MacroProperties, Node as Yaml, Package, Project};
use crate::template::{Library, MacroKind, MacroSource};

use super::collect::{in_any_folder, in_resource_folder, split_folders};
use super::column::texts;
use super::config::Config;
use super::draft::{Drafter, fqn};
use super::merge::{lay_over, meta_of};
use super::node::RefCall;
use super::resource::{Entry, Exposure};
use super::{defaults, tree};

impl Drafter<'_> {
    /// All exposures, with what they depend on still as written.
    pub fn exposures(&self, errors: &mut Vec<Error>) -> Vec<Exposure> {
        let mut found = Vec::new();
        for package in self.project.all_packages() {
            found.extend(package.properties.exposures.iter().map(|entry| self.exposure(package, entry, errors)));
        }
        found
    }

    fn exposure(&self, package: &Package, properties: &ExposureProperties, errors: &mut Vec<Error>) -> Exposure {
        let in_root = in_any_folder(&properties.file, package);
        let (folders, _) = split_folders(in_root);
        let fqn = fqn(package, &folders, &properties.name);
        let (config, unrendered_config) = exposure_config(package, properties, &fqn);
        let mut calls = Calls::default();
        for node in &properties.depends_on {
            calls.read(node, errors);
        }
        let mut owner = json!({"email": null, "name": null});
        for (key, value) in properties.owner.to_json() {
            owner[key] = value;
        }
        let facts = json!({
            "type": properties.kind, "owner": owner, "description": properties.description.clone().unwrap_or_default(),
            "label": properties.label, "maturity": properties.maturity, "url": properties.url,
            "created_at": self.now, "unrendered_config": unrendered_config,
        });
        Exposure {
            unique_id: UniqueId::new(format!("exposure.{}.{}", package.name, properties.name)),
            name: properties.name.clone(),
            package: package.name.as_str().into(),
            original_path: properties.file.to_string(),
            path: in_root.to_owned(),
            place: properties.origin.place(),
            fqn,
            tags: texts(config.0.get("tags").unwrap_or(&Value::Null)),
            config,
            refs: calls.refs,
            sources: calls.sources,
            metrics: calls.metrics,
            depends_on: Vec::new(),
            facts: facts.as_object().cloned().unwrap_or_default(),
        }
    }
}

/// The config of an exposure, and the same as written.
///
/// `meta` in its own config stands in the stead of the tree's; both lie over `meta` beside the config.
fn exposure_config(package: &Package, properties: &ExposureProperties, fqn: &[String]) -> (Config, Map<String, Value>) {
    let mut config = defaults::of_exposure();
    let mut unrendered = Map::new();
    if let Some(tree) = package.settings.tree("exposures") {
        tree::layers(tree, fqn).iter().for_each(|layer| lay_over(&mut config, layer));
        unrendered.extend(tree::unrendered_layers(tree, fqn).into_iter().flatten());
    }
    let own = properties.config.to_json();
    unrendered.extend(own.clone());
    lay_over(&mut config, &own);
    let mut meta = meta_of(&[properties.meta.as_ref()]);
    match properties.config.get("meta") {
        Some(own) => meta.extend(meta_of(&[Some(own)])),
        None => meta.extend(config.map("meta").cloned().unwrap_or_default()),
    }
    config.0.insert("meta".to_owned(), Value::Object(meta));
    let mut tags = properties.tags.as_ref().map(|tags| texts(&tags.to_json())).unwrap_or_default();
    tags.extend(config.tags().into_iter().map(str::to_owned));
    config.0.insert("tags".to_owned(), json!(tags));
    (config, unrendered)
}

/// The calls that an exposure lists.
#[derive(Default)]
struct Calls {
    refs: Vec<RefCall>,
    sources: Vec<(String, String)>,
    metrics: Vec<String>,
}

impl Calls {
    /// Reads `ref('a')`, `ref('pkg', 'a')`, `source('s', 't')`, `metric('m')`.
    fn read(&mut self, node: &Yaml, errors: &mut Vec<Error>) {
        let text = node.as_text().unwrap_or_default();
        match call(text) {
            Some(("ref", _)) if let Some(found) = ref_call(text) => self.refs.push(found),
            Some(("source", names)) if names.len() == 2 => {
                self.sources.push((names[0].to_owned(), names[1].to_owned()));
            }
            Some(("metric", names)) if !names.is_empty() => {
                self.metrics.push(names[names.len() - 1].to_owned());
            }
            // What is no call at all is passed over, as dbt does.
            None => {}
            Some(_) => {
                let message = format!("`{text}` in `depends_on` is no `ref`, `source` or `metric`");
                errors.push(Error::parsing(message).at(node.origin.place()).hint("write `ref('orders')`"));
            }
        }
    }
}

/// The function that `text` calls, and the words between the parentheses without quotes.
fn call(text: &str) -> Option<(&str, Vec<&str>)> {
    let (name, inside) = text.trim().trim_end_matches(')').split_once('(')?;
    let name = name.trim_start_matches("{{").trim();
    Some((name, inside.split(',').map(|part| part.trim().trim_matches(['\'', '"'])).collect()))
}

/// The call of `ref` that `text` is, if it is one.
pub fn ref_call(text: &str) -> Option<RefCall> {
    let ("ref", words) = call(text)? else { return None };
    let (mut names, mut version) = (Vec::new(), None);
    for word in words {
        match word.split_once('=').map(|(key, value)| (key.trim(), value.trim().trim_matches(['\'', '"']))) {
            Some(("v" | "version", value)) => {
                version = Some(value.parse::<i64>().map_or_else(|_| json!(value), |number| json!(number)));
            }
            _ => names.push(word),
        }
    }
    match names[..] {
        [name] if !name.is_empty() => Some(RefCall { package: None, name: name.to_owned(), version }),
        [package, name] => Some(RefCall { package: Some(package.to_owned()), name: name.to_owned(), version }),
        _ => None,
    }
}

/// All groups.
pub fn groups(project: &Project) -> IndexMap<UniqueId, Entry> {
    let mut found = IndexMap::new();
    for package in project.all_packages() {
        for group in &package.properties.groups {
            let id = UniqueId::new(format!("group.{}.{}", package.name, group.name));
            let in_root = in_resource_folder(&group.file, &package.settings.model_paths);
            let key = |name: &str| group.owner.get(name).map(Yaml::to_json).unwrap_or_default();
            let mut owner = json!({"email": key("email"), "name": key("name")});
            if let Value::Object(map) = &mut owner {
                map.extend(group.owner.to_json());
            }
            let json = json!({
                "name": group.name, "resource_type": "group", "package_name": package.name, "path": in_root,
                "original_file_path": &*group.file, "unique_id": id, "owner": owner,
                "description": group.description,
                "config": group_config(project, package, group, in_root),
            });
            found.insert(id, Entry { package: package.name.as_str().into(), name: group.name.clone(), json });
        }
    }
    found
}

/// The config of a group: dbt takes what the tree of models says along the path of its file, and does not merge but `meta`.
fn group_config(project: &Project, package: &Package, group: &GroupProperties, in_root: &str) -> Value {
    let (folders, _) = split_folders(in_root);
    let fqn = fqn(package, &folders, &group.name);
    let is_root = std::ptr::eq(package, &project.root);
    let settings = [Some(package), (!is_root).then_some(&project.root)].into_iter().flatten();
    let layers = settings.filter_map(|package| package.settings.tree("models")).flat_map(|map| tree::layers(map, &fqn));
    let mut config = json!({"meta": {}});
    for (key, value) in layers.flatten().chain(group.config.to_json()) {
        match (&mut config[&key], value) {
            (Value::Object(meta), Value::Object(more)) if key == "meta" => meta.extend(more),
            (slot, value) => *slot = value,
        }
    }
    config
}

/// What the page of a project without an overview of its own says first.
const OVERVIEW: &str = "### The documentation of this project\n\nThe list at the side holds sources, seeds, models and all else; \
    each has a page with its description, columns, tests, SQL and lineage.\n\n\
    Write a block `{% docs __overview__ %}` in a `.md` file to say something else here.\n";

/// All docs blocks.
pub fn docs(project: &Project) -> IndexMap<UniqueId, Entry> {
    let mut found = IndexMap::new();
    let id = UniqueId::new("doc.dbt.__overview__");
    let json = json!({
        "name": "__overview__", "resource_type": "doc", "package_name": "dbt", "path": "overview.md",
        "original_file_path": "docs/overview.md", "unique_id": id, "block_contents": OVERVIEW,
    });
    found.insert(id, Entry { package: "dbt".into(), name: "__overview__".to_owned(), json });
    for package in project.all_packages() {
        for block in &package.docs {
            let id = UniqueId::new(format!("doc.{}.{}", package.name, block.name));
            let json = json!({
                "name": block.name, "resource_type": "doc", "package_name": package.name,
                "path": block.file.path_in_root, "original_file_path": block.file.path, "unique_id": id,
                "block_contents": block.text,
            });
            found.insert(id, Entry { package: package.name.as_str().into(), name: block.name.clone(), json });
        }
    }
    found
}

/// All macros, the built-in ones included.
pub fn macros(project: &Project, library: &Library, now: f64) -> IndexMap<UniqueId, Entry> {
    let described = |source: &MacroSource| {
        let package = project.all_packages().find(|package| package.name == *source.package)?;
        let name = source.name.strip_prefix("test_").unwrap_or(&source.name);
        let properties =
            package.properties.macros.iter().find(|entry| entry.name == *source.name || entry.name == name)?;
        Some((package, properties))
    };
    let entries = library.macros().iter().map(|source| {
        let package = project.all_packages().find(|package| package.name == *source.package);
        let folder = package.map_or(Path::new(BUILT_IN), |package| &package.shown_dir);
        let path = source.file.strip_prefix(folder).unwrap_or(&source.file);
        let json = macro_json((source, path), library, described(source), now);
        (source.unique_id.clone(), Entry { package: source.package.clone(), name: source.name.to_string(), json })
    });
    entries.collect()
}

fn macro_json(
    (source, path): (&MacroSource, &Path),
    library: &Library,
    described: Option<(&Package, &MacroProperties)>,
    now: f64,
) -> Value {
    let properties = described.map(|(_, properties)| properties);
    let meta = properties.and_then(|entry| entry.meta.as_ref().or(entry.config.get("meta"))).map(Yaml::to_json);
    let meta = meta.unwrap_or_else(|| json!({}));
    let mut docs = json!({"show": true, "node_color": null});
    if let Some(Value::Object(written)) = properties.and_then(|entry| entry.docs.as_ref()).map(Yaml::to_json) {
        for (key, value) in written {
            docs[key] = value;
        }
    }
    let arguments: Vec<Value> = properties.map_or_else(Vec::new, |entry| {
        let argument = |argument: &crate::project::ArgumentProperties| {
            json!({
                "name": argument.name, "type": argument.kind,
                "description": argument.description.clone().unwrap_or_default(),
            })
        };
        entry.arguments.iter().map(argument).collect()
    });
    let languages = (source.kind == MacroKind::Materialization).then(|| json!(["sql"]));
    json!({
        "name": &*source.name, "resource_type": "macro", "package_name": &*source.package,
        "path": path, "original_file_path": path, "unique_id": source.unique_id, "macro_sql": &*source.told,
        "depends_on": {"macros": library.depends_on(&source.unique_id)},
        "description": properties.and_then(|entry| entry.description.clone()).unwrap_or_default(),
        "meta": meta, "docs": docs, "config": {"meta": meta, "docs": docs},
        "patch_path": described.map(|(package, entry)| format!("{}://{}", package.name, entry.file)),
        "arguments": arguments, "created_at": now, "supported_languages": languages,
    })
}
