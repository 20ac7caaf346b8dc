//! What a project asks for from elsewhere: `packages.yml`, and `packages` of `dependencies.yml`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;

use super::files::read_text;
use super::project_file::read_tree;
use super::render::{Lookup, Scope, Secrets};
use super::vars::parse_vars;
use super::walk::Folder;
use super::yaml::{self, Node};
use crate::error::{Error, Place, Result};

/// The packages that a project asks for, and where they go.
#[derive(Debug, Clone)]
pub struct PackageList {
    /// Name of the project.
    pub name: String,
    /// Where packages are installed, relative to the project or absolute.
    pub install_path: PathBuf,
    /// The entries in the order of the file.
    pub requests: Vec<PackageRequest>,
}

/// One entry of `packages`.
#[derive(Debug, Clone, PartialEq)]
pub struct PackageRequest {
    /// With its Jinja evaluated, secrets included.
    pub rendered: Json,
    /// As the file has it.
    pub written: Json,
    /// Where it stands.
    pub place: Place,
}

/// The list of the project in `dir`, whose profile and packages need not be there; `vars` is the text of `--vars`.
///
/// # Errors
///
/// `Io` and `Parsing` when a file cannot be read.
pub fn package_list(dir: &Path, vars: Option<&str>) -> Result<PackageList> {
    let folder = Folder { dir: dir.to_path_buf(), shown: PathBuf::new() };
    let tree = read_tree(&folder, &mut Vec::new())?;
    let lookup = lookup(vars)?;
    let scope = Scope::new(Arc::clone(&lookup), Secrets::Refused, None);
    let text = |key: &str| -> Result<Option<String>> {
        let Some(node) = tree.as_map().and_then(|map| map.get(key)) else { return Ok(None) };
        Ok(rendered(&scope, node.clone())?.as_text().map(str::to_owned))
    };
    let name = text("name")?.ok_or_else(|| Error::parsing("a project needs a `name`").at(tree.origin.place()))?;
    let install_path = text("packages-install-path")?.map_or_else(|| text("modules-path"), |path| Ok(Some(path)))?;
    let secret = Scope::new(lookup, Secrets::Allowed, None);
    let mut requests = Vec::new();
    for (file, scope) in [("packages.yml", Some(&secret)), ("dependencies.yml", None)] {
        let further = of_file(dir, file, scope)?;
        if let (false, Some(first)) = (requests.is_empty(), further.first()) {
            let message = "`packages` cannot be in both packages.yml and dependencies.yml";
            return Err(Error::parsing(message).at(first.place.clone()));
        }
        requests.extend(further);
    }
    Ok(PackageList { name, install_path: install_path.map_or_else(|| "dbt_packages".into(), PathBuf::from), requests })
}

/// Entries of a lock file as requests.
///
/// # Errors
///
/// `Compilation` for variables that are not set.
pub fn package_requests(entries: &[Json], vars: Option<&str>) -> Result<Vec<PackageRequest>> {
    let scope = Scope::new(lookup(vars)?, Secrets::Allowed, None);
    let origin = yaml::Origin { file: Path::new("package-lock.yml").into(), line: 1, column: 1 };
    let request = |entry: &Json| request(Node::from_json(entry, &origin), Some(&scope));
    entries.iter().map(request).collect()
}

fn lookup(vars: Option<&str>) -> Result<Lookup> {
    let vars = vars.map(parse_vars).transpose()?.unwrap_or_default();
    Ok(Arc::new(move |name| vars.get(name).cloned()))
}

/// The entries of one file; rendered where there is a scope.
fn of_file(dir: &Path, name: &str, scope: Option<&Scope>) -> Result<Vec<PackageRequest>> {
    let path = dir.join(name);
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let shown: Arc<Path> = Path::new(name).into();
    let root = yaml::parse(&read_text(&path, &shown)?, &shown)?.root;
    let Some(list) = root.as_map().and_then(|map| map.get("packages")).filter(|list| !list.is_null()) else {
        return Ok(Vec::new());
    };
    list.seq("packages")?.iter().map(|entry| request(entry.clone(), scope)).collect()
}

fn request(entry: Node, scope: Option<&Scope>) -> Result<PackageRequest> {
    let (written, place) = (entry.to_json(), entry.origin.place());
    let rendered = match scope {
        Some(scope) => rendered(scope, entry)?.to_json(),
        None => written.clone(),
    };
    Ok(PackageRequest { rendered, written, place })
}

fn rendered(scope: &Scope, node: Node) -> Result<Node> {
    let mut errors = Vec::new();
    let node = scope.render(node, &mut errors);
    errors.pop().map_or(Ok(node), Err)
}
