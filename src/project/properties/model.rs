//! Models, seeds, snapshots, analyses, singular tests, and versions of models.

use super::column::{columns, constraints, tests};
use super::read::{Item, Reader};
use super::{NodeProperties, VersionProperties, semantic};
use crate::error::{Error, Result};
use crate::project::yaml::{Entry, Map, Node, Value};

const KEYS: [&str; 24] = [
    "name",
    "description",
    "config",
    "docs",
    "meta",
    "tags",
    "access",
    "group",
    "latest_version",
    "deprecation_date",
    "constraints",
    "columns",
    "data_tests",
    "tests",
    "versions",
    "time_spine",
    "relation",
    "primary_key",
    "agg_time_dimension",
    "primary_entity",
    "semantic_model",
    "derived_semantics",
    "metrics",
    "contract",
];

/// One entry of `models`, `seeds`, `snapshots`, `analyses` or `data_tests`.
pub fn read(reader: &mut Reader<'_>, mut item: Item) -> Result<NodeProperties> {
    let config = item.take("config");
    refuse_doubled(&item, config.as_ref())?;
    let contract = item.rendered("contract", reader);
    let column_nodes = item.list("columns")?;
    let version_nodes = item.list("versions")?;
    let semantics = semantic::of_model(reader, &mut item);
    let mut properties = NodeProperties {
        file: reader.file.clone(),
        description: item.text("description")?,
        config: reader.config(config)?,
        docs: item.rendered("docs", reader),
        meta: item.rendered("meta", reader),
        tags: item.rendered("tags", reader),
        access: item.rendered("access", reader),
        group: item.rendered("group", reader),
        latest_version: item.rendered("latest_version", reader),
        deprecation_date: item.rendered("deprecation_date", reader),
        constraints: constraints(reader, &mut item)?.unwrap_or_default(),
        columns: columns(reader, column_nodes),
        tests: tests(reader, &mut item)?.unwrap_or_default(),
        versions: Vec::new(),
        time_spine: item.rendered("time_spine", reader),
        relation: item.take("relation"),
        semantics,
        extra: Map::default(),
        name: item.name,
        origin: item.origin,
    };
    if let Some(contract) = contract {
        let key = Node::new(Value::Text("contract".to_owned()), contract.origin.clone());
        properties.config.entries.push(Entry { key, value: contract });
    }
    for node in version_nodes {
        let version = version(reader, node);
        properties.versions.extend(reader.note(version));
    }
    reader.warn_of_unknown(&item.map, &item.what, &KEYS);
    properties.extra = item.map;
    Ok(properties)
}

/// Refuses keys that stand both in `config` and beside it.
fn refuse_doubled(item: &Item, config: Option<&Node>) -> Result<()> {
    let Some(config) = config.and_then(Node::as_map) else { return Ok(()) };
    for key in ["meta", "docs", "group", "contract", "access"] {
        if let (Some(beside), Some(_)) = (item.map.entry(key), config.get(key)) {
            let message = format!("{} has `{key}` both in `config` and beside it", item.what);
            let error = Error::parsing(message).at(beside.key.place());
            return Err(error.hint("keep the one in `config`"));
        }
    }
    Ok(())
}

fn version(reader: &mut Reader<'_>, node: Node) -> Result<VersionProperties> {
    let origin = node.origin.clone();
    let map = node.into_map("versions")?;
    let mut item = Item { what: "version".to_owned(), name: String::new(), origin, map };
    let v = item.rendered("v", reader).ok_or_else(|| {
        Error::parsing("this version has no `v`").at(item.origin.place()).hint("write it as `- v: 1`")
    })?;
    let config = item.take("config");
    let mut rules = Rules::default();
    let mut column_nodes = Vec::new();
    for node in item.list("columns")? {
        match rules.of(&node) {
            true => {}
            false => column_nodes.push(node),
        }
    }
    item.take("name");
    Ok(VersionProperties {
        v,
        defined_in: item.rendered_text("defined_in", reader)?,
        description: item.text("description")?,
        access: item.rendered("access", reader),
        config: reader.config(config)?,
        constraints: constraints(reader, &mut item)?,
        docs: item.rendered("docs", reader),
        columns: columns(reader, column_nodes),
        include: rules.include,
        exclude: rules.exclude,
        tests: tests(reader, &mut item)?,
        deprecation_date: item.rendered("deprecation_date", reader),
        extra: item.map,
        origin: item.origin,
    })
}

/// Which columns of the model a version takes over.
#[derive(Default)]
struct Rules {
    include: Option<Node>,
    exclude: Option<Node>,
}

impl Rules {
    /// Takes the rules of an entry of `columns`; false when it is a column.
    fn of(&mut self, node: &Node) -> bool {
        let Some(map) = node.as_map().filter(|map| map.get("include").is_some() || map.get("exclude").is_some()) else {
            return false;
        };
        self.include = map.get("include").cloned();
        self.exclude = map.get("exclude").cloned();
        true
    }
}
