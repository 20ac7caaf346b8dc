//! `deps`: the packages of `packages.yml` are resolved, written to `package-lock.yml`, and installed.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::flag::Flags;
use crate::install::{Installer, Lock, Settings, digest};
use crate::project::{self, PackageList};
use crate::report::{DBT_VERSION, DepsEvent, Event, Reporter, Warning};

use super::opening::{self, options};
use super::{Ended, Ending, alone};

/// The hub that dbt's packages are published on.
const HUB: &str = "https://hub.getdbt.com/";

/// Installs the packages that the project asks for.
///
/// # Errors
///
/// `Runtime` for what cannot be fetched or does not go together, `Parsing` for lists that cannot be read.
pub fn deps(flags: Flags, reporter: &Reporter) -> Ended {
    reporter.tell(Event::Version { args: flags.args() });
    opening::log_failure(&flags, reporter);
    install(&flags, reporter).map(|()| Ending::Success).map_err(alone)
}

fn install(flags: &Flags, reporter: &Reporter) -> Result<()> {
    let root = root(flags)?;
    reporter.in_project(&root);
    let vars = options(flags).vars;
    let is_on = |key: &str| flags.extra.get(key).and_then(Value::as_bool).unwrap_or(false);
    let word = |key: &str| flags.extra.get(key).and_then(Value::as_str);
    if let Some(package) = word("add_package") {
        let shown = add(&root, package, word("source").unwrap_or("hub"))?;
        let added = DepsEvent::Added { package: package.to_owned(), file: root.join(shown).display().to_string() };
        reporter.tell(Event::Deps(added));
    }
    let list = project::package_list(&root, vars.as_deref())?;
    if list.requests.is_empty() {
        reporter.tell(Event::Deps(DepsEvent::NoneAsked));
        let install = root.join(&list.install_path);
        return std::fs::create_dir_all(&install).map_err(|cause| Error::io("create", &install, cause));
    }
    let mut installer = Installer::new(settings(flags, &root, &list))?;
    let path = root.join("package-lock.yml");
    let sha1_hash = digest(&list.requests)?;
    let known = Lock::read(&path)?.filter(|lock| lock.sha1_hash == sha1_hash && !is_on("upgrade") && !is_on("lock"));
    let lock = match known {
        Some(lock) => lock,
        None => {
            let lock = Lock { packages: installer.resolve(&list.requests)?, sha1_hash };
            reporter.tell(Event::Deps(DepsEvent::Locking(path.display().to_string())));
            std::fs::write(&path, lock.text()).map_err(|cause| Error::io("write", &path, cause))?;
            lock
        }
    };
    for (name, text) in &installer.warnings {
        reporter.warn(Warning::new(name, text.clone()))?;
    }
    if !is_on("lock") {
        bring(&lock, &mut installer, (&root.join(&list.install_path), vars.as_deref()), reporter)?;
    }
    Ok(())
}

/// Makes the folder `install` with nothing in it.
fn empty(install: &Path) -> Result<()> {
    if install.exists() {
        std::fs::remove_dir_all(install).map_err(|cause| Error::io("remove", install, cause))?;
    }
    std::fs::create_dir_all(install).map_err(|cause| Error::io("create", install, cause))
}

/// Puts all packages of the lock file into the empty folder `install`.
fn bring(
    lock: &Lock,
    installer: &mut Installer,
    (install, vars): (&Path, Option<&str>),
    reporter: &Reporter,
) -> Result<()> {
    empty(install)?;
    let mut outdated = Vec::new();
    for entry in project::package_requests(&lock.packages, vars)? {
        let keys = ["package", "git", "local", "tarball"];
        let asked = keys.iter().find_map(|key| entry.written.get(*key)?.as_str()).unwrap_or_default();
        reporter.tell(Event::Deps(DepsEvent::Installing(asked.to_string())));
        let installed = installer.install(&entry, install)?;
        reporter.tell(Event::Deps(DepsEvent::Installed(installed.from.clone())));
        for text in installed.notes {
            if text.starts_with("Updated version available") {
                outdated.push(installed.asked.clone());
            }
            note(reporter, text);
        }
    }
    if !outdated.is_empty() {
        reporter.tell(Event::Deps(DepsEvent::Outdated(outdated)));
    }
    Ok(())
}

fn note(reporter: &Reporter, text: String) {
    reporter.tell(Event::Note(text));
}

fn root(flags: &Flags) -> Result<PathBuf> {
    let here = std::env::current_dir().map_err(|cause| Error::io("read", Path::new("."), cause))?;
    let dir = match &flags.project_dir {
        Some(dir) => dir.clone(),
        None => project::find_project_dir(&here)?,
    };
    dir.canonicalize().map_err(|cause| Error::io("read", &dir, cause))
}

fn settings(flags: &Flags, root: &Path, list: &PackageList) -> Settings {
    let hub = ["DBT_ENGINE_PACKAGE_HUB_URL", "DBT_PACKAGE_HUB_URL"].iter().find_map(|name| std::env::var(name).ok());
    Settings {
        root: root.to_path_buf(),
        root_name: list.name.clone(),
        vars: options(flags).vars,
        hub: hub.unwrap_or_else(|| HUB.to_owned()),
        dbt: flags.version_check.then(|| DBT_VERSION.to_owned()),
    }
}

/// Adds `name@version` to the list of packages, in the stead of an entry for the same; gives the file's name.
fn add(root: &Path, package: &str, source: &str) -> Result<&'static str> {
    let (name, version) = match package.rsplit_once('@') {
        Some((name, version)) if !name.is_empty() => (name, Some(version)),
        Some(_) | None => (package, None),
    };
    let needs_version = || {
        Error::usage(format!("`--add-package {package}` names no version"))
            .hint("write `name@version`, such as `a/b@1.0.0`")
    };
    let (key, entry) = match source {
        "git" => ("git", json!({"git": name, "revision": version.ok_or_else(needs_version)?})),
        "local" => ("local", json!({"local": package})),
        _ => {
            let version = version.ok_or_else(needs_version)?;
            let specs: Vec<&str> = version.split(',').map(str::trim).collect();
            let version = if specs.len() > 1 { json!(specs) } else { json!(version) };
            ("package", json!({"package": name, "version": version}))
        }
    };
    let file = if root.join("dependencies.yml").is_file() && !root.join("packages.yml").is_file() {
        "dependencies.yml"
    } else {
        "packages.yml"
    };
    let path = root.join(file);
    let text = if path.is_file() {
        std::fs::read_to_string(&path).map_err(|cause| Error::io("read", &path, cause))?
    } else {
        String::new()
    };
    let mut content = match project::parse_text(&text, file)?.to_json() {
        Value::Null => json!({}),
        content => content,
    };
    let mut entries = content["packages"].as_array().cloned().unwrap_or_default();
    entries.retain(|known| known.get(key) != entry.get(key));
    entries.push(entry);
    content["packages"] = Value::Array(entries);
    std::fs::write(&path, project::to_indented_yaml(&content)).map_err(|cause| Error::io("write", &path, cause))?;
    Ok(file)
}
