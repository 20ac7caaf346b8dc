//! From options to a loaded project.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::{Map as JsonMap, Value as Json};

use super::files::read_text;
use super::package;
use super::profile::{self, Profile};
use super::project_file::{self, ProjectFile};
use super::render::{Lookup, Scope, Secrets, is_hook};
use super::vars::{self, Vars, look_up, parse_vars};
use super::walk::Folder;
use super::warning::Warning;
use super::yaml::{self, Entry, Map, Node, Value};
use super::{Options, Project, packages};
use crate::error::{Error, Result};

/// Reads the project that `options` name, with its packages and profile.
///
/// # Errors
///
/// All mistakes of all files, sorted by place; a profile that cannot be read comes alone.
#[cfg(test)]
pub fn load(options: &Options) -> Result<Project, Vec<Error>> {
    let (project, errors) = read(options)?;
    if errors.is_empty() { Ok(project) } else { Err(errors) }
}

/// Like `load`, with the mistakes, sorted by place, beside what could be read in spite of them.
///
/// # Errors
///
/// A project file, package or profile without which nothing else can be understood.
pub fn read(options: &Options) -> Result<(Project, Vec<Error>), Vec<Error>> {
    let start = Start::new(options).map_err(|error| vec![error])?;
    let mut warnings = Vec::new();
    let mut errors = Vec::new();
    let tree = project_file::read_tree(&start.folder, &mut warnings).map_err(|error| vec![error])?;
    let tree = start.with_file_vars(tree).map_err(|error| vec![error])?;
    let profile = start.profile(&tree, options)?;
    let cli_vars = start.vars.clone();
    let settings = start.settings(tree, Some(&profile.target), &mut warnings, &mut errors);
    let Some(settings) = settings else { return Err(sorted(errors)) };
    if options.check_version {
        project_file::check_requirement(&settings).map_err(|error| vec![error])?;
    }
    let found_before = errors.len();
    let folders = start.packages(&settings, &mut errors);
    let install_dir = start.folder.dir.join(&settings.packages_install_path);
    let packages = start.package_settings(folders, &install_dir, &profile, &mut errors);
    // What packages are called decides what the nodes below mean: a mistake here ends it.
    if errors.len() > found_before {
        return Err(sorted(errors));
    }
    let selectors = start.selectors(&profile.target, &mut errors);
    let root_settings = Arc::new(settings.clone());
    let all: Vec<(Folder, ProjectFile)> = std::iter::once((start.folder.clone(), settings)).chain(packages).collect();
    let read: Vec<package::Read> = all
        .into_par_iter()
        .map(|(folder, settings)| {
            let scope = scope_of(&cli_vars, &root_settings, &settings, &profile);
            package::read(folder, settings, &scope)
        })
        .collect();
    let mut found = Vec::with_capacity(read.len());
    for (index, mut read) in read.into_iter().enumerate() {
        errors.append(&mut read.errors);
        // What a package writes in old ways is its author's business.
        let is_told = |warning: &Warning| index == 0 || !warning.name.ends_with("Deprecation");
        warnings.extend(read.warnings.into_iter().filter(is_told));
        found.push(read.package);
    }
    warnings.sort_by(|a, b| (&a.place, &a.message).cmp(&(&b.place, &b.message)));
    let mut packages = found.into_iter();
    let root = packages.next().ok_or_else(|| vec![Error::internal("the root project was lost")])?;
    let project = Project { root, packages: packages.collect(), profile, cli_vars, selectors, warnings };
    Ok((project, sorted(errors)))
}

/// What there is of a project, each part with its own mistakes; for `debug`.
#[derive(Debug)]
pub struct Checked {
    /// Absolute path of its folder.
    pub dir: PathBuf,
    /// Path of its project file.
    pub file: PathBuf,
    /// Folder of `profiles.yml`.
    pub profiles_dir: PathBuf,
    /// The project file.
    pub settings: Result<ProjectFile, Vec<Error>>,
    /// The profile.
    pub profile: Result<Profile, Vec<Error>>,
}

/// Reads the project file and the profile, each as if the other were well.
///
/// # Errors
///
/// `Usage` when there is no project folder.
pub fn check(options: &Options) -> Result<Checked> {
    let start = Start::new(options)?;
    let (dir, mut warnings) = (start.folder.dir.clone(), Vec::new());
    let file = [dir.join("dbt_project.yml"), dir.join("project.yml")].into_iter().find(|file| file.is_file());
    let tree = project_file::read_tree(&start.folder, &mut warnings);
    let nothing = || Node::new(Value::Null, yaml::Origin::file(PathBuf::from("dbt_project.yml")));
    let profile = start.profile(tree.as_ref().unwrap_or(&nothing()), options);
    let target = profile.as_ref().ok().map(|profile| &profile.target);
    Ok(Checked {
        file: file.unwrap_or_else(|| dir.join("dbt_project.yml")),
        profiles_dir: profile::find_dir(options.profiles_dir.as_deref(), &dir),
        settings: tree.map_err(|error| vec![error]).and_then(|tree| start.whole_settings(tree, target)),
        profile,
        dir,
    })
}

/// The folder and the settings of the project, which need no profile here.
///
/// # Errors
///
/// All mistakes of the project file.
pub fn settings(options: &Options) -> Result<(PathBuf, ProjectFile), Vec<Error>> {
    let start = Start::new(options).map_err(|error| vec![error])?;
    let tree = project_file::read_tree(&start.folder, &mut Vec::new()).map_err(|error| vec![error])?;
    let profile = start.profile(&tree, options).ok();
    let settings = start.whole_settings(tree, profile.as_ref().map(|profile| &profile.target))?;
    Ok((start.folder.dir, settings))
}

/// `log-path` as the project file in `dir` has it, whatever else may be wrong with that.
pub fn log_path(dir: &Path) -> Option<String> {
    let folder = Folder { dir: dir.to_path_buf(), shown: PathBuf::new() };
    let tree = project_file::read_tree(&folder, &mut Vec::new()).ok()?;
    tree.as_map()?.get("log-path")?.as_text().map(str::to_owned)
}

/// The folder of the project: `from` or the nearest folder above that holds a project file.
///
/// # Errors
///
/// `Usage` when there is none.
pub fn find_project_dir(from: &Path) -> Result<PathBuf> {
    let found = from.ancestors().find(|dir| project_file::is_project_dir(dir));
    found.map(Path::to_path_buf).ok_or_else(|| {
        Error::usage(format!("there is no dbt_project.yml or project.yml in `{}` or above", from.display()))
            .hint("run `kiln init` to start a project, or name its folder with `--project-dir`")
    })
}

fn sorted(mut errors: Vec<Error>) -> Vec<Error> {
    errors.sort_by(|a, b| (a.place(), a.message()).cmp(&(b.place(), b.message())));
    errors
}

/// What is known before the project file is read.
struct Start {
    folder: Folder,
    vars: Vars,
    /// Those of `vars.yml`.
    file_vars: Map,
}

impl Start {
    fn new(options: &Options) -> Result<Start> {
        let current = std::env::current_dir().map_err(|error| Error::io("read", Path::new("."), error))?;
        let dir = match &options.project_dir {
            Some(dir) if current.join(dir).is_dir() => current.join(dir),
            Some(dir) => {
                let error = Error::usage(format!("there is no folder `{}`", dir.display()));
                return Err(error.hint("`--project-dir` names the folder of the project"));
            }
            None => find_project_dir(&current)?,
        };
        let dir = std::fs::canonicalize(&dir).map_err(|error| Error::io("read", &dir, error))?;
        let vars = options.vars.as_deref().map(parse_vars).transpose()?.unwrap_or_default();
        let file_vars = vars::of_file(&dir)?;
        Ok(Start { folder: Folder { dir, shown: PathBuf::new() }, vars, file_vars })
    }

    /// `var` as project files and profiles see it: the command line, then `vars.yml`.
    fn cli_lookup(&self) -> Lookup {
        let (vars, of_file) = (self.vars.clone(), self.file_vars.to_json());
        Arc::new(move |name| vars.get(name).or_else(|| of_file.get(name)).cloned())
    }

    /// The project's tree with the variables of `vars.yml`.
    fn with_file_vars(&self, mut tree: Node) -> Result<Node> {
        let Some(first) = self.file_vars.entries.first() else { return Ok(tree) };
        let Value::Map(map) = &mut tree.value else { return Ok(tree) };
        if let Some(doubled) = map.entry("vars").filter(|entry| !entry.value.is_null()) {
            let error = Error::parsing("`vars` are defined both in `vars.yml` and in the project file");
            return Err(error.at(doubled.key.place()).hint("keep one of them"));
        }
        map.take("vars");
        let key = Node::new(Value::Text("vars".to_owned()), first.key.origin.clone());
        let value = Node::new(Value::Map(self.file_vars.clone()), first.key.origin.clone());
        map.entries.push(Entry { key, value });
        Ok(tree)
    }

    fn profile(&self, tree: &Node, options: &Options) -> Result<Profile, Vec<Error>> {
        let mut errors = Vec::new();
        let scope = Scope::new(self.cli_lookup(), Secrets::Refused, None);
        let own = tree.as_map().and_then(|map| map.get("profile")).filter(|node| !node.is_null());
        let own = own.map(|node| scope.render(node.clone(), &mut errors));
        if !errors.is_empty() {
            return Err(errors);
        }
        let name = match (&options.profile, own) {
            (Some(name), _) => name.clone(),
            (None, Some(node)) => node.scalar_text("profile").map_err(|error| vec![error])?,
            (None, None) => {
                let error = Error::usage("the project file names no `profile`").at(tree.place());
                return Err(vec![error.hint("write `profile: ..`, or name one with `--profile`")]);
            }
        };
        profile::load(&profile::Wanted {
            dir: options.profiles_dir.as_deref(),
            project_dir: &self.folder.dir,
            profile: &name,
            target: options.target.as_deref(),
            threads: options.threads,
            vars: &self.vars,
        })
    }

    /// The settings in `tree`, without what is wrong with it; none when it has no name.
    fn settings(
        &self,
        tree: Node,
        target: Option<&JsonMap<String, Json>>,
        warnings: &mut Vec<Warning>,
        errors: &mut Vec<Error>,
    ) -> Option<ProjectFile> {
        let scope = Scope::new(self.cli_lookup(), Secrets::Refused, target);
        let tree = rendered(tree, &scope, errors);
        project_file::from_tree(&tree, warnings, errors)
    }

    /// The settings in `tree`, if nothing is wrong with it.
    fn whole_settings(&self, tree: Node, target: Option<&JsonMap<String, Json>>) -> Result<ProjectFile, Vec<Error>> {
        let (mut unheard, mut errors) = (Vec::new(), Vec::new());
        match self.settings(tree, target, &mut unheard, &mut errors) {
            Some(settings) if errors.is_empty() => Ok(settings),
            Some(_) | None => Err(sorted(errors)),
        }
    }

    /// `selectors.yml`, where there is one.
    fn selectors(&self, target: &JsonMap<String, Json>, errors: &mut Vec<Error>) -> Option<Node> {
        let path = self.folder.dir.join("selectors.yml");
        if !path.is_file() {
            return None;
        }
        let shown: Arc<Path> = self.folder.shown.join("selectors.yml").into();
        let tree = read_text(&path, &shown).and_then(|text| yaml::parse(&text, &shown));
        let root = tree.map_err(|error| errors.push(error)).ok()?.root;
        let scope = Scope::new(self.cli_lookup(), Secrets::Refused, Some(target));
        Some(scope.render(root, errors)).filter(|root| !root.is_null())
    }

    fn packages(&self, settings: &ProjectFile, errors: &mut Vec<Error>) -> Vec<Folder> {
        let scope = Scope::new(self.cli_lookup(), Secrets::Allowed, None);
        packages::folders(&self.folder, &settings.packages_install_path, &scope, errors)
    }

    /// The packages in `folders` with their settings, by name.
    fn package_settings(
        &self,
        folders: Vec<Folder>,
        install_dir: &Path,
        profile: &Profile,
        errors: &mut Vec<Error>,
    ) -> Vec<(Folder, ProjectFile)> {
        let mut packages: Vec<(Folder, ProjectFile)> = Vec::new();
        for folder in folders {
            // What a package writes in old ways is its author's business.
            let read = project_file::read_tree(&folder, &mut Vec::new()).map_err(|error| vec![error]);
            match read.and_then(|tree| self.whole_settings(tree, Some(&profile.target))) {
                Ok(settings) => packages.push((folder, settings)),
                Err(mut found) => errors.append(&mut found),
            }
        }
        packages.sort_by(|a, b| a.1.name.cmp(&b.1.name));
        // A local package that lies in the install folder as a copy is read there, as dbt does.
        let is_installed = |folder: &Folder| folder.dir.starts_with(install_dir);
        packages
            .dedup_by(|later, first| later.1.name == first.1.name && is_installed(&first.0) && !is_installed(&later.0));
        for pair in packages.windows(2) {
            if pair[0].1.name == pair[1].1.name {
                let (first, second) = (pair[0].0.shown.display(), pair[1].0.shown.display());
                let message = format!("`{first}` and `{second}` are both called `{}`", pair[0].1.name);
                errors.push(Error::usage(message).at(pair[1].1.origin.place()));
            }
        }
        packages
    }
}

/// The tree of a project file with its Jinja evaluated, but for hooks, `vars` and the query comment.
fn rendered(tree: Node, scope: &Scope, errors: &mut Vec<Error>) -> Node {
    let Value::Map(map) = tree.value else { return tree };
    let render = |entry: Entry, errors: &mut Vec<Error>| {
        let name = entry.name();
        let value = match name.as_str() {
            "on-run-start" | "on-run-end" | "query-comment" | "vars" => entry.value,
            _ => scope.render_but(entry.value, &is_hook, errors),
        };
        Entry { key: entry.key, value }
    };
    let entries = map.entries.into_iter().map(|entry| render(entry, errors)).collect();
    Node { value: Value::Map(Map { entries }), origin: tree.origin, template: None }
}

/// What property files of a package may ask for.
fn scope_of(cli: &Vars, root: &Arc<ProjectFile>, settings: &ProjectFile, profile: &Profile) -> Scope {
    let (cli, trees, own, name) = (cli.clone(), root.clone(), settings.vars.clone(), settings.name.clone());
    let lookup: Lookup = Arc::new(move |var| look_up(&cli, &[&trees.vars, &own], &name, var));
    let mut scope = Scope::new(lookup, Secrets::Refused, Some(&profile.target)).of_project(&root.name);
    let flag = |name: &str| root.flags.get(name).map(|node| &node.value);
    scope.nests_arguments = flag("require_generic_test_arguments_property") != Some(&Value::Bool(false));
    scope.reads_jinja_names = flag("allow_jinja_file_extensions") == Some(&Value::Bool(true));
    scope
}
