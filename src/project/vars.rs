//! Variables: those of the command line, and where a name is looked for.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map as JsonMap, Value as Json};

use super::files::read_text;
use super::yaml::{Map, Value, parse, parse_text};
use super::{Package, Project};
use crate::error::{Error, Result};

/// Variables by name, in the order given.
pub type Vars = JsonMap<String, Json>;

/// The mapping that the text of `--vars` holds.
///
/// # Errors
///
/// `Usage` when it is no YAML mapping.
pub fn parse_vars(text: &str) -> Result<Vars> {
    let node = parse_text(text, "--vars")
        .map_err(|error| Error::usage(format!("`--vars`: {}", error.message())).because(error))?;
    match &node.value {
        Value::Null => Ok(Vars::new()),
        Value::Map(map) => Ok(map.to_json()),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) | Value::Time(_) | Value::Seq(_) => {
            Err(Error::usage(format!("`--vars` must be a mapping, not {}", node.value.describe()))
                .hint("write it as `--vars '{name: value}'`"))
        }
    }
}

/// The mapping `vars` of `vars.yml` in the project's folder; empty without such a file.
///
/// # Errors
///
/// `Parsing` when the file is no mapping with `vars`.
pub(super) fn of_file(dir: &Path) -> Result<Map> {
    let path = dir.join("vars.yml");
    if !path.is_file() {
        return Ok(Map::default());
    }
    let shown: Arc<Path> = Path::new("vars.yml").into();
    let root = parse(&read_text(&path, &shown)?, &shown)?.root;
    let wrong = || Error::parsing("`vars.yml` must hold a mapping `vars`").at(root.place());
    match &root.value {
        Value::Null => Ok(Map::default()),
        Value::Map(map) => match map.get("vars").filter(|vars| !vars.is_null()) {
            Some(vars) => vars.map("vars").cloned(),
            None => Ok(Map::default()),
        },
        Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) | Value::Time(_) | Value::Seq(_) => {
            Err(wrong())
        }
    }
}

impl Project {
    /// The value of `name` for a node of `package`; strings in it are not rendered yet.
    ///
    /// Looks in `--vars`, then the root's `vars.<package>` and global ones, then the package's own.
    pub fn var(&self, package: &Package, name: &str) -> Option<Json> {
        let trees = [&self.root.settings.vars, &package.settings.vars];
        look_up(&self.cli_vars, &trees, &package.name, name)
    }
}

/// The value of `name` for a node of `package`: from the command line, else from the first tree that has it.
pub(super) fn look_up(cli: &Vars, trees: &[&Map], package: &str, name: &str) -> Option<Json> {
    if let Some(value) = cli.get(name) {
        return Some(value.clone());
    }
    trees.iter().find_map(|vars| {
        let own = vars.get(package).and_then(|node| node.as_map()).and_then(|own| own.get(name));
        own.or_else(|| vars.get(name)).map(|node| node.to_json())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_var_of_the_package_is_stronger_than_a_global_one() {
        let node = parse_text("vars: {x: 1, y: 2, shop: {x: 3}}", "p.yml").unwrap();
        let vars = node.as_map().unwrap().get("vars").unwrap().as_map().unwrap();
        let cli = parse_vars("z: 2024-01-05").unwrap();
        let value = |name| look_up(&cli, &[vars], "shop", name).map(|json| json.to_string());
        assert_eq!(value("x").as_deref(), Some("3"));
        assert_eq!(value("y").as_deref(), Some("2"));
        assert_eq!(value("z").as_deref(), Some("\"2024-01-05\""));
        assert_eq!(value("none"), None);
    }

    #[test]
    fn vars_that_are_no_mapping_are_refused() {
        assert_eq!(parse_vars("[1]").unwrap_err().message(), "`--vars` must be a mapping, not a list");
    }
}
