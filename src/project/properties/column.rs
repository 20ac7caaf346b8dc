//! Columns, and uses of generic tests.

use super::read::{Item, Reader, into_list};
use super::{ColumnProperties, TestUse};
use crate::error::{Error, Result};
use crate::project::yaml::{Entry, Map, Node, Value};

/// Configs of a test that may stand beside its arguments.
const TEST_CONFIGS: [&str; 14] = [
    "severity",
    "tags",
    "enabled",
    "where",
    "limit",
    "warn_if",
    "error_if",
    "fail_calc",
    "store_failures",
    "store_failures_as",
    "meta",
    "database",
    "schema",
    "alias",
];

/// The columns in `nodes`; wrong ones are noted and left out.
pub fn columns(reader: &mut Reader<'_>, nodes: Vec<Node>) -> Vec<ColumnProperties> {
    nodes
        .into_iter()
        .filter_map(|node| {
            let column = Item::of(node, "columns").and_then(|item| column(reader, item));
            reader.note(column)
        })
        .collect()
}

fn column(reader: &mut Reader<'_>, mut item: Item) -> Result<ColumnProperties> {
    let config = item.take("config");
    Ok(ColumnProperties {
        description: item.text("description")?,
        data_type: item.rendered_text("data_type", reader)?,
        quote: item.rendered("quote", reader).map(|node| node.bool("quote")).transpose()?,
        meta: item.rendered("meta", reader),
        tags: item.rendered("tags", reader),
        config: reader.config(config)?,
        constraints: constraints(reader, &mut item)?.unwrap_or_default(),
        tests: tests(reader, &mut item)?.unwrap_or_default(),
        granularity: item.rendered("granularity", reader),
        extra: extra(reader, item.map),
        name: item.name,
        origin: item.origin,
    })
}

fn extra(reader: &mut Reader<'_>, map: Map) -> Map {
    Map { entries: map.entries.into_iter().map(|entry| Entry { value: reader.render(entry.value), ..entry }).collect() }
}

/// `constraints`, evaluated; none when the key is missing.
pub fn constraints(reader: &mut Reader<'_>, item: &mut Item) -> Result<Option<Vec<Node>>> {
    item.rendered("constraints", reader).map(|node| into_list(node, "constraints")).transpose()
}

/// `data_tests` or `tests`; none when both are missing.
pub fn tests(reader: &mut Reader<'_>, item: &mut Item) -> Result<Option<Vec<TestUse>>> {
    let has_some = |node: &&Node| !node.is_null() && node.seq("tests").is_ok_and(|items| !items.is_empty());
    let old = item.map.entry("tests").filter(|entry| has_some(&&entry.value)).map(|entry| entry.key.origin.clone());
    if let (Some(old), Some(_)) = (old, item.map.get("data_tests").filter(has_some)) {
        let message = format!("{} has both `tests` and `data_tests`, which are one thing", item.what);
        return Err(Error::parsing(message).at(old.place()).hint("put all tests under `data_tests`"));
    }
    let (new, old) = (item.take("data_tests"), item.take("tests"));
    let is_empty = |node: &Node| !has_some(&node);
    let list = match (new, old) {
        (Some(new), Some(old)) if is_empty(&new) => Some(("tests", old)),
        (Some(new), _) => Some(("data_tests", new)),
        (None, old) => old.map(|old| ("tests", old)),
    };
    let Some((key, node)) = list else { return Ok(None) };
    let mut uses = Vec::new();
    for node in into_list(node, key)? {
        let found = test(node, reader, &item.what);
        uses.extend(reader.note(found));
    }
    Ok(Some(uses))
}

/// A use in any of its forms: `unique`, `unique: {..}`, `{test_name: unique, ..}`, `{name: .., unique: {..}}`.
fn test(node: Node, reader: &mut Reader<'_>, owner: &str) -> Result<TestUse> {
    let origin = node.origin.clone();
    let (full_name, mut arguments) = match node.value {
        Value::Text(name) => (name, Map::default()),
        Value::Map(map) => named(map, &node.origin.place())?,
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Time(_) | Value::Seq(_) => {
            let message = format!("a test must be a name or a mapping, not {}", node.value.describe());
            return Err(Error::parsing(message).at(origin.place()));
        }
    };
    let custom_name = arguments.take("name").map(|node| node.scalar_text("name")).transpose()?;
    let description = arguments.take("description").filter(|node| !node.is_null());
    let description = description.map(|node| node.scalar_text("description")).transpose()?;
    let mut config = match arguments.take("config").map(|node| node.value) {
        Some(Value::Map(config)) => config,
        Some(Value::Null) | None => Map::default(),
        Some(other) => {
            let message = format!("`config` of a test must be a mapping, not {}", other.describe());
            return Err(Error::parsing(message).at(origin.place()));
        }
    };
    for key in TEST_CONFIGS {
        if let Some(index) = arguments.entries.iter().position(|entry| entry.key.as_text() == Some(key)) {
            let entry = arguments.entries.remove(index);
            if config.get(key).is_some() {
                let message = format!("the test `{full_name}` has `{key}` inside and outside of `config`");
                return Err(Error::parsing(message).at(entry.key.place()).hint("keep the one under `config`"));
            }
            let message = format!("`{key}` of the test `{full_name}` of {owner} should stand in its `config`");
            reader.deprecated("PropertyMovedToConfigDeprecation", message, &entry.key.origin);
            config.entries.push(entry);
        }
    }
    nest(&mut arguments, &full_name, reader, owner);
    let (namespace, name) = match full_name.split_once('.') {
        Some((namespace, name)) => (Some(namespace.to_owned()), name.to_owned()),
        None => (None, full_name),
    };
    Ok(TestUse { origin, namespace, name, arguments, config, custom_name, description })
}

/// Takes the arguments out of the block `arguments`; those beside it are the old form.
fn nest(arguments: &mut Map, test: &str, reader: &mut Reader<'_>, owner: &str) {
    if !reader.scope.nests_arguments {
        if let Some(entry) = arguments.entry("arguments") {
            let message = format!(
                "the test `{test}` of {owner} has `arguments`, which is an argument of that name unless the flag \
                 `require_generic_test_arguments_property` is set"
            );
            let origin = entry.key.origin.clone();
            reader.deprecated("ArgumentsPropertyInGenericTestDeprecation", message, &origin);
        }
        return;
    }
    if let Some(Node { value: Value::Map(inner), .. }) = arguments.get("arguments") {
        let inner = inner.clone();
        arguments.take("arguments");
        arguments.entries.extend(inner.entries);
    } else if let Some(entry) = arguments.entries.iter().find(|entry| entry.key.as_text() != Some("column_name")) {
        let message = format!("the arguments of the test `{test}` of {owner} should stand in its `arguments`");
        let origin = entry.key.origin.clone();
        reader.deprecated("MissingArgumentsPropertyInGenericTestDeprecation", message, &origin);
    }
}

/// The name and the arguments of a use that is a mapping.
fn named(mut map: Map, place: &crate::error::Place) -> Result<(String, Map)> {
    if let Some(name) = map.take("test_name") {
        return Ok((name.text("test_name")?.to_owned(), map));
    }
    // `name:` and `description:` may stand beside the test's own key.
    let is_beside = |key: &str| matches!(key, "name" | "description" | "config");
    let index = map.entries.iter().position(|entry| !entry.key.as_text().is_some_and(is_beside));
    let (Some(index), true) = (index, !map.is_empty()) else {
        return Err(Error::parsing("this test has no name").at(place.clone()).hint("write it as `- unique`"));
    };
    let entry = map.entries.remove(index);
    if let Some(second) = map.entries.iter().find(|entry| !entry.key.as_text().is_some_and(is_beside)) {
        let message = format!("the test `{}` stands in one mapping with `{}`", entry.name(), second.name());
        let error = Error::parsing(message).at(second.key.place());
        return Err(error.hint("indent its arguments further than its name, or begin another entry with `-`"));
    }
    let name = entry.name();
    let mut arguments = match entry.value.value {
        Value::Map(arguments) => arguments,
        Value::Null => Map::default(),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) | Value::Time(_) | Value::Seq(_) => {
            let error = Error::parsing(format!("the arguments of the test `{name}` must be a mapping"));
            return Err(error.at(entry.value.place()));
        }
    };
    for beside in map.entries {
        if arguments.entry(&beside.name()).is_none() {
            arguments.entries.push(beside);
        }
    }
    Ok((name, arguments))
}
