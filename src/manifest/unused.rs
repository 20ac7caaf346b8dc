//! What stands in property and project files and applies to nothing.

use crate::project::{NodeProperties, Origin, Package, Properties, Warning};

use super::draft::Drafter;
use super::node::Manifest;
use super::version::version_text;
use super::{source, tree};

/// Properties that describe nothing, and config paths that no node lies below.
pub fn warnings(drafter: &Drafter<'_>, manifest: &Manifest) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for package in drafter.project.all_packages() {
        let is_there = |kind: &str, name: &str| {
            let id = format!("{kind}.{}.{name}", package.name);
            manifest.nodes.contains_key(id.as_str()) || manifest.disabled.contains_key(id.as_str())
        };
        for (section, list) in sections(&package.properties) {
            for properties in list.iter().filter(|properties| properties.versions.is_empty()) {
                warnings.extend(of_node(section, properties, &is_there));
            }
        }
        for function in &package.properties.functions {
            if !is_there("function", &function.node.name) {
                warnings.push(missing(&function.node.name, "functions", &function.node.file, &function.node.origin));
            }
        }
        for described in &package.properties.macros {
            if !manifest.macros.contains_key(format!("macro.{}.{}", package.name, described.name).as_str()) {
                let message = format!("Found patch for macro \"{}\" which was not found", described.name);
                warnings.push(Warning::at("MacroNotFoundForPatch", message, &described.origin));
            }
        }
    }
    warnings.extend(missing_versions(drafter, manifest));
    warnings.extend(unused_paths(&drafter.project.root, manifest));
    warnings
}

fn sections(properties: &Properties) -> impl Iterator<Item = (&'static str, &[NodeProperties])> {
    source::sections(properties).into_iter().chain([("analyses", properties.analyses.as_slice())])
}

/// What is to be said of an entry of `section`: it describes nothing, or what stands in another section's files.
fn of_node(section: &str, properties: &NodeProperties, is_there: &dyn Fn(&str, &str) -> bool) -> Option<Warning> {
    let (name, file, origin) = (&properties.name, &properties.file, &properties.origin);
    let sections = [("model", "models"), ("seed", "seeds"), ("snapshot", "snapshots"), ("analysis", "analyses")];
    let mut kinds = sections.into_iter().filter(|(kind, _)| is_there(kind, name));
    let found: Vec<(&str, &str)> = kinds.by_ref().collect();
    if found.iter().any(|(_, own)| *own == section) {
        return None;
    }
    match found.first() {
        None => Some(missing(name, section, file, origin)),
        Some((kind, own)) => {
            let message = format!(
                "'{name}' is a {kind} node, but it is specified in the {section} section of {file}.\n\
                 To fix this error, place the `{name}` specification under the {own} key instead."
            );
            Some(Warning::at("WrongResourceSchemaFile", message, origin))
        }
    }
}

fn missing(name: &str, section: &str, file: &str, origin: &Origin) -> Warning {
    let message =
        format!("Did not find matching node for patch with name '{name}' in the '{section}' section of file '{file}'");
    Warning::at("NoNodeForYamlKey", message, origin)
}

/// Versions without a file.
fn missing_versions(drafter: &Drafter<'_>, manifest: &Manifest) -> Vec<Warning> {
    let is_missing = |id: &str| !manifest.nodes.contains_key(id) && !manifest.disabled.contains_key(id);
    let mut warnings = Vec::new();
    for version in drafter.versions.all() {
        let properties = &version.properties;
        let id = format!("model.{}.{}.v{}", version.package, properties.name, version_text(&version.v));
        if is_missing(&id) {
            warnings.push(missing(&version.stems[0], "models", &properties.file, &properties.origin));
        }
    }
    warnings
}

/// One warning on all parts of the project's config trees that apply to nothing.
fn unused_paths(root: &Package, manifest: &Manifest) -> Option<Warning> {
    let disabled: Vec<Vec<String>> = disabled_fqns(manifest);
    let mut unused = Vec::new();
    for (section, map) in &root.settings.trees {
        if let Some(fqns) = fqns(section, manifest) {
            let all = fqns.into_iter().chain(disabled.iter().map(Vec::as_slice));
            unused.extend(tree::unused_paths(section, map, all));
        }
    }
    if unused.is_empty() {
        return None;
    }
    let mut message = format!(
        "Configuration paths exist in your project file which do not apply to any resources.\n\
         There are {} unused configuration paths:",
        unused.len()
    );
    unused.iter().for_each(|(path, place)| message.push_str(&format!("\n- {path} ({place})")));
    Some(Warning { name: "UnusedResourceConfigPath", message, place: None })
}

/// The paths of everything that the config tree of `section` may apply to; none where that is not known.
fn fqns<'a>(section: &str, manifest: &'a Manifest) -> Option<Vec<&'a [String]>> {
    Some(match section {
        "sources" => manifest.sources.values().map(|source| source.fqn.as_slice()).collect(),
        "exposures" => manifest.exposures.values().map(|exposure| exposure.fqn.as_slice()).collect(),
        "unit_tests" => manifest.unit_tests.values().map(|test| test.fqn.as_slice()).collect(),
        "metrics" => manifest.metrics.values().map(|entry| entry.fqn.as_slice()).collect(),
        "semantic-models" => manifest.semantic_models.values().map(|entry| entry.fqn.as_slice()).collect(),
        "saved-queries" => manifest.saved_queries.values().map(|entry| entry.fqn.as_slice()).collect(),
        "models" | "seeds" | "snapshots" | "data_tests" | "functions" => {
            let of_section = manifest.nodes.values().filter(|node| super::draft::section_of(node.kind) == section);
            of_section.map(|node| node.fqn.as_slice()).collect()
        }
        _ => return None,
    })
}

fn disabled_fqns(manifest: &Manifest) -> Vec<Vec<String>> {
    let entries = manifest.disabled.values().flatten();
    let parts = |json: &serde_json::Value| super::column::texts(&json["fqn"]);
    entries.map(parts).collect()
}
