//! Deprecated forms of the root project that show only in the whole of it.

use crate::project::{Package, Project, Warning};

use super::node::Manifest;

/// Warnings on old forms; those in property files are told where they are read.
pub fn warnings(project: &Project, manifest: &Manifest) -> Vec<Warning> {
    let mut warnings = uses_of_itertools(&project.root);
    for exposure in &project.root.properties.exposures {
        let is_plain = |name: &str| name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-'));
        if !is_plain(&exposure.name) {
            let message = format!(
                "the name of the exposure `{}` should have letters, digits and underscores only; \
                 a title for people belongs in its `label`",
                exposure.name
            );
            warnings.push(Warning::at("ExposureNameDeprecation", message, &exposure.origin));
        }
    }
    for source in &project.root.properties.sources {
        let Some(package) = &source.overrides else { continue };
        let mut sources = manifest.sources.values();
        let is_there = sources.any(|known| *known.package == **package && known.source_name == source.name);
        let (name, message) = match is_there {
            true => ("SourceOverrideDeprecation", format!("`overrides` of the source `{}` is deprecated", source.name)),
            false => {
                let message = format!(
                    "During parsing, dbt encountered source overrides that had no target:\n  - Source {package}.{}",
                    source.name
                );
                ("UnusedTables", message)
            }
        };
        warnings.push(Warning::at(name, message, &source.origin));
    }
    warnings
}

/// Files that name `modules.itertools`.
fn uses_of_itertools(root: &Package) -> Vec<Warning> {
    let macros = root.macros.iter().chain(&root.snapshots).map(|file| &file.text);
    let files = root.models.iter().chain(&root.tests).chain(&root.analyses).chain(macros);
    let using = files.filter(|file| file.text.contains("modules.itertools"));
    let message = "`modules.itertools` is deprecated in dbt; it stays in kiln";
    using.map(|file| Warning::at("ModulesItertoolsUsageDeprecation", message, &file.file.origin)).collect()
}
