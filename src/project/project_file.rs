//! `project.yml` or `dbt_project.yml`.

use std::path::PathBuf;

use super::yaml::{Map, Node, Origin};

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
