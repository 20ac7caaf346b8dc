//! Which packages a project has: what lies in its install folder, and what `packages.yml` names with `local:`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::read_text;
use super::project_file::is_project_dir;
use super::render::Scope;
use super::walk::Folder;
use super::yaml::{self, Node};
use crate::error::{Error, Result};

/// A package that `packages.yml` or `dependencies.yml` asks for.
#[derive(Debug, Clone)]
struct Asked {
    /// How the file names it: `dbt-labs/dbt_utils`.
    shown: String,
    /// Its folder, for a local one.
    local: Option<PathBuf>,
    origin: yaml::Origin,
}

/// Folders of all packages: those in the install folder by name, then local ones that are not there.
pub fn folders(root: &Folder, install_path: &Path, scope: &Scope, errors: &mut Vec<Error>) -> Vec<Folder> {
    let mut folders = installed(root, install_path, errors);
    let mut wanted = Vec::new();
    let mut open = vec![root.clone()];
    while let Some(folder) = open.pop() {
        let asked = asked(&folder, scope).unwrap_or_else(|error| {
            errors.push(error);
            Vec::new()
        });
        for package in asked {
            let Some(local) = package.local.clone() else {
                // Only the root's own list is looked at: what packages ask for in turn, their installer has resolved.
                if folder.dir == root.dir {
                    wanted.push(package);
                }
                continue;
            };
            if let Some(found) = add_local(&local, &folder, root, &mut folders) {
                open.push(found);
            } else if ![&folder.dir, &root.dir].iter().any(|dir| is_project_dir(&dir.join(&local)))
                && folder.dir == root.dir
            {
                // Not where it was installed from, such as in an image that holds the project alone.
                wanted.push(package);
            }
        }
    }
    note_missing(&wanted, &folders, errors);
    folders
}

/// Adds the project at `local` unless it is there already; gives it back when it is new.
fn add_local(local: &Path, folder: &Folder, root: &Folder, folders: &mut Vec<Folder>) -> Option<Folder> {
    let dir = [folder.dir.join(local), root.dir.join(local)].into_iter().find(|dir| is_project_dir(dir))?;
    let real = fs::canonicalize(&dir).unwrap_or_else(|_| dir.clone());
    let name = real.file_name().map(ToOwned::to_owned);
    let is_known = folders.iter().any(|known| {
        fs::canonicalize(&known.dir).is_ok_and(|path| path == real)
            || known.dir.file_name().map(ToOwned::to_owned) == name
    });
    if is_known {
        return None;
    }
    let found = Folder { shown: shown_path(&real, root, &folder.shown.join(local)), dir: real };
    folders.push(found.clone());
    Some(found)
}

fn shown_path(dir: &Path, root: &Folder, fallback: &Path) -> PathBuf {
    dir.strip_prefix(&root.dir).map_or_else(|_| fallback.to_path_buf(), Path::to_path_buf)
}

/// Notes packages that are asked for and not there, when there are fewer than asked for; `wanted` holds those of the hub
/// and of git, and local ones whose folder is gone.
///
/// Folders are called after projects, which need not be called as their address is: enough folders are enough.
fn note_missing(wanted: &[Asked], folders: &[Folder], errors: &mut Vec<Error>) {
    if wanted.len() <= folders.len() {
        return;
    }
    let is_there = |package: &&Asked| {
        let name = package.shown.rsplit('/').next().unwrap_or_default().trim_end_matches(".git");
        folders.iter().any(|folder| folder.dir.file_name().is_some_and(|folder| folder.to_string_lossy() == name))
    };
    for package in wanted.iter().filter(|package| !is_there(package)) {
        if package.local.is_some() {
            let message = format!("the local package `{}` is no project", package.shown);
            errors.push(Error::usage(message).at(package.origin.place()));
            continue;
        }
        let error = Error::usage(format!("the package `{}` is not installed", package.shown));
        errors.push(error.at(package.origin.place()).hint("run `dbt deps`, or name it with `local:`"));
    }
}

fn installed(root: &Folder, install_path: &Path, errors: &mut Vec<Error>) -> Vec<Folder> {
    let dir = root.dir.join(install_path);
    let entries = match fs::read_dir(&dir) {
        Ok(entries) => entries,
        Err(_) => return Vec::new(),
    };
    let mut folders = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) if is_project_dir(&entry.path()) => {
                folders.push(Folder { shown: shown_path(&entry.path(), root, &entry.path()), dir: entry.path() })
            }
            Ok(_) => {}
            Err(error) => errors.push(Error::io("read", install_path, error)),
        }
    }
    folders.sort_by(|a, b| a.dir.cmp(&b.dir));
    folders
}

fn asked(folder: &Folder, scope: &Scope) -> Result<Vec<Asked>> {
    let mut asked = Vec::new();
    for (name, is_rendered) in [("packages.yml", true), ("dependencies.yml", false)] {
        let path = folder.dir.join(name);
        if !path.is_file() {
            continue;
        }
        let shown: Arc<Path> = folder.shown.join(name).into();
        let root = yaml::parse(&read_text(&path, &shown)?, &shown)?.root;
        let Some(list) = root.as_map().and_then(|map| map.get("packages")).filter(|list| !list.is_null()) else {
            continue;
        };
        let mut errors = Vec::new();
        let list = if is_rendered { scope.render(list.clone(), &mut errors) } else { list.clone() };
        if let Some(error) = errors.pop() {
            return Err(error);
        }
        for entry in list.seq("packages")? {
            asked.push(entry_of(entry)?);
        }
    }
    Ok(asked)
}

fn entry_of(entry: &Node) -> Result<Asked> {
    let map = entry.map("packages")?;
    let named = ["local", "package", "git", "tarball", "private"]
        .into_iter()
        .find_map(|key| map.get(key).and_then(Node::as_text).map(|text| (key, text)));
    let Some((kind, text)) = named else {
        let error = Error::parsing("this package has neither `package`, `git`, `tarball` nor `local`");
        return Err(error.at(entry.place()));
    };
    let local = (kind == "local").then(|| PathBuf::from(text));
    Ok(Asked { shown: text.to_owned(), local, origin: entry.origin.clone() })
}
