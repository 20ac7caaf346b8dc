//! The files and folders that a pattern of `path:` means.
//!
//! dbt looks at the disk, from the root project's folder on. Here the paths of the root project's own entries stand for it, so that a
//! package's `models/staging` is meant where the root project has such a folder, too.

use std::collections::HashSet;

use super::entry::Entry;
use super::glob::matches_path;

/// Some paths below the root project's folder.
#[derive(Default)]
pub(super) struct Paths<'m>(HashSet<&'m str>);

impl<'m> Paths<'m> {
    /// Those of the root project `name` that `pattern` matches; only folders when it ends in `/`.
    pub(super) fn matching(pattern: &str, name: &str, entries: &[Entry<'m>]) -> Paths<'m> {
        let own = entries.iter().filter(|entry| entry.package() == name);
        let files: HashSet<&str> = own.flat_map(|entry| entry.paths().into_iter().flatten()).collect();
        let folders: HashSet<&str> = files.iter().flat_map(|path| with_folders(path).skip(1)).collect();
        let is_meant = |path: &&str| matches_path(pattern, path);
        let mut found: HashSet<&str> = folders.into_iter().filter(is_meant).collect();
        if !pattern.ends_with('/') {
            found.extend(files.into_iter().filter(is_meant));
        }
        Paths(found)
    }

    /// Whether `path` or a folder that it is in is among them.
    pub(super) fn contain(&self, path: &str) -> bool {
        !self.0.is_empty() && with_folders(path).any(|part| self.0.contains(part))
    }
}

/// `a/b/c`, then `a/b`, then `a`.
fn with_folders(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rsplit_once('/').map(|(folder, _)| folder))
}
