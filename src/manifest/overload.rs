//! Overloads of functions: the files that they name become bodies of the function, no functions of their own.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::error::Error;
use crate::name::UniqueId;
use crate::project::{OverloadProperties, Project};

use super::collect::{argument, returns};
use super::node::{Node, NodeKind, Overload};
use super::parse::Unparsed;

/// Moves the bodies of overloads into their functions; what cannot be found, or is claimed twice, goes to `errors`.
pub fn absorb(mut nodes: Vec<Node>, project: &Project, unparsed: &[Unparsed], errors: &mut Vec<Error>) -> Vec<Node> {
    let mut owners: HashMap<UniqueId, UniqueId> = HashMap::new();
    for package in project.all_packages() {
        for properties in package.properties.functions.iter().filter(|properties| !properties.overloads.is_empty()) {
            let id = |name: &str| UniqueId::new(format!("function.{}.{name}", package.name));
            let name = &properties.node.name;
            // One that is itself an overload of another is described for nothing.
            let Some(mut root) = taken(&mut nodes, &id(name)) else { continue };
            for overload in &properties.overloads {
                let wanted = id(&overload.defined_in);
                match found(&mut nodes, &root, overload, &wanted, &owners) {
                    Ok(body) => {
                        owners.insert(wanted, root.unique_id.clone());
                        merge(&mut root, &body, overload);
                    }
                    Err(_) if unparsed.iter().any(|problem| problem.name == overload.defined_in) => {}
                    Err(error) => errors.push(error.at(overload.origin.place())),
                }
            }
            nodes.push(root);
        }
    }
    nodes
}

fn taken(nodes: &mut Vec<Node>, id: &UniqueId) -> Option<Node> {
    let is_meant = |node: &Node| node.kind == NodeKind::Function && node.unique_id == *id && node.config.is_enabled();
    let index = nodes.iter().position(is_meant)?;
    Some(nodes.remove(index))
}

/// The node of the file that holds the body.
fn found(
    nodes: &mut Vec<Node>,
    root: &Node,
    overload: &OverloadProperties,
    wanted: &UniqueId,
    owners: &HashMap<UniqueId, UniqueId>,
) -> Result<Node, Error> {
    let file = &overload.defined_in;
    if *file == root.name {
        let message = format!("Function '{}' cannot list itself in overloads (defined_in: '{file}')", root.name);
        return Err(Error::parsing(message));
    }
    taken(nodes, wanted).ok_or_else(|| match owners.get(wanted) {
        Some(owner) => {
            let message = format!("Function overload '{file}' (defined_in) is already used by '{owner}'");
            Error::parsing(message).hint("each file with a body belongs to one function")
        }
        None => {
            let message =
                format!("Function overload '{file}' (defined_in) not found: there is no functions/{file}.sql");
            let functions = nodes.iter().filter(|node| node.kind == NodeKind::Function);
            Error::parsing(message).meant(file, functions.map(|node| node.name.as_str()))
        }
    })
}

/// Adds the body to its function, with what it depends on.
fn merge(root: &mut Node, body: &Node, overload: &OverloadProperties) {
    extend(&mut root.refs, &body.refs);
    extend(&mut root.sources, &body.sources);
    extend(&mut root.metrics, &body.metrics);
    extend(&mut root.functions, &body.functions);
    extend(&mut root.depends_on_macros, &body.depends_on_macros);
    let overload = Overload {
        defined_in: overload.defined_in.clone(),
        description: overload.description.clone(),
        arguments: overload.arguments.iter().map(argument).collect(),
        returns: overload.returns.as_ref().map_or(Value::Null, returns),
        raw_body: body.raw_code.clone(),
        file: body.file.clone(),
    };
    if let Some(function) = &mut root.function {
        function.overloads.push(overload);
    }
}

fn extend<T: Clone + PartialEq>(all: &mut Vec<T>, more: &[T]) {
    for item in more {
        if !all.contains(item) {
            all.push(item.clone());
        }
    }
}

/// An overload in manifest form, without what its body is rendered to.
pub fn to_json(overload: &Overload) -> Value {
    json!({
        "defined_in": overload.defined_in,
        "arguments": overload.arguments,
        "returns": overload.returns,
        "description": overload.description,
        "raw_body": &*overload.raw_body,
        "compiled_body": null,
    })
}

impl Overload {
    /// The function as this overload makes it.
    pub fn of(&self, root: &Node) -> Node {
        let mut node = root.clone();
        node.raw_code = self.raw_body.clone();
        node.file = self.file.clone();
        node.first_line = 1;
        node.declared = None;
        if let Some(function) = &mut node.function {
            function.arguments = self.arguments.clone();
            function.returns = self.returns.clone();
        }
        node
    }
}
