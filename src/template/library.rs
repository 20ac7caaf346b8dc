//! The macros of all packages, and which of them a name means where it is used.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Place, Result};
use crate::jinja::{MacroDef, MacroId, mentions};
use crate::name::UniqueId;

/// The packages that are compiled into kiln, in the order in which a bare name is looked up in them.
pub const BUILT_IN: [&str; 2] = ["dbt_postgres", "dbt"];

/// Prefixes under which `adapter.dispatch` looks for a macro, in this order.
const PREFIXES: [&str; 2] = ["postgres", "default"];

/// What kind of block a macro was written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MacroKind {
    /// `{% macro %}`.
    Macro,
    /// `{% materialization %}`.
    Materialization,
    /// `{% test %}`.
    Test,
}

/// One macro block of a file.
#[derive(Debug, Clone)]
pub struct MacroSource {
    /// `macro.shop.cents_to_dollars`.
    pub unique_id: UniqueId,
    /// The package whose file it stands in.
    pub package: Arc<str>,
    /// dbt's name for it: `test_x` for a test, `materialization_x_default` for a materialization.
    pub name: Arc<str>,
    /// How it was written.
    pub kind: MacroKind,
    /// The block from its opening tag to its closing tag.
    pub text: Arc<str>,
    /// The same with the blanks that its outer tags take away, as the manifest tells it.
    pub told: Arc<str>,
    /// The file, as messages name it.
    pub file: Arc<Path>,
    /// Line of the file where the block begins, counted from 1.
    pub first_line: u32,
}

impl MacroSource {
    /// The same for the engine.
    pub(super) fn definition(&self) -> MacroDef {
        MacroDef {
            package: self.package.clone(),
            name: self.name.clone(),
            file: self.file.to_path_buf(),
            line: self.first_line,
            column: 1,
            text: self.text.clone(),
        }
    }
}

/// One entry of `dispatch:` in the root project.
#[derive(Debug, Clone)]
pub struct DispatchRule {
    /// The namespace that macros dispatch from.
    pub namespace: String,
    /// The packages to search, first hit wins.
    pub search_order: Vec<String>,
}

/// All macros of an invocation.
#[derive(Debug)]
pub struct Library {
    root: String,
    macros: Vec<MacroSource>,
    packages: HashMap<Arc<str>, HashMap<Arc<str>, MacroId>>,
    dispatch: Vec<DispatchRule>,
    /// `require_explicit_package_overrides_for_builtin_materializations`.
    keeps_built_in_materializations: bool,
}

impl Library {
    /// Indexes `macros`, which hold those of `root`, of the other packages, and the built-in ones.
    ///
    /// # Errors
    ///
    /// `Parsing` for each name that a package has twice.
    pub fn new(root: &str, macros: Vec<MacroSource>, dispatch: Vec<DispatchRule>) -> Result<Library, Vec<Error>> {
        let mut packages: HashMap<Arc<str>, HashMap<Arc<str>, MacroId>> = HashMap::new();
        let mut doubled = Vec::new();
        for (at, definition) in macros.iter().enumerate() {
            let id = MacroId(u32::try_from(at).expect("a project has fewer macros than 2^32"));
            let names = packages.entry(definition.package.clone()).or_default();
            match names.get(&definition.name) {
                Some(first) => doubled.push(doubled_name(&macros[first.0 as usize], definition)),
                None => {
                    names.insert(definition.name.clone(), id);
                }
            }
        }
        if !doubled.is_empty() {
            return Err(doubled);
        }
        Ok(Library { root: root.to_owned(), macros, packages, dispatch, keeps_built_in_materializations: true })
    }

    /// Lets installed packages replace built-in materializations, as the flag
    /// `require_explicit_package_overrides_for_builtin_materializations: false` asks for.
    #[must_use]
    pub(super) fn with_package_materializations(mut self) -> Library {
        self.keeps_built_in_materializations = false;
        self
    }

    /// All macros, in the order given.
    pub fn macros(&self) -> &[MacroSource] {
        &self.macros
    }

    /// The root project.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// The macro of an id.
    pub fn definition(&self, id: MacroId) -> &MacroSource {
        &self.macros[id.0 as usize]
    }

    /// `macro.package.name`, where no package's name has a dot.
    fn by_unique_id(&self, unique_id: &UniqueId) -> Option<&MacroSource> {
        let (package, name) = unique_id.as_str().strip_prefix("macro.")?.split_once('.')?;
        Some(self.definition(*self.packages.get(package)?.get(name)?))
    }

    /// The unique id of a macro.
    pub fn unique_id(&self, id: MacroId) -> UniqueId {
        self.definition(id).unique_id.clone()
    }

    /// Names and ids of the macros of `package`; `dbt` stands for all built-in ones.
    pub fn members(&self, package: &str) -> Option<Vec<(Arc<str>, MacroId)>> {
        if package == "dbt" {
            return Some(self.built_in_members());
        }
        let names = self.packages.get(package)?;
        Some(names.iter().map(|(name, id)| (name.clone(), *id)).collect())
    }

    fn built_in_members(&self) -> Vec<(Arc<str>, MacroId)> {
        let mut all = HashMap::new();
        for names in BUILT_IN.iter().rev().filter_map(|package| self.packages.get(*package)) {
            all.extend(names.iter().map(|(name, id)| (name.clone(), *id)));
        }
        all.into_iter().collect()
    }

    /// The packages that have macros.
    pub fn packages(&self) -> impl Iterator<Item = &Arc<str>> {
        self.packages.keys()
    }

    /// The macro `name` of `package` itself; `dbt` stands for all built-in ones.
    pub fn in_package(&self, package: &str, name: &str) -> Option<MacroId> {
        if package == "dbt" {
            return self.built_in(name);
        }
        self.packages.get(package)?.get(name).copied()
    }

    /// The built-in macro `name`.
    pub fn built_in(&self, name: &str) -> Option<MacroId> {
        BUILT_IN.iter().find_map(|package| self.packages.get(*package)?.get(name).copied())
    }

    /// What the bare `name` means in a node of `package`: its own macro, the root project's, a built-in one.
    pub fn bare(&self, package: &str, name: &str) -> Option<MacroId> {
        self.in_package(package, name)
            .filter(|_| !BUILT_IN.contains(&package))
            .or_else(|| self.packages.get(self.root.as_str())?.get(name).copied())
            .or_else(|| self.built_in(name))
    }

    /// Names of all macros and packages that a node of `package` can say without a package.
    pub fn visible(&self, package: &str) -> Vec<String> {
        let packages = [package, self.root.as_str()].into_iter().chain(BUILT_IN);
        let names = packages.filter_map(|package| self.packages.get(package)).flat_map(HashMap::keys);
        names.chain(self.packages.keys()).map(ToString::to_string).collect()
    }

    /// What the bare or `package.`-qualified `name` means in a node of `package`.
    pub fn find(&self, package: &str, name: &str) -> Option<MacroId> {
        match name.split_once('.') {
            Some((wanted, name)) => self.in_package(wanted, name),
            None => self.bare(package, name),
        }
    }

    /// What `adapter.dispatch(name, namespace)` means in a node of `package`.
    ///
    /// # Errors
    ///
    /// `Compilation` with all names that were tried.
    pub fn dispatch(&self, package: &str, name: &str, namespace: Option<&str>) -> Result<MacroId> {
        let mut tried = Vec::new();
        for searched in self.search_order(namespace) {
            for prefix in PREFIXES {
                let full = format!("{prefix}__{name}");
                let found = match searched {
                    Some(package) => self.in_package(package, &full),
                    None => self.bare(package, &full),
                };
                if let Some(id) = found {
                    return Ok(id);
                }
                tried.push(searched.map_or_else(|| full.clone(), |package| format!("{package}.{full}")));
            }
        }
        let within =
            namespace.map_or_else(|| "the project".to_owned(), |namespace| format!("namespace: '{namespace}'"));
        let tried: Vec<String> = tried.iter().map(|name| format!("'{name}'")).collect();
        // The words are dbt's: people look for them.
        Err(Error::compilation(format!(
            "In dispatch: No macro named '{name}' found within {within}; searched for: {}",
            tried.join(", ")
        )))
    }

    fn search_order<'a>(&'a self, namespace: Option<&'a str>) -> Vec<Option<&'a str>> {
        let Some(namespace) = namespace else { return vec![None] };
        if let Some(rule) = self.dispatch.iter().find(|rule| rule.namespace == namespace) {
            return rule.search_order.iter().map(|package| Some(package.as_str())).collect();
        }
        if namespace == "dbt" || self.packages.contains_key(namespace) {
            return vec![Some(self.root.as_str()), Some(namespace)];
        }
        vec![None]
    }

    /// The macro that runs the materialization `name`, the best of all packages.
    pub fn materialization(&self, name: &str) -> Option<MacroId> {
        let has_built_in = ["postgres", "default"]
            .iter()
            .any(|kind| self.built_in(&format!("materialization_{name}_{kind}")).is_some());
        PREFIXES.iter().find_map(|kind| {
            let full = format!("materialization_{name}_{kind}");
            self.packages
                .get(self.root.as_str())
                .and_then(|names| names.get(full.as_str()).copied())
                .or_else(|| self.installed(&full).filter(|_| !has_built_in || !self.keeps_built_in_materializations))
                .or_else(|| self.built_in(&full))
        })
    }

    /// Names of all materializations that a node can ask for.
    pub fn materializations(&self) -> impl Iterator<Item = &str> {
        let of_kind = self.macros.iter().filter(|it| it.kind == MacroKind::Materialization);
        let names = of_kind.filter_map(|it| it.name.strip_prefix("materialization_")?.rsplit_once('_'));
        names.map(|(name, _)| name).filter(|name| !["test", "unit", "clone"].contains(name))
    }

    /// A macro of an installed package, the first by the package's name.
    fn installed(&self, name: &str) -> Option<MacroId> {
        self.packages
            .iter()
            .filter(|(package, _)| package.as_ref() != self.root && !BUILT_IN.contains(&package.as_ref()))
            .filter_map(|(package, names)| Some((package, names.get(name)?)))
            .min()
            .map(|(_, id)| *id)
    }

    /// Whether a call of the built-in macro `name` ends in a macro of somebody else.
    pub fn is_overridden(&self, name: &str) -> bool {
        let theirs = |id: MacroId| !BUILT_IN.contains(&self.definition(id).package.as_ref());
        self.bare(&self.root, name).is_some_and(theirs)
            || self.dispatch(&self.root, name, Some("dbt")).is_ok_and(theirs)
    }

    /// The macros that the text of the macro `unique_id` names, itself among them where it does, each once, sorted by unique id.
    pub fn depends_on(&self, unique_id: &UniqueId) -> Vec<UniqueId> {
        let Some(definition) = self.by_unique_id(unique_id) else {
            return Vec::new();
        };
        let found: BTreeSet<UniqueId> = mentions(&definition.text)
            .into_iter()
            .filter_map(|mention| match (mention.name.as_str(), mention.arguments.as_slice()) {
                ("adapter.dispatch", [Some(name), rest @ ..]) => {
                    let namespace = rest.first().and_then(Option::as_deref);
                    self.dispatch(&definition.package, name, namespace).ok()
                }
                (name, _) => self.find(&definition.package, name),
            })
            .map(|found| self.unique_id(found))
            .collect();
        found.into_iter().collect()
    }
}

fn doubled_name(first: &MacroSource, second: &MacroSource) -> Error {
    let place = |definition: &MacroSource| Place::at(definition.file.to_path_buf(), definition.first_line, 1);
    Error::parsing(format!(
        "package `{}` has two macros named `{}`: at {} and at {}",
        first.package,
        first.name,
        place(first),
        place(second)
    ))
    .at(place(second))
    .hint("rename or remove one of them")
}
