//! What all renders of an invocation share: engine, macros by name, functions, and the one graph.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::globals::Globals;
use super::library::{BUILT_IN, Library, MacroSource};
use super::runtime::Runtime;
use super::{functions, objects};
use crate::jinja::{Engine, MacroNamespace, Value, Yaml, from_json};
use crate::project;

/// Shared by all renders.
pub(super) struct Shared {
    /// The macros.
    pub(super) library: Library,
    /// What is the same for all nodes.
    pub(super) globals: Globals,
    /// Renders.
    pub(super) engine: Engine,
    /// Names that mean the same everywhere, below macros and a node's own.
    pub(super) values: HashMap<String, Value>,
    /// The default schema and database of relations, for calls of `api.Relation.create`.
    namespaces: HashMap<Arc<str>, Value>,
    graph: OnceLock<Value>,
}

impl Shared {
    /// Makes the engine and all shared values.
    pub(super) fn new(library: Library, globals: Globals) -> Shared {
        let yaml = Yaml { read: read_yaml, write: write_yaml };
        let mut values: Vec<(String, Value)> = crate::jinja::globals(Some(yaml));
        values.extend(functions::shared(&globals));
        values.extend(objects::shared(&globals));
        values.push(("return".to_owned(), crate::jinja::return_function()));
        let engine = Engine::new(library.macros().iter().map(MacroSource::definition).collect(), values.clone());
        let namespaces = namespaces(&library, &engine);
        Shared { library, globals, engine, values: values.into_iter().collect(), namespaces, graph: OnceLock::new() }
    }

    /// A macro or package that a bare name means in a node of `package`, but for built-in ones.
    pub(super) fn macro_named(&self, package: &str, name: &str) -> Option<Value> {
        match self.library.bare(package, name) {
            Some(id) => {
                let is_built_in = BUILT_IN.contains(&self.library.definition(id).package.as_ref());
                let namespace = if is_built_in { self.namespaces.get(name).cloned() } else { None };
                Some(namespace.unwrap_or_else(|| self.engine.macro_value(id)))
            }
            None => self.namespaces.get(name).cloned(),
        }
    }

    /// The one `graph` of the invocation.
    pub(super) fn graph(&self, runtime: &Runtime) -> Value {
        self.graph.get_or_init(|| from_json(&runtime.resolver.graph())).clone()
    }
}

fn namespaces(library: &Library, engine: &Engine) -> HashMap<Arc<str>, Value> {
    let mut packages: Vec<Arc<str>> = library.packages().cloned().collect();
    packages.push("dbt".into());
    packages
        .into_iter()
        .map(|package| {
            let members = library.members(&package).unwrap_or_default();
            let values = members.into_iter().map(|(name, id)| (name.to_string(), engine.macro_value(id)));
            (package.clone(), MacroNamespace::value(&package, values))
        })
        .collect()
}

fn read_yaml(text: &str) -> Option<Value> {
    project::parse_text(text, "fromyaml").ok().map(|node| node.to_python())
}

fn write_yaml(value: &serde_json::Value, is_sorted: bool) -> Option<String> {
    Some(project::to_yaml(value, is_sorted))
}
