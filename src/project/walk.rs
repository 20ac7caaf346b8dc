//! Which files a package has, by what they are for; nothing is read here but `.dbtignore`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use walkdir::{DirEntry, WalkDir};

use super::files::{SourceFile, without_jinja};
use super::project_file::{ProjectFile, is_project_dir};
use super::yaml::Origin;
use crate::error::Error;

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// SQL of a model.
    Model,
    /// CSV of a seed.
    Seed,
    /// SQL with snapshot blocks.
    Snapshot,
    /// SQL of a singular test.
    Test,
    /// SQL with generic tests, in `generic` below a test path.
    GenericTest,
    /// CSV or SQL in `fixtures` below a test path.
    Fixture,
    /// SQL of an analysis.
    Analysis,
    /// SQL or Python of a function.
    Function,
    /// SQL with macros.
    Macro,
    /// Markdown with docs blocks.
    Docs,
    /// YAML with properties.
    Properties,
}

/// A file that was found.
#[derive(Debug)]
pub struct Found {
    /// What it is for.
    pub kind: FileKind,
    /// Where it lies in its package.
    pub file: SourceFile,
    /// Where it lies on the disk.
    pub absolute: PathBuf,
}

/// A package's folder, absolute and as the user would write it.
#[derive(Debug, Clone)]
pub struct Folder {
    /// Absolute path.
    pub dir: PathBuf,
    /// Path as the user would write it; empty for the root project.
    pub shown: PathBuf,
}

/// The files of the package in `folder`, sorted by kind and path; folders that cannot be read are errors.
///
/// `reads_jinja_names` takes `a.sql.j2` for `a.sql`, and so on for Markdown.
pub fn walk(folder: &Folder, settings: &ProjectFile, reads_jinja_names: bool, errors: &mut Vec<Error>) -> Vec<Found> {
    let walker = Walker { reads_jinja_names, ..Walker::new(folder, settings) };
    let mut found = Vec::new();
    for root in walker.roots(settings) {
        walker.root(&root, &mut found, errors);
    }
    found.sort_by(|a, b| (a.kind, &a.file.path).cmp(&(b.kind, &b.file.path)));
    found.dedup_by(|a, b| a.kind == b.kind && a.file.path == b.file.path);
    found
}

/// A resource folder and what lies in it.
struct Root {
    /// Relative to the package, without `./` and a final `/`.
    path: String,
    /// What SQL in it is; none for a folder of Markdown alone.
    sql: Option<FileKind>,
    has_docs: bool,
}

struct Walker<'a> {
    folder: &'a Folder,
    ignored: Gitignore,
    /// Folders of output and packages, which may lie below a resource folder.
    foreign: Vec<PathBuf>,
    reads_jinja_names: bool,
}

impl<'a> Walker<'a> {
    fn new(folder: &'a Folder, settings: &ProjectFile) -> Walker<'a> {
        let mut builder = GitignoreBuilder::new(&folder.dir);
        // A line that is no pattern counts for nothing, as with git.
        let _ = builder.add(folder.dir.join(".dbtignore"));
        let target = settings.target_path.as_deref().unwrap_or("target");
        Walker {
            folder,
            ignored: builder.build().unwrap_or_else(|_| Gitignore::empty()),
            foreign: vec![folder.dir.join(&settings.packages_install_path), folder.dir.join(target)],
            reads_jinja_names: false,
        }
    }

    fn roots(&self, settings: &ProjectFile) -> Vec<Root> {
        let kinds = [
            (FileKind::Model, &settings.model_paths),
            (FileKind::Seed, &settings.seed_paths),
            (FileKind::Snapshot, &settings.snapshot_paths),
            (FileKind::Test, &settings.test_paths),
            (FileKind::Analysis, &settings.analysis_paths),
            (FileKind::Function, &settings.function_paths),
            (FileKind::Macro, &settings.macro_paths),
        ];
        let docs: Vec<String> = settings.docs_paths.iter().map(|path| tidy(path)).collect();
        let mut roots: Vec<Root> = Vec::new();
        for (kind, paths) in kinds {
            for path in paths.iter().map(|path| tidy(path)) {
                let has_docs = docs.is_empty() || docs.contains(&path);
                roots.push(Root { path, sql: Some(kind), has_docs });
            }
        }
        for path in docs {
            if !roots.iter().any(|root| root.path == path) {
                roots.push(Root { path, sql: None, has_docs: true });
            }
        }
        roots
    }

    fn root(&self, root: &Root, found: &mut Vec<Found>, errors: &mut Vec<Error>) {
        let top = self.folder.dir.join(&root.path);
        if !top.is_dir() {
            return;
        }
        let entries = WalkDir::new(&top).follow_links(true).into_iter().filter_entry(|entry| self.is_ours(entry));
        for entry in entries {
            match entry {
                Ok(entry) if !entry.file_type().is_dir() => self.file(root, &top, &entry, found),
                Ok(_) => {}
                // A ring of links: all that it holds has been seen.
                Err(error) if error.loop_ancestor().is_some() => {}
                Err(error) => {
                    let path = error.path().unwrap_or(&top).to_path_buf();
                    // A link that leads nowhere is no file.
                    if path.is_symlink() && !path.exists() {
                        continue;
                    }
                    let shown = path.strip_prefix(&self.folder.dir).unwrap_or(&path).to_path_buf();
                    errors.push(Error::io("read", &shown, error.into()));
                }
            }
        }
    }

    fn is_ours(&self, entry: &DirEntry) -> bool {
        let path = entry.path();
        let is_dir = entry.file_type().is_dir();
        let below = path.strip_prefix(&self.folder.dir).ok().filter(|path| !path.as_os_str().is_empty());
        if below.is_some_and(|path| self.is_ignored(path, is_dir)) {
            return false;
        }
        let is_below = entry.depth() > 0 && is_dir;
        !(is_below && (self.foreign.iter().any(|foreign| foreign == path) || is_project_dir(path)))
    }

    /// Whether `.dbtignore` leaves out what lies at `path`. Unlike git, dbt reads a file that a later line takes back although the
    /// folder it lies in is left out.
    fn is_ignored(&self, path: &Path, is_dir: bool) -> bool {
        match (is_dir, self.ignored.num_whitelists()) {
            (_, 0) => self.ignored.matched(path, is_dir).is_ignore(),
            (true, _) => false,
            (false, _) => self.ignored.matched_path_or_any_parents(path, false).is_ignore(),
        }
    }

    /// The path without the extension that says that SQL or Markdown is Jinja, where such names are read.
    fn plain<'p>(&self, path: &'p str) -> &'p str {
        if self.reads_jinja_names { without_jinja(path) } else { path }
    }

    fn file(&self, root: &Root, top: &Path, entry: &DirEntry, found: &mut Vec<Found>) {
        let Ok(path_in_root) = entry.path().strip_prefix(top) else { return };
        let path_in_root = path_in_root.to_string_lossy().into_owned();
        let Some(kind) = kind_of(root, self.plain(&path_in_root)) else { return };
        if root.path.is_empty() && OF_PROJECT.contains(&path_in_root.as_str()) {
            return;
        }
        let path = if root.path.is_empty() { path_in_root.clone() } else { format!("{}/{path_in_root}", root.path) };
        let shown: Arc<Path> = self.folder.shown.join(&path).into();
        let file = SourceFile { path, path_in_root, origin: Origin::file(shown) };
        found.push(Found { kind, file, absolute: entry.path().to_path_buf() });
    }
}

/// Files of the project itself, which are no property files where its folder is a resource folder.
const OF_PROJECT: [&str; 8] = [
    "dbt_project.yml",
    "project.yml",
    "profiles.yml",
    "packages.yml",
    "dependencies.yml",
    "package-lock.yml",
    "selectors.yml",
    "vars.yml",
];

/// `./models/` as `models`.
fn tidy(path: &str) -> String {
    let path = path.trim_end_matches('/');
    let path = path.strip_prefix("./").unwrap_or(path);
    if path == "." { String::new() } else { path.to_owned() }
}

fn kind_of(root: &Root, path_in_root: &str) -> Option<FileKind> {
    let name = path_in_root.rsplit('/').next().unwrap_or(path_in_root);
    // What editors and systems leave behind, which dbt passes over, too.
    if name.starts_with(['.', '#', '~']) {
        return None;
    }
    // In any case, as dbt's patterns match on every system.
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase())?;
    let extension = extension.as_str();
    match extension {
        "md" => return root.has_docs.then_some(FileKind::Docs),
        "yml" | "yaml" => return root.sql.map(|_| FileKind::Properties),
        "sql" | "csv" | "py" => {}
        _ => return None,
    }
    let folder = path_in_root.split_once('/').map(|(folder, _)| folder);
    match (root.sql?, extension, folder) {
        (FileKind::Test, "sql", Some("generic")) => Some(FileKind::GenericTest),
        (FileKind::Test, _, Some("fixtures")) => Some(FileKind::Fixture),
        (FileKind::Seed, "csv", _) => Some(FileKind::Seed),
        (FileKind::Seed, _, _) => None,
        (kind @ (FileKind::Function | FileKind::Model), "py", _) => Some(kind),
        (kind, "sql", _) => Some(kind),
        (_, _, _) => None,
    }
}
