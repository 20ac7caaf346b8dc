//! `package-lock.yml`: what was resolved, and for which requests.

use std::path::Path;

use serde_json::{Map, Value};
use sha1::{Digest, Sha1};

use crate::error::{Error, Result};
use crate::project::PackageRequest;

use super::request::Request;

/// The content of a lock file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lock {
    /// The packages in the order in which they were resolved.
    pub packages: Vec<Value>,
    /// Digest of the requests.
    pub sha1_hash: String,
}

impl Lock {
    /// The lock file at `path`; none when there is none.
    ///
    /// # Errors
    ///
    /// `Io` or `Parsing` when it cannot be read.
    pub fn read(path: &Path) -> Result<Option<Lock>> {
        if !path.is_file() {
            return Ok(None);
        }
        let text = std::fs::read_to_string(path).map_err(|cause| Error::io("read", path, cause))?;
        let content = crate::project::parse_text(&text, "package-lock.yml")?.to_json();
        Ok(Some(Lock {
            packages: content["packages"].as_array().cloned().unwrap_or_default(),
            sha1_hash: content["sha1_hash"].as_str().unwrap_or_default().to_owned(),
        }))
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let mut text = "packages:\n".to_owned();
        if self.packages.is_empty() {
            text = "packages: []\n".to_owned();
        }
        for package in &self.packages {
            let lines = crate::project::to_yaml(package, true);
            for (number, line) in lines.trim_end().lines().enumerate() {
                text.push_str(if number == 0 { "  - " } else { "    " });
                text.push_str(line);
                text.push('\n');
            }
        }
        text.push_str(&format!("sha1_hash: {}\n", self.sha1_hash));
        text
    }
}

/// The digest of the requests, as dbt makes it, so that either takes the other's lock file for its own.
pub fn digest(requests: &[PackageRequest]) -> Result<String> {
    let mut texts = Vec::new();
    for request in requests {
        let mut facts = facts(&Request::read(request)?, request);
        facts.insert("unrendered".to_owned(), request.written.clone());
        let mut text = String::new();
        write_sorted(&Value::Object(facts), &mut text);
        texts.push(text);
    }
    texts.sort();
    Ok(Sha1::digest(texts.join("\n").as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The keys that dbt keeps of an entry, with nulls for those that are not there.
fn facts(request: &Request, entry: &PackageRequest) -> Map<String, Value> {
    let keys: &[&str] = match request {
        Request::Local { .. } => &["local"],
        Request::Git(_) if entry.rendered.get("private").is_some() => {
            &["private", "provider", "revision", "subdirectory", "warn-unpinned"]
        }
        Request::Git(_) => &["git", "revision", "subdirectory", "warn-unpinned"],
        Request::Hub { .. } => &["install_prerelease", "package", "version"],
        Request::Archive { .. } => &["name", "tarball"],
    };
    let value = |key: &str| {
        let dashed = entry.rendered.get(key).or_else(|| entry.rendered.get(key.replace('_', "-")));
        match dashed {
            None if key == "install_prerelease" => Value::Bool(false),
            None => Value::Null,
            Some(value) => value.clone(),
        }
    };
    keys.iter().map(|key| ((*key).to_owned(), value(key))).collect()
}

/// JSON as Python writes it with sorted keys: blanks after commas and colons, nothing but ASCII.
fn write_sorted(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            out.push('{');
            for (number, key) in keys.into_iter().enumerate() {
                out.push_str(if number == 0 { "" } else { ", " });
                write_text(key, out);
                out.push_str(": ");
                write_sorted(&map[key], out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (number, item) in items.iter().enumerate() {
                out.push_str(if number == 0 { "" } else { ", " });
                write_sorted(item, out);
            }
            out.push(']');
        }
        Value::String(text) => write_text(text, out),
        Value::Null | Value::Bool(_) | Value::Number(_) => out.push_str(&value.to_string()),
    }
}

fn write_text(text: &str, out: &mut String) {
    for letter in Value::from(text).to_string().chars() {
        if letter.is_ascii() {
            out.push(letter);
        } else {
            let mut units = [0; 2];
            letter.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Place;
    use serde_json::json;

    fn request(entry: Value) -> PackageRequest {
        PackageRequest { rendered: entry.clone(), written: entry, place: Place::file("packages.yml") }
    }

    // The digest is from a lock file that dbt 1.11 wrote.
    #[test]
    fn the_digest_is_dbts() {
        let requests = [
            request(json!({"local": "../localpkg"})),
            request(json!({"git": "/tmp/st/gitpkg", "revision": "v1"})),
            request(json!({"git": "file:///tmp/st/gitpkg", "subdirectory": "sub", "warn-unpinned": false})),
        ];
        assert_eq!(digest(&requests).unwrap(), "e17105b9ee9a013b9c2278641cb6f971d3a13615");
    }

    #[test]
    fn the_file_reads_as_dbts() {
        let packages = vec![json!({"local": "../a", "name": "a"}), json!({"git": "x", "name": "b", "revision": "0f"})];
        let lock = Lock { packages, sha1_hash: "00ff".to_owned() };
        assert_eq!(
            lock.text(),
            "packages:\n  - local: ../a\n    name: a\n  - git: x\n    name: b\n    revision: 0f\nsha1_hash: 00ff\n"
        );
    }
}
