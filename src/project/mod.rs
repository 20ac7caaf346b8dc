//! The files of a project and of its packages: read from the disk once, in parallel, and given as plain data.
//!
//! Nothing of nodes is rendered or resolved here (module `manifest` does that); `project.yml`, `profiles.yml` and the values of property
//! files are. Mistakes are collected over all files and reported together.

mod blocks;
mod files;
mod load;
mod package;
mod packages;
mod profile;
mod project_file;
mod properties;
mod render;
mod requests;
mod scaffold;
#[cfg(test)]
mod tests;
mod vars;
mod walk;
mod warning;
mod yaml;

use std::path::PathBuf;

pub use blocks::{BlockKind, DocsBlock};
pub use files::{Checksum, MacroFile, SeedFile, TextFile, without_jinja};
#[cfg(test)]
pub use load::load;
pub use load::{Checked, check, find_project_dir, log_path, read, settings};
pub use profile::{Engine, Flavor, Profile, find_dir as find_profiles_dir};
pub use project_file::{ProjectFile, Quoting, is_project_dir};
pub use properties::{
    ArgumentProperties, ColumnProperties, ExposureProperties, FixtureProperties, GroupProperties, MacroProperties,
    NodeProperties, OverloadProperties, Properties, SemanticProperties, SourceProperties, SourceTable, TestUse,
    UnitTestProperties, VersionProperties,
};
pub use requests::{PackageList, PackageRequest, package_list, package_requests};
pub use scaffold::scaffold;
pub use vars::{Vars, parse_vars};
pub use warning::Warning;
pub use yaml::{Map, Node, Origin, Value, parse_text, to_indented_yaml, to_yaml};

/// What to load, as the command line and the environment say it.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Folder of the project; none to look for one from the working directory upward.
    pub project_dir: Option<PathBuf>,
    /// Folder of `profiles.yml`; none to search as dbt does.
    pub profiles_dir: Option<PathBuf>,
    /// Profile in the stead of the project's.
    pub profile: Option<String>,
    /// Output in the stead of the profile's `target`.
    pub target: Option<String>,
    /// Text of `--vars`.
    pub vars: Option<String>,
    /// Threads in the stead of the profile's.
    pub threads: Option<u32>,
    /// False to pass over `require-dbt-version`.
    pub check_version: bool,
}

/// A project with everything that was read for it.
#[derive(Debug)]
pub struct Project {
    /// The project itself.
    pub root: Package,
    /// Its installed packages, by name.
    pub packages: Vec<Package>,
    /// The chosen profile and output.
    pub profile: Profile,
    /// Variables of the command line.
    pub cli_vars: Vars,
    /// `selectors.yml` of the root with its Jinja rendered.
    pub selectors: Option<Node>,
    /// What should be told but does not stop the command, sorted by place.
    pub warnings: Vec<Warning>,
}

/// A project or an installed package: its settings and its files, each list sorted by path.
#[derive(Debug)]
pub struct Package {
    /// Name in its project file, which is also its namespace.
    pub name: String,
    /// Absolute path of its folder.
    pub dir: PathBuf,
    /// Path of its folder as the user would write it: empty for the root, `dbt_packages/dbt_utils`. Heads `Origin::file` of its files.
    pub shown_dir: PathBuf,
    /// Its project file.
    pub settings: ProjectFile,
    /// SQL files of the model paths.
    pub models: Vec<TextFile>,
    /// CSV files of the seed paths.
    pub seeds: Vec<SeedFile>,
    /// SQL files of the snapshot paths, cut into blocks.
    pub snapshots: Vec<MacroFile>,
    /// SQL files of the test paths, one singular test each.
    pub tests: Vec<TextFile>,
    /// SQL files of the analysis paths.
    pub analyses: Vec<TextFile>,
    /// SQL files of the function paths.
    pub functions: Vec<TextFile>,
    /// SQL files of the macro paths and of `generic` folders in the test paths, cut into blocks.
    pub macros: Vec<MacroFile>,
    /// CSV and SQL files of `fixtures` folders in the test paths.
    pub fixtures: Vec<TextFile>,
    /// Blocks of Markdown files.
    pub docs: Vec<DocsBlock>,
    /// Everything that property files say.
    pub properties: Properties,
}

impl Project {
    /// The root and then its packages.
    pub fn all_packages(&self) -> impl Iterator<Item = &Package> {
        std::iter::once(&self.root).chain(&self.packages)
    }
}
