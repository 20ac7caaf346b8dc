//! The package hub: which versions of a package there are, and what they need.

use std::collections::HashMap;

use serde_json::Value;

use crate::error::{Error, Result};

use super::version::{Range, Version};
use super::web;

/// The hub behind an address; each package is asked for once.
pub struct Hub {
    /// Ends with a slash.
    base: String,
    /// Version of dbt that packages must go with; none to pass over what they ask for.
    dbt: Option<Version>,
    known: HashMap<String, Value>,
}

/// A version of a package.
#[derive(Debug, Clone, PartialEq)]
pub struct Released {
    /// The version as the hub writes it.
    pub version: String,
    /// Name of its project.
    pub name: String,
    /// Where its archive lies.
    pub archive: String,
    /// Entries of its own `packages.yml`.
    pub packages: Vec<Value>,
    /// The newest version; pre-releases count for those who asked for one.
    pub latest: String,
    /// Under which name it goes on, when it has another one by now.
    pub goes_on_as: Option<String>,
}

impl Hub {
    /// The hub at `base`.
    pub fn new(base: &str, dbt: Option<&str>) -> Hub {
        let base = format!("{}/", base.trim_end_matches('/'));
        Hub { base, dbt: dbt.and_then(Version::parse), known: HashMap::new() }
    }

    /// The newest version of `package` that all of `specs` accept.
    ///
    /// # Errors
    ///
    /// `Runtime` when the hub cannot be reached, does not know the package, or has no such version.
    pub fn newest(&mut self, package: &str, specs: &[String], takes_prereleases: bool) -> Result<Released> {
        let range = Range::parse(specs.iter().map(String::as_str))?;
        let dbt = self.dbt.clone();
        let facts = self.package(package)?;
        let empty = serde_json::Map::new();
        let versions = facts["versions"].as_object().unwrap_or(&empty);
        let mut all: Vec<(Version, &String)> =
            versions.keys().filter_map(|text| Some((Version::parse(text)?, text))).collect();
        all.sort();
        let takes_prereleases = takes_prereleases || range.names_prerelease();
        all.retain(|(version, _)| takes_prereleases || !version.is_prerelease());
        all.retain(|(_, text)| is_compatible(&versions[*text], dbt.as_ref()));
        let Some((_, text)) = all.iter().rev().find(|(version, _)| range.accepts(version)) else {
            let there: Vec<&str> = all.iter().map(|(_, text)| text.as_str()).collect();
            let message = format!(
                "could not find a matching compatible version for package `{package}`: asked for {}, there are {}",
                specs.join(", "),
                there.join(", ")
            );
            return Err(
                Error::runtime(message).hint("`--no-version-check` takes versions for other releases of dbt, too")
            );
        };
        // Who has a pre-release is told of newer ones.
        let is_worth_telling = |version: &Version| !version.is_prerelease() || range.names_prerelease();
        let latest = all.iter().rev().find(|(version, _)| is_worth_telling(version)).map_or(*text, |(_, text)| *text);
        released(package, facts, text, latest)
    }

    fn package(&mut self, package: &str) -> Result<&Value> {
        if !self.known.contains_key(package) {
            let url = format!("{}api/v1/{package}.json", self.base);
            let Some(bytes) = web::get(&url, &url)? else {
                let message = format!("package `{package}` was not found in the package index");
                return Err(Error::runtime(message).hint(format!("the hub is `{}`", self.base)));
            };
            let facts = serde_json::from_slice(&bytes)
                .map_err(|cause| Error::runtime(format!("`{url}` is no description of a package")).because(cause))?;
            self.known.insert(package.to_owned(), facts);
        }
        Ok(&self.known[package])
    }
}

fn released(package: &str, facts: &Value, version: &str, latest: &str) -> Result<Released> {
    let entry = &facts["versions"][version];
    let archive = entry["downloads"]["tarball"].as_str();
    let archive =
        archive.ok_or_else(|| Error::runtime(format!("the hub knows no archive of `{package}` {version}")))?.to_owned();
    let last = |text: &str| text.rsplit('/').next().unwrap_or(text).to_owned();
    let name = entry["name"].as_str().map_or_else(|| last(package), str::to_owned);
    let text = |key: &str| facts[key].as_str().filter(|text| !text.is_empty());
    let goes_on_as = match (text("redirectnamespace"), text("redirectname")) {
        (None, None) => None,
        (namespace, name) => {
            let own: Vec<&str> = package.split('/').collect();
            let own_namespace = own.first().copied().unwrap_or_default();
            Some(format!("{}/{}", namespace.unwrap_or(own_namespace), name.unwrap_or(&last(package))))
        }
    };
    Ok(Released {
        version: version.to_owned(),
        name,
        archive,
        packages: entry["packages"].as_array().cloned().unwrap_or_default(),
        latest: latest.to_owned(),
        goes_on_as,
    })
}

/// Whether the version goes with this release of dbt.
fn is_compatible(entry: &Value, dbt: Option<&Version>) -> bool {
    let specs: Vec<&str> = match &entry["require_dbt_version"] {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    };
    match (dbt, Range::parse(specs)) {
        (Some(dbt), Ok(range)) => range.accepts(dbt),
        (None, _) | (Some(_), Err(_)) => true,
    }
}
