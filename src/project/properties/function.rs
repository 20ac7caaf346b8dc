//! Functions of the database, and their overloads.

use super::read::{Item, Reader};
use super::{FunctionProperties, OverloadProperties, model};
use crate::error::{Error, Result};
use crate::project::yaml::Node;

const OVERLOAD_KEYS: [&str; 4] = ["defined_in", "arguments", "returns", "description"];

/// One entry of `functions`.
pub fn read(reader: &mut Reader<'_>, mut item: Item) -> Result<FunctionProperties> {
    let arguments = arguments(reader, &mut item)?;
    let returns = returns(reader, &mut item)?.ok_or_else(|| {
        let error = Error::parsing(format!("{} has no `returns`", item.what)).at(item.origin.place());
        error.hint("write `returns: {data_type: ..}`")
    })?;
    let (what, nodes) = (item.what.clone(), item.list("overloads")?);
    let overloads = nodes.into_iter().map(|node| overload(reader, node, &what)).collect::<Result<_>>()?;
    Ok(FunctionProperties { arguments, returns, overloads, node: model::read(reader, item)? })
}

/// One entry of `overloads`; what it does not say it does not take over from the function.
fn overload(reader: &mut Reader<'_>, node: Node, function: &str) -> Result<OverloadProperties> {
    let origin = node.origin.clone();
    let what = format!("an overload of {function}");
    let map = node.into_map("overloads")?;
    let mut item = Item { what, name: String::new(), origin, map };
    let unknown =
        item.map.entries.iter().find(|entry| !entry.key.as_text().is_some_and(|key| OVERLOAD_KEYS.contains(&key)));
    if let Some(entry) = unknown {
        let key = entry.key.as_text().unwrap_or_default();
        let error = Error::parsing(format!("{} has a key `{key}`, which means nothing there", item.what));
        return Err(error.at(entry.key.place()).meant(key, OVERLOAD_KEYS));
    }
    let defined_in = item.rendered_text("defined_in", reader)?.ok_or_else(|| {
        let error = Error::parsing(format!("{} has no `defined_in`", item.what)).at(item.origin.place());
        error.hint("name the file with its body, without `.sql`")
    })?;
    Ok(OverloadProperties {
        defined_in,
        description: item.text("description")?,
        arguments: arguments(reader, &mut item)?,
        returns: returns(reader, &mut item)?,
        origin: item.origin,
    })
}

fn arguments(reader: &mut Reader<'_>, item: &mut Item) -> Result<Vec<Node>> {
    let arguments: Vec<Node> = item.list("arguments")?.into_iter().map(|node| reader.render(node)).collect();
    for argument in &arguments {
        typed(argument, &["name", "data_type"], &format!("an argument of {}", item.what))?;
    }
    Ok(arguments)
}

fn returns(reader: &mut Reader<'_>, item: &mut Item) -> Result<Option<Node>> {
    let returns = item.rendered("returns", reader);
    if let Some(returns) = &returns {
        typed(returns, &["data_type"], &format!("`returns` of {}", item.what))?;
    }
    Ok(returns)
}

/// Refuses a mapping without one of the wanted keys.
fn typed(node: &Node, wanted: &[&str], what: &str) -> Result<()> {
    let map = node.map(what)?;
    match wanted.iter().find(|key| map.get(key).is_none_or(Node::is_null)) {
        Some(key) => Err(Error::parsing(format!("{what} has no `{key}`")).at(node.place())),
        None => Ok(()),
    }
}
