//! What a package describes or defines twice.

use std::collections::HashMap;

use crate::error::{Error, Place};
use crate::project::{Map, Origin, Package, Project, Value};

/// One error for each entry after the first of its name.
pub fn errors(project: &Project) -> Vec<Error> {
    project.all_packages().flat_map(of_package).collect()
}

fn of_package(package: &Package) -> Vec<Error> {
    let properties = &package.properties;
    let mut seen = Seen::default();
    let described = [
        ("model", &properties.models),
        ("seed", &properties.seeds),
        ("snapshot", &properties.snapshots),
        ("analysis", &properties.analyses),
    ];
    for (what, list) in described {
        for entry in list {
            seen.add(what, &entry.name, &entry.origin, "described");
        }
    }
    for entry in &properties.macros {
        seen.add("macro", &entry.name, &entry.origin, "described");
    }
    for entry in properties.exposures.iter().filter(|entry| !is_off(&entry.config)) {
        seen.add("exposure", &entry.name, &entry.origin, "defined");
    }
    for entry in &properties.groups {
        seen.add("group", &entry.name, &entry.origin, "defined");
    }
    for entry in properties.unit_tests.iter().filter(|entry| !is_off(&entry.config)) {
        seen.add("unit test", &format!("{}.{}", entry.model, entry.name), &entry.origin, "defined");
    }
    for source in properties.sources.iter().filter(|source| source.overrides.is_none()) {
        for table in source.tables.iter().filter(|table| !is_off(&table.config) && !is_off(&source.config)) {
            seen.add("source", &format!("{}.{}", source.name, table.name), &table.origin, "defined");
        }
    }
    for block in &package.docs {
        seen.add("docs block", &block.name, &block.origin, "defined");
    }
    seen.errors
}

fn is_off(config: &Map) -> bool {
    config.get("enabled").is_some_and(|enabled| enabled.value == Value::Bool(false))
}

#[derive(Default)]
struct Seen<'a> {
    first: HashMap<(&'static str, String), &'a Origin>,
    errors: Vec<Error>,
}

impl<'a> Seen<'a> {
    fn add(&mut self, what: &'static str, name: &str, origin: &'a Origin, done: &str) {
        let Some(first) = self.first.insert((what, name.to_owned()), origin) else { return };
        let Place { file, line, .. } = first.place();
        let message = format!("{what} `{name}` is {done} twice, first at {}:{line}", file.display());
        let hint = match done {
            "described" => "say everything about it in one entry",
            _ => "rename or remove one of them",
        };
        self.errors.push(Error::parsing(message).at(origin.place()).hint(hint));
    }
}
