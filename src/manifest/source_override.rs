//! Sources of a package that another one describes anew, with `overrides:`.

use std::borrow::Cow;

use crate::project::{ColumnProperties, Map, Package, Project, SourceProperties, SourceTable, TestUse};

/// The sources of `package`, each as the last one that overrides it makes it; those that override are none themselves.
pub fn sources<'a>(project: &'a Project, package: &'a Package) -> Vec<Cow<'a, SourceProperties>> {
    let own = package.properties.sources.iter().filter(|source| source.overrides.is_none());
    own.map(|source| match overriding(project, package, source) {
        Some(over) => Cow::Owned(merged(source, over)),
        None => Cow::Borrowed(source),
    })
    .collect()
}

fn overriding<'a>(project: &'a Project, package: &Package, source: &SourceProperties) -> Option<&'a SourceProperties> {
    let mut all = project.all_packages().flat_map(|other| &other.properties.sources);
    all.find(|over| over.overrides.as_deref() == Some(&*package.name) && over.name == source.name)
}

/// What `over` says counts; where it is silent, `base` does.
fn merged(base: &SourceProperties, over: &SourceProperties) -> SourceProperties {
    let tables = base.tables.iter().map(|table| match over.tables.iter().find(|other| other.name == table.name) {
        Some(other) => merged_table(table, other),
        None => table.clone(),
    });
    SourceProperties {
        name: base.name.clone(),
        file: over.file.clone(),
        origin: over.origin.clone(),
        schema: either(&over.schema, &base.schema),
        database: either(&over.database, &base.database),
        unrendered_schema: either(&over.unrendered_schema, &base.unrendered_schema),
        unrendered_database: either(&over.unrendered_database, &base.unrendered_database),
        description: either(&over.description, &base.description),
        loader: either(&over.loader, &base.loader),
        loaded_at_field: either(&over.loaded_at_field, &base.loaded_at_field),
        loaded_at_query: either(&over.loaded_at_query, &base.loaded_at_query),
        freshness: either(&over.freshness, &base.freshness),
        quoting: either(&over.quoting, &base.quoting),
        meta: either(&over.meta, &base.meta),
        tags: either(&over.tags, &base.tags),
        config: laid_over(&base.config, &over.config),
        overrides: None,
        tables: tables.collect(),
        extra: base.extra.clone(),
    }
}

fn merged_table(base: &SourceTable, over: &SourceTable) -> SourceTable {
    let columns: &Vec<ColumnProperties> = if over.columns.is_empty() { &base.columns } else { &over.columns };
    let tests: &Vec<TestUse> = if over.tests.is_empty() { &base.tests } else { &over.tests };
    SourceTable {
        name: base.name.clone(),
        origin: over.origin.clone(),
        identifier: either(&over.identifier, &base.identifier),
        description: either(&over.description, &base.description),
        loader: either(&over.loader, &base.loader),
        loaded_at_field: either(&over.loaded_at_field, &base.loaded_at_field),
        loaded_at_query: either(&over.loaded_at_query, &base.loaded_at_query),
        freshness: either(&over.freshness, &base.freshness),
        quoting: either(&over.quoting, &base.quoting),
        meta: either(&over.meta, &base.meta),
        tags: either(&over.tags, &base.tags),
        config: laid_over(&base.config, &over.config),
        external: either(&over.external, &base.external),
        columns: columns.clone(),
        tests: tests.clone(),
        extra: base.extra.clone(),
    }
}

fn either<T: Clone>(over: &Option<T>, base: &Option<T>) -> Option<T> {
    over.clone().or_else(|| base.clone())
}

fn laid_over(base: &Map, over: &Map) -> Map {
    let kept = base.entries.iter().filter(|entry| over.get(&entry.name()).is_none());
    Map { entries: kept.chain(&over.entries).cloned().collect() }
}
