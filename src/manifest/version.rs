//! Versions of models: which file is which version, and what its properties come down to.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::error::Error;
use crate::project::{
    ColumnProperties, Map, Node as Yaml, NodeProperties, Project, Value as YamlValue, VersionProperties,
};

use super::column::texts;
use super::draft::Drafter;

/// One version of a model, with properties as if they stood for it alone.
#[derive(Debug)]
pub struct Version {
    /// Package of the model.
    pub package: String,
    /// `v`: a number or a text.
    pub v: Value,
    /// The version that a `ref` without one means.
    pub latest: Value,
    /// What the model's properties and those of the version say together.
    pub properties: NodeProperties,
    /// Names of files, without extension, that may hold it; the latest version may have the model's bare name.
    pub stems: Vec<String>,
}

/// All versions, and how their files find them.
#[derive(Debug, Default)]
pub struct Versions {
    all: Vec<Version>,
    by_stem: HashMap<(String, String), usize>,
}

/// A version as names have it: `1`, `1.5`, `beta`.
pub fn version_text(v: &Value) -> String {
    v.as_str().map_or_else(|| v.to_string(), str::to_owned)
}

impl Versions {
    /// The versions that the properties of all packages speak of.
    pub fn of(project: &Project) -> Versions {
        let mut versions = Versions::default();
        for package in project.all_packages() {
            let files: HashSet<&str> = package.models.iter().map(|file| file.file.stem()).collect();
            for model in package.properties.models.iter().filter(|model| !model.versions.is_empty()) {
                let latest = model.latest_version.as_ref().map_or_else(|| newest(model), Yaml::to_json);
                for version in &model.versions {
                    let mut version = one(&package.name, model, version, latest.clone());
                    let has_file = version.stems.iter().any(|stem| files.contains(stem.as_str()));
                    if version.v == version.latest && !has_file {
                        version.stems.push(model.name.clone());
                    }
                    versions.add(version);
                }
            }
        }
        versions
    }

    fn add(&mut self, version: Version) {
        for stem in &version.stems {
            self.by_stem.entry((version.package.clone(), stem.clone())).or_insert(self.all.len());
        }
        self.all.push(version);
    }

    /// All of them, package by package.
    pub fn all(&self) -> &[Version] {
        &self.all
    }

    /// The version that a file of this name holds.
    pub fn of_file(&self, package: &str, stem: &str) -> Option<&Version> {
        self.by_stem.get(&(package.to_owned(), stem.to_owned())).map(|at| &self.all[*at])
    }

    /// The versions of a model, in the order of its properties.
    pub fn of_model<'v>(&'v self, package: &'v str, name: &'v str) -> impl Iterator<Item = &'v Version> {
        self.all.iter().filter(move |version| version.package == package && version.properties.name == name)
    }
}

impl Drafter<'_> {
    /// Versions that are given twice, and latest ones that are none.
    pub fn wrong_versions(&self) -> Vec<Error> {
        let models = self.project.all_packages().flat_map(|package| &package.properties.models);
        models.filter_map(wrong_version).collect()
    }
}

fn wrong_version(model: &NodeProperties) -> Option<Error> {
    let all: Vec<String> = model.versions.iter().map(|version| version_text(&version.v.to_json())).collect();
    let doubled = all.iter().enumerate().find(|(at, v)| all[..*at].contains(v));
    if let Some((at, v)) = doubled {
        let message = format!("Model '{}' has the version '{v}' twice", model.name);
        return Some(Error::parsing(message).at(model.versions[at].origin.place()));
    }
    let latest = model.latest_version.as_ref().filter(|_| !all.is_empty())?;
    let wanted = version_text(&latest.to_json());
    let message =
        format!("latest_version: {wanted} is not one of model '{}' versions: [{}]", model.name, all.join(", "));
    (!all.contains(&wanted)).then(|| Error::parsing(message).at(latest.place()))
}

/// The greatest version: as numbers where all are some, else as text.
fn newest(model: &NodeProperties) -> Value {
    let mut all: Vec<Value> = model.versions.iter().map(|version| version.v.to_json()).collect();
    let number = |v: &Value| version_text(v).parse::<f64>().ok();
    if all.iter().all(|v| number(v).is_some()) {
        all.sort_by(|one, other| number(one).unwrap_or(0.0).total_cmp(&number(other).unwrap_or(0.0)));
    } else {
        all.sort_by_key(version_text);
    }
    all.pop().unwrap_or_default()
}

fn one(package: &str, model: &NodeProperties, version: &VersionProperties, latest: Value) -> Version {
    let v = version.v.to_json();
    let text = version_text(&v);
    let stems = match &version.defined_in {
        Some(stem) => vec![stem.clone()],
        None => vec![format!("{}_v{text}", model.name)],
    };
    Version { package: package.to_owned(), v, latest, properties: merged(model, version), stems }
}

/// The model's properties with those of one version laid over them.
fn merged(model: &NodeProperties, version: &VersionProperties) -> NodeProperties {
    let mut all = model.clone();
    let is_said = |key: &str, beside: &Option<Yaml>| beside.is_some() || model.config.get(key).is_some();
    // What the model itself says of these wins in dbt, since it becomes config of every version.
    if !is_said("access", &model.access) {
        all.access.clone_from(&version.access);
    }
    if !is_said("docs", &model.docs) {
        all.docs.clone_from(&version.docs);
    }
    if version.description.is_some() {
        all.description.clone_from(&version.description);
    }
    all.deprecation_date.clone_from(&version.deprecation_date);
    if let Some(constraints) = version.constraints.as_ref().filter(|list| !list.is_empty()) {
        all.constraints.clone_from(constraints);
    }
    if let Some(tests) = version.tests.as_ref().filter(|list| !list.is_empty()) {
        all.tests.clone_from(tests);
    }
    lay_over(&mut all.config, &version.config);
    all.columns = columns(model, version);
    all.origin = version.origin.clone();
    all.versions.clear();
    all
}

fn lay_over(config: &mut Map, version: &Map) {
    for entry in &version.entries {
        let key = entry.name();
        let old = config.entries.iter_mut().find(|old| old.name() == key);
        let Some(old) = old else {
            config.entries.push(entry.clone());
            continue;
        };
        match (key.trim_start_matches('+'), &mut old.value.value, &entry.value.value) {
            ("meta" | "contract" | "grants" | "persist_docs" | "docs", YamlValue::Map(old), YamlValue::Map(new)) => {
                lay_over(old, new);
            }
            ("tags", _, _) => old.value.value = tags(&old.value, &entry.value),
            (_, _, _) => old.value = entry.value.clone(),
        }
    }
}

/// The tags of both, each once, sorted as dbt has them.
fn tags(one: &Yaml, other: &Yaml) -> YamlValue {
    let mut all = texts(&one.to_json());
    all.extend(texts(&other.to_json()));
    all.sort();
    all.dedup();
    YamlValue::Seq(all.into_iter().map(|tag| Yaml::new(YamlValue::Text(tag), other.origin.clone())).collect())
}

/// The model's columns that the version takes over, with its own in their place or behind them.
fn columns(model: &NodeProperties, version: &VersionProperties) -> Vec<ColumnProperties> {
    let is_in = |rule: &Option<Yaml>, name: &str, default: bool| match rule.as_ref().map(Yaml::to_json) {
        None | Some(Value::Null) => default,
        Some(Value::String(word)) => matches!(word.as_str(), "all" | "*") || word == name,
        Some(list) => texts(&list).iter().any(|listed| listed == name),
    };
    let own = |name: &str| version.columns.iter().find(|column| column.name == name);
    let is_taken = |column: &&ColumnProperties| {
        is_in(&version.include, &column.name, true) && !is_in(&version.exclude, &column.name, false)
    };
    let taken = model.columns.iter().filter(|column| own(&column.name).is_some() || is_taken(column));
    let mut all: Vec<ColumnProperties> = taken.map(|column| own(&column.name).unwrap_or(column).clone()).collect();
    let is_new = |column: &&ColumnProperties| !model.columns.iter().any(|known| known.name == column.name);
    all.extend(version.columns.iter().filter(is_new).cloned());
    all
}
