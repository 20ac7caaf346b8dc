//! Sources and their tables.

use super::column::{columns, tests};
use super::read::{Item, Reader};
use super::{SourceProperties, SourceTable};
use crate::error::Result;

const KEYS: [&str; 17] = [
    "name",
    "schema",
    "database",
    "description",
    "loader",
    "loaded_at_field",
    "loaded_at_query",
    "freshness",
    "quoting",
    "meta",
    "tags",
    "config",
    "overrides",
    "tables",
    "data_tests",
    "tests",
    "unrendered_database",
];

const TABLE_KEYS: [&str; 16] = [
    "name",
    "identifier",
    "description",
    "loader",
    "loaded_at_field",
    "loaded_at_query",
    "freshness",
    "quoting",
    "meta",
    "tags",
    "config",
    "external",
    "columns",
    "data_tests",
    "tests",
    "docs",
];

/// One entry of `sources`.
pub fn read(reader: &mut Reader<'_>, mut item: Item) -> Result<SourceProperties> {
    let config = item.take("config");
    let table_nodes = item.list("tables")?;
    let written = |key: &str| item.map.get(key).filter(|node| !node.is_null()).map(|node| node.value.python_text());
    let (unrendered_schema, unrendered_database) = (written("schema"), written("database"));
    let mut source = SourceProperties {
        file: reader.file.clone(),
        unrendered_schema,
        unrendered_database,
        schema: item.rendered_text("schema", reader)?,
        database: item.rendered_text("database", reader)?,
        description: item.text("description")?,
        loader: item.rendered_text("loader", reader)?,
        loaded_at_field: item.rendered_text("loaded_at_field", reader)?,
        loaded_at_query: item.text("loaded_at_query")?,
        // Null says something here: the check is off.
        freshness: item.map.take("freshness").map(|node| reader.render(node)),
        quoting: item.rendered("quoting", reader),
        meta: item.rendered("meta", reader),
        tags: item.rendered("tags", reader),
        config: reader.config(config)?,
        overrides: item.rendered_text("overrides", reader)?,
        tables: Vec::with_capacity(table_nodes.len()),
        extra: Default::default(),
        name: item.name,
        origin: item.origin,
    };
    for node in table_nodes {
        let table = Item::of(node, "tables").and_then(|item| table(reader, item));
        source.tables.extend(reader.note(table));
    }
    reader.warn_of_unknown(&item.map, &item.what, &KEYS);
    source.extra = item.map;
    Ok(source)
}

fn table(reader: &mut Reader<'_>, mut item: Item) -> Result<SourceTable> {
    let config = item.take("config");
    let column_nodes = item.list("columns")?;
    let table = SourceTable {
        identifier: item.rendered_text("identifier", reader)?,
        description: item.text("description")?,
        loader: item.rendered_text("loader", reader)?,
        loaded_at_field: item.rendered_text("loaded_at_field", reader)?,
        loaded_at_query: item.text("loaded_at_query")?,
        freshness: item.map.take("freshness").map(|node| reader.render(node)),
        quoting: item.rendered("quoting", reader),
        meta: item.rendered("meta", reader),
        tags: item.rendered("tags", reader),
        config: reader.config(config)?,
        external: item.rendered("external", reader),
        columns: columns(reader, column_nodes),
        tests: tests(reader, &mut item)?.unwrap_or_default(),
        extra: item.map,
        name: item.name,
        origin: item.origin,
    };
    reader.warn_of_unknown(&table.extra, &item.what, &TABLE_KEYS);
    Ok(table)
}
