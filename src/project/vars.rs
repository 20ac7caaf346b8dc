//! Variables: those of the command line, and where a name is looked for.

use serde_json::{Map as JsonMap, Value as Json};

use super::{Package, Project};
use crate::error::Result;

/// Variables by name, in the order given.
pub type Vars = JsonMap<String, Json>;

/// The mapping that the text of `--vars` holds.
///
/// # Errors
///
/// `Usage` when it is no YAML mapping.
pub fn parse_vars(text: &str) -> Result<Vars> {
    let _ = text;
    todo!()
}

impl Project {
    /// The value of `name` for a node of `package`; strings in it are not rendered yet.
    ///
    /// Looks in `--vars`, then the root's `vars.<package>` and global ones, then the package's own.
    pub fn var(&self, package: &Package, name: &str) -> Option<Json> {
        if let Some(value) = self.cli_vars.get(name) {
            return Some(value.clone());
        }
        let trees = [&self.root.settings.vars, &package.settings.vars];
        trees.into_iter().find_map(|vars| {
            let own = vars.get(&package.name).and_then(|node| node.as_map()).and_then(|own| own.get(name));
            own.or_else(|| vars.get(name)).map(|node| node.to_json())
        })
    }
}
