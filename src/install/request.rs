//! What a project asks for: one entry of `packages.yml`.

use serde_json::Value;

use crate::error::{Error, Result};
use crate::project::PackageRequest;

/// A package that is asked for, and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// A folder of this machine.
    Local { path: String },
    /// A repository.
    Git(Git),
    /// The package hub.
    Hub { package: String, versions: Vec<String>, takes_prereleases: bool },
    /// An archive behind an address.
    Archive { url: String, written_url: String, name: String },
}

/// A repository and what is wanted of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Git {
    /// Address with its secrets.
    pub url: String,
    /// Address as the file has it.
    pub written_url: String,
    /// Branches, tags or commits; none for the default branch.
    pub revisions: Vec<String>,
    /// Folder of the project in it.
    pub subdirectory: Option<String>,
    /// Whether to warn when no revision is named.
    pub warns_unpinned: bool,
}

impl Request {
    /// The request that an entry of the file makes.
    ///
    /// # Errors
    ///
    /// `Parsing` for an entry of none of the known forms.
    pub fn read(entry: &PackageRequest) -> Result<Request> {
        let text = |key: &str| entry.rendered.get(key).and_then(Value::as_str).map(str::to_owned);
        let written = |key: &str| entry.written.get(key).and_then(Value::as_str).map(str::to_owned);
        let wrong = |message: &str| Error::parsing(message).at(entry.place.clone());
        if let Some(path) = text("local") {
            return Ok(Request::Local { path });
        }
        if let Some(url) = text("git") {
            let written_url = written("git").unwrap_or_else(|| url.clone());
            return Ok(Request::Git(git(entry, url, written_url)));
        }
        if let Some(repository) = text("private") {
            let url = private_url(&repository, text("provider").as_deref());
            return Ok(Request::Git(git(entry, url.clone(), url)));
        }
        if let Some(url) = text("tarball") {
            let name = text("name").ok_or_else(|| wrong("a package with `tarball` needs a `name`"))?;
            let written_url = written("tarball").unwrap_or_else(|| url.clone());
            return Ok(Request::Archive { url, written_url, name });
        }
        let package = text("package")
            .ok_or_else(|| wrong("this package has neither `package`, `git`, `tarball`, `private` nor `local`"))?;
        let versions = texts(entry.rendered.get("version"));
        if versions.is_empty() {
            return Err(wrong("a package of the hub needs a `version`"));
        }
        let is_on = |key: &str| entry.rendered.get(key).and_then(Value::as_bool).unwrap_or(false);
        let takes_prereleases = is_on("install-prerelease") || is_on("install_prerelease");
        Ok(Request::Hub { package, versions, takes_prereleases })
    }

    /// What makes two requests mean the same package.
    pub fn key(&self) -> String {
        match self {
            Request::Local { path } => format!("local {path}"),
            Request::Git(git) => format!("git {} {}", git.url, git.subdirectory.as_deref().unwrap_or_default()),
            Request::Hub { package, .. } => format!("hub {package}"),
            Request::Archive { url, .. } => format!("archive {url}"),
        }
    }

    /// Adds what another request for the same package wants; true when that is more.
    pub fn add(&mut self, other: Request) -> bool {
        match (self, other) {
            (
                Request::Hub { versions, takes_prereleases, .. },
                Request::Hub { versions: more, takes_prereleases: also, .. },
            ) => {
                *takes_prereleases |= also;
                add_new(versions, more)
            }
            (Request::Git(git), Request::Git(other)) => {
                git.warns_unpinned &= other.warns_unpinned;
                add_new(&mut git.revisions, other.revisions)
            }
            (Request::Local { .. } | Request::Archive { .. } | Request::Hub { .. } | Request::Git(_), _) => false,
        }
    }
}

fn add_new(list: &mut Vec<String>, more: Vec<String>) -> bool {
    let before = list.len();
    for text in more {
        if !list.contains(&text) {
            list.push(text);
        }
    }
    list.len() > before
}

fn git(entry: &PackageRequest, url: String, written_url: String) -> Git {
    let warns = ["warn-unpinned", "warn_unpinned"].iter().find_map(|key| entry.rendered.get(*key)?.as_bool());
    Git {
        url,
        written_url,
        revisions: texts(entry.rendered.get("revision")),
        subdirectory: entry.rendered.get("subdirectory").and_then(Value::as_str).map(str::to_owned),
        warns_unpinned: warns.unwrap_or(true),
    }
}

fn private_url(repository: &str, provider: Option<&str>) -> String {
    match provider {
        Some("gitlab") => format!("git@gitlab.com:{repository}.git"),
        Some("ado" | "azure_active_directory") => format!("git@ssh.dev.azure.com:v3/{repository}"),
        Some(_) | None => format!("git@github.com:{repository}.git"),
    }
}

/// The texts of a list, or the one; numbers as they are written.
fn texts(value: Option<&Value>) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(text).collect(),
        Some(one) => text(one).into_iter().collect(),
        None => Vec::new(),
    }
}
