//! From requests to one version of each package, with the packages that packages ask for, and from there to files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::error::{Error, Place, Result};
use crate::project::{self, PackageRequest};

use super::folder::{self, Scratch};
use super::git::{self, Checkout};
use super::hub::Hub;
use super::request::{Git, Request};
use super::web;

/// What resolving and installing goes by.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Folder of the root project.
    pub root: PathBuf,
    /// Name of the root project.
    pub root_name: String,
    /// Text of `--vars`.
    pub vars: Option<String>,
    /// Address of the hub.
    pub hub: String,
    /// Version of dbt that packages must go with; none to pass over what they ask for.
    pub dbt: Option<String>,
}

/// A package in its place, as messages have it.
#[derive(Debug, Clone, PartialEq)]
pub struct Installed {
    /// What was asked for: `dbt-labs/dbt_utils`, an address, a path.
    pub asked: String,
    /// `version 1.1.1`, `revision 0f…`, `<local @ ../a>`.
    pub from: String,
    /// What else is to be told.
    pub notes: Vec<String>,
}

/// Resolves and installs; keeps what was fetched until it goes.
pub struct Installer {
    settings: Settings,
    hub: Hub,
    scratch: Scratch,
    checkouts: HashMap<(String, String, String), (PathBuf, String)>,
    archives: HashMap<String, PathBuf>,
    /// Warnings by name and text.
    pub warnings: Vec<(&'static str, String)>,
}

/// A request with one version.
struct Pinned {
    /// As the lock file has it.
    locked: Value,
    /// Name of its project.
    name: String,
    /// What it asks for itself.
    requests: Vec<PackageRequest>,
}

impl Installer {
    /// Knows nothing yet.
    ///
    /// # Errors
    ///
    /// `Io` when there is no room for what is fetched.
    pub fn new(settings: Settings) -> Result<Installer> {
        Ok(Installer {
            hub: Hub::new(&settings.hub, settings.dbt.as_deref()),
            scratch: Scratch::new()?,
            checkouts: HashMap::new(),
            archives: HashMap::new(),
            warnings: Vec::new(),
            settings,
        })
    }

    /// One version of each package, and of those that they ask for, as the lock file has them.
    ///
    /// # Errors
    ///
    /// `Runtime` for what cannot be fetched or does not go together.
    pub fn resolve(&mut self, requests: &[PackageRequest]) -> Result<Vec<Value>> {
        let mut wanted: IndexMap<String, Request> = IndexMap::new();
        let mut resolved: IndexMap<String, Pinned> = IndexMap::new();
        let mut open: Vec<PackageRequest> = requests.to_vec();
        while !open.is_empty() {
            let mut next = Vec::new();
            for entry in open {
                let request = Request::read(&entry)?;
                let key = request.key();
                let is_more = match wanted.get_mut(&key) {
                    Some(known) => known.add(request),
                    None => {
                        wanted.insert(key.clone(), request);
                        true
                    }
                };
                if is_more {
                    let pinned = self.pin(&wanted[&key])?;
                    next.extend(pinned.requests.iter().cloned());
                    resolved.insert(key, pinned);
                }
            }
            open = next;
        }
        self.refuse_same_names(&resolved)?;
        Ok(resolved.into_values().map(|pinned| pinned.locked).collect())
    }

    fn refuse_same_names(&self, resolved: &IndexMap<String, Pinned>) -> Result<()> {
        let mut names: Vec<&str> = vec![&self.settings.root_name];
        for pinned in resolved.values() {
            if names.contains(&pinned.name.as_str()) {
                let message = format!("found duplicate project `{}`", pinned.name);
                return Err(Error::runtime(message).hint(
                    "a dependency has the same project name as some other dependency, or as the project itself",
                ));
            }
            names.push(&pinned.name);
        }
        Ok(())
    }

    fn pin(&mut self, request: &Request) -> Result<Pinned> {
        match request {
            Request::Local { path } => {
                let (name, requests) = self.read(&self.settings.root.join(path), path)?;
                Ok(Pinned { locked: json!({"local": path, "name": name}), name, requests })
            }
            Request::Git(git) => self.pin_git(git),
            Request::Hub { package, versions, takes_prereleases } => {
                self.pin_hub(package, versions, *takes_prereleases)
            }
            Request::Archive { url, written_url, name } => {
                let dir = self.archive(url, written_url)?;
                let (_, requests) = self.read(&dir, written_url)?;
                Ok(Pinned { locked: json!({"name": name, "tarball": written_url}), name: name.clone(), requests })
            }
        }
    }

    fn pin_git(&mut self, git: &Git) -> Result<Pinned> {
        if git.revisions.len() > 1 {
            let message = format!(
                "git dependencies should contain exactly one version; `{}` contains: {}",
                git.written_url,
                git.revisions.join(", ")
            );
            return Err(Error::runtime(message));
        }
        let revision = git.revisions.first().map(String::as_str);
        let is_pinned = revision.is_some_and(|revision| !matches!(revision, "HEAD" | "main" | "master"));
        if !is_pinned && git.warns_unpinned {
            let how = match revision {
                Some(branch) => format!("pinned to the \"{branch}\" branch"),
                None => "not pinned, using HEAD (default branch)".to_owned(),
            };
            let text = format!(
                "The git package \"{}\" \n\tis {how}.\n\tThis can introduce breaking changes into your project without warning!",
                git.written_url,
            );
            self.warnings.push(("DepsUnpinned", text));
        }
        let (dir, commit) = self.check_out(git, revision)?;
        let (name, requests) = self.read(&dir, &git.written_url)?;
        let mut locked = json!({"git": git.written_url, "name": name, "revision": commit});
        if let Some(below) = &git.subdirectory {
            locked["subdirectory"] = json!(below);
        }
        Ok(Pinned { locked, name, requests })
    }

    fn pin_hub(&mut self, package: &str, versions: &[String], takes_prereleases: bool) -> Result<Pinned> {
        let released = self.hub.newest(package, versions, takes_prereleases)?;
        if let Some(other) = &released.goes_on_as {
            let text = format!(
                "The `{package}` package is deprecated in favor of `{other}`. Please update your `packages.yml` configuration to \
                 use `{other}` instead."
            );
            self.warnings.push(("PackageRedirectDeprecation", text));
        }
        let place = Place::file(format!("{package} on the hub"));
        let requests = released.packages.into_iter().map(|entry| PackageRequest {
            rendered: entry.clone(),
            written: entry,
            place: place.clone(),
        });
        let locked = json!({"name": released.name, "package": package, "version": released.version});
        Ok(Pinned { locked, name: released.name, requests: requests.collect() })
    }

    /// Brings a package of the lock file to the folder `install`.
    ///
    /// # Errors
    ///
    /// `Runtime` for what cannot be fetched, `Io` for what cannot be written.
    pub fn install(&mut self, entry: &PackageRequest, install: &Path) -> Result<Installed> {
        let request = Request::read(entry)?;
        let told = |asked: &str, from: String| Installed { asked: asked.to_owned(), from, notes: Vec::new() };
        match &request {
            Request::Local { path } => {
                let dir = self.settings.root.join(path);
                let (name, _) = self.read(&dir, path)?;
                place(&dir, &install.join(name), folder::link)?;
                Ok(told(path, format!("<local @ {path}>")))
            }
            Request::Git(git) => {
                let revision = git.revisions.first().cloned();
                let (dir, commit) = self.check_out(git, revision.as_deref())?;
                let (name, _) = self.read(&dir, &git.written_url)?;
                place(&dir, &install.join(name), folder::copy)?;
                let mut told = told(&git.written_url, format!("revision {commit}"));
                told.notes = git.subdirectory.iter().map(|below| format!("and subdirectory {below}")).collect();
                Ok(told)
            }
            Request::Hub { package, versions, .. } => {
                let released = self.hub.newest(package, versions, true)?;
                let dir = self.archive(&released.archive, &released.archive)?;
                place(&dir, &install.join(&released.name), folder::copy)?;
                let mut told = told(package, format!("version {}", released.version));
                told.notes = vec![match released.latest == released.version {
                    true => "Up to date!".to_owned(),
                    false => format!("Updated version available: {}", released.latest),
                }];
                Ok(told)
            }
            Request::Archive { url, written_url, name } => {
                let dir = self.archive(url, written_url)?;
                place(&dir, &install.join(name), folder::copy)?;
                Ok(told(written_url, format!("tarball (url: {written_url})")))
            }
        }
    }

    /// Name of the project in `dir`, and what it asks for.
    fn read(&self, dir: &Path, shown: &str) -> Result<(String, Vec<PackageRequest>)> {
        if !project::is_project_dir(dir) {
            return Err(Error::runtime(format!("the package `{shown}` holds no dbt_project.yml")));
        }
        let listed = project::package_list(dir, self.settings.vars.as_deref())?;
        Ok((listed.name, listed.requests))
    }

    fn check_out(&mut self, git: &Git, revision: Option<&str>) -> Result<(PathBuf, String)> {
        let below = git.subdirectory.clone().unwrap_or_default();
        let key = (git.url.clone(), below.clone(), revision.unwrap_or_default().to_owned());
        if let Some(known) = self.checkouts.get(&key) {
            return Ok(known.clone());
        }
        let Checkout { dir, commit } = git::check_out(git, revision, &self.scratch.folder())?;
        let found = (dir, commit.clone());
        // The lock file asks for the same by its commit.
        self.checkouts.insert((git.url.clone(), below, commit), found.clone());
        self.checkouts.insert(key, found.clone());
        Ok(found)
    }

    fn archive(&mut self, url: &str, shown: &str) -> Result<PathBuf> {
        if let Some(known) = self.archives.get(url) {
            return Ok(known.clone());
        }
        let bytes = match url.strip_prefix("file://") {
            Some(path) => std::fs::read(path).map_err(|cause| Error::io("read", Path::new(path), cause))?,
            None => web::get(url, shown)?.ok_or_else(|| Error::runtime(format!("there is no archive at `{shown}`")))?,
        };
        let dir = folder::unpack(&bytes, shown, &self.scratch.folder())?;
        self.archives.insert(url.to_owned(), dir.clone());
        Ok(dir)
    }
}

fn place(from: &Path, to: &Path, bring: fn(&Path, &Path) -> Result<()>) -> Result<()> {
    folder::remove(to)?;
    bring(from, to)
}
