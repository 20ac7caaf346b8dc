//! `project.yml` or `dbt_project.yml`: where it is, and what is in it.

mod read;
mod requirement;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::walk::Folder;
use super::warning::Warning;
use super::yaml::{self, Map, Node, Origin, Value};
use crate::error::{Error, Result};

pub use read::{from_tree, is_valid_name};
pub use requirement::check as check_requirement;

/// The name that other tools use too.
const OWN_NAME: &str = "project.yml";
/// The name that dbt asks for; it wins.
const DBT_NAME: &str = "dbt_project.yml";

/// The settings of one project or package.
#[derive(Debug, Clone)]
pub struct ProjectFile {
    /// The file as such.
    pub origin: Origin,
    /// Name of the project; the namespace of its macros and nodes.
    pub name: String,
    /// `version`, as text.
    pub version: Option<String>,
    /// Name of the profile.
    pub profile: Option<String>,
    /// Specs of `require-dbt-version`.
    pub require_dbt_version: Vec<String>,
    /// Folders of models, relative to the project.
    pub model_paths: Vec<String>,
    /// Folders of seeds.
    pub seed_paths: Vec<String>,
    /// Folders of data tests.
    pub test_paths: Vec<String>,
    /// Folders of analyses.
    pub analysis_paths: Vec<String>,
    /// Folders of macros.
    pub macro_paths: Vec<String>,
    /// Folders of snapshots.
    pub snapshot_paths: Vec<String>,
    /// Folders of functions.
    pub function_paths: Vec<String>,
    /// Folders of Markdown files; all of the above when not set.
    pub docs_paths: Vec<String>,
    /// Folders to copy for the docs site.
    pub asset_paths: Vec<String>,
    /// Where artifacts go, relative to the project; `target` when not set.
    pub target_path: Option<String>,
    /// Where logs go; `logs` when not set.
    pub log_path: Option<String>,
    /// Where packages are installed, relative to the project or absolute.
    pub packages_install_path: PathBuf,
    /// Folders that `clean` removes.
    pub clean_targets: Vec<String>,
    /// `quoting`.
    pub quoting: Quoting,
    /// Hooks before the first node, not rendered.
    pub on_run_start: Vec<Node>,
    /// Hooks after the last node, not rendered.
    pub on_run_end: Vec<Node>,
    /// `dispatch`.
    pub dispatch: Vec<Dispatch>,
    /// `vars`, not rendered.
    pub vars: Map,
    /// `query-comment`.
    pub query_comment: QueryComment,
    /// True when other projects may not use protected models of this one.
    pub restrict_access: bool,
    /// `flags`.
    pub flags: Map,
    /// Config trees by section: `models`, `seeds`, `snapshots`, `sources`, `data_tests` (also for `tests`), `unit_tests`, `analyses`,
    /// `exposures`, `functions`, `metrics`, `semantic-models`, `saved-queries`. Rendered, but for hooks.
    pub trees: Vec<(&'static str, Map)>,
}

impl ProjectFile {
    /// The config tree of a section, such as `models`.
    pub fn tree(&self, section: &str) -> Option<&Map> {
        self.trees.iter().find(|(name, _)| *name == section).map(|(_, tree)| tree)
    }
}

/// Which parts of a relation's name are quoted; none where the file is silent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quoting {
    /// `database`
    pub database: Option<bool>,
    /// `schema`
    pub schema: Option<bool>,
    /// `identifier`
    pub identifier: Option<bool>,
}

/// One entry of `dispatch`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispatch {
    /// Package whose macros are looked for elsewhere first.
    pub macro_namespace: String,
    /// Packages in the order of the search.
    pub search_order: Vec<String>,
}

/// `query-comment`, not rendered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueryComment {
    /// Template of the comment; none for dbt's own.
    pub comment: Option<String>,
    /// True when the file turns the comment off (null or an empty text).
    pub is_off: bool,
    /// True to write it after the statement.
    pub append: bool,
}

/// True when `dir` holds a project file.
pub fn is_project_dir(dir: &Path) -> bool {
    dir.join(DBT_NAME).is_file() || is_own(&dir.join(OWN_NAME))
}

/// True for a `project.yml` with a `name` and a `profile`, which is what makes it kiln's.
fn is_own(path: &Path) -> bool {
    path.is_file()
        && super::files::read_text(path, path)
            .and_then(|text| yaml::parse(&text, &Arc::from(path)))
            .is_ok_and(|document| is_own_tree(&document.root))
}

fn is_own_tree(root: &Node) -> bool {
    root.as_map().is_some_and(|map| map.get("name").is_some() && map.get("profile").is_some())
}

/// The project file of `folder` as a tree, and warnings on keys given twice.
///
/// # Errors
///
/// `Usage` when there is none, `Io` and `Parsing` when it cannot be read.
pub fn read_tree(folder: &Folder, warnings: &mut Vec<Warning>) -> Result<Node> {
    let (own, dbt) = (folder.dir.join(OWN_NAME), folder.dir.join(DBT_NAME));
    if !dbt.is_file() {
        if !own.is_file() {
            let message = format!("`{}` holds no `{DBT_NAME}` and no `{OWN_NAME}`", folder.dir.display());
            return Err(Error::usage(message).hint("run `kiln init` to start a project"));
        }
        return tree_of(&own, &folder.shown.join(OWN_NAME), warnings);
    }
    let root = tree_of(&dbt, &folder.shown.join(DBT_NAME), warnings)?;
    if own.is_file()
        && let Ok(other) = tree_of(&own, &folder.shown.join(OWN_NAME), &mut Vec::new())
        && is_own_tree(&other)
        && other != root
    {
        let message = format!("`{OWN_NAME}` differs from `{DBT_NAME}`, which is the one that counts");
        warnings.push(Warning::at("ProjectFileIgnored", message, &other.origin));
    }
    Ok(root)
}

fn tree_of(path: &Path, shown: &Path, warnings: &mut Vec<Warning>) -> Result<Node> {
    let text = super::files::read_text(path, shown)?;
    let document = yaml::parse(&text, &Arc::from(shown))?;
    for doubled in document.doubled {
        let message = format!("the key `{}` is given twice; the last one counts", doubled.name);
        warnings.push(Warning::at("DuplicateYAMLKeysDeprecation", message, &doubled.origin));
    }
    if let Value::Map(_) = document.root.value {
        return Ok(document.root);
    }
    Err(document.root.mismatch("the project file", "a mapping"))
}
