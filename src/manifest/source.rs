//! Sources: what group and table say, put together.

use serde_json::{Map, Value, json};

use crate::error::{Error, Place};
use crate::name::{Parts, Relation, UniqueId};
use crate::project::{self, Node as Yaml, Package, Quoting, SourceProperties, SourceTable};

use super::collect::{in_any_folder, split_folders};
use super::column::{columns, texts};
use super::config::Config;
use super::draft::{Draft, Drafter, fqn};
use super::merge::{lay_over, meta_of};
use super::node::Manifest;
use super::resource::Source;
use super::{defaults, source_override, tree};

impl Drafter<'_> {
    /// All tables of all sources with the drafts of their tests; descriptions are not rendered yet.
    pub fn sources(&self, errors: &mut Vec<Error>) -> Vec<(Source, Vec<Draft>)> {
        let mut found = Vec::new();
        for package in self.project.all_packages() {
            for source in source_override::sources(self.project, package) {
                let source = source.as_ref();
                for table in &source.tables {
                    let entry = self.source(package, source, table);
                    // A rule of the source counts for all its tables, and is told once.
                    for error in wrong_freshness(&entry, source, table) {
                        if !errors.iter().any(|known| known.place() == error.place()) {
                            errors.push(error);
                        }
                    }
                    let tests = self.tests_of_table(package, source, table, entry.tags.clone());
                    found.push((entry, tests));
                }
            }
        }
        found
    }

    fn source(&self, package: &Package, source: &SourceProperties, table: &SourceTable) -> Source {
        let in_root = in_any_folder(&source.file, package);
        let (mut folders, _) = split_folders(in_root);
        folders.push(&source.name);
        let fqn = fqn(package, &folders, &table.name);
        let (config, unrendered_config) = self.config_of_source(package, source, table, &fqn);
        let text = |key: &str| config.text(key).map(str::to_owned);
        let (loaded_at_field, loaded_at_query) = (text("loaded_at_field"), text("loaded_at_query"));
        let freshness = config.0.get("freshness").filter(|freshness| !freshness.is_null()).cloned();
        let meta = config.map("meta").cloned().unwrap_or_default();
        let tags = config.tags().into_iter().map(str::to_owned).collect();
        let (quoting, [quote, told]) = quoting(source, table, self.project.root.settings.quoting);
        let schema = source.schema.clone().unwrap_or_else(|| source.name.clone());
        let database = source.database.clone().unwrap_or_else(|| self.database());
        let identifier = table.identifier.as_deref().unwrap_or(&table.name);
        let relation = Relation { quote, ..Relation::new(&database, &schema, identifier) };
        Source {
            unique_id: UniqueId::new(format!("source.{}.{}.{}", package.name, source.name, table.name)),
            source_name: source.name.clone(),
            name: table.name.clone(),
            package: package.name.as_str().into(),
            path: source.file.to_string(),
            place: table.origin.place(),
            fqn,
            relation_name: Relation { quote: told, ..relation.clone() }.render(),
            relation,
            source_description: source.description.clone().unwrap_or_default(),
            description: table.description.clone().unwrap_or_default(),
            loader: table.loader.clone().or_else(|| source.loader.clone()).unwrap_or_default(),
            quoting,
            loaded_at_field,
            loaded_at_query,
            freshness,
            external: table.external.as_ref().map(external),
            columns: columns(&table.columns),
            meta,
            source_meta: meta_of(&[source.meta.as_ref(), source.config.get("meta")]),
            tags,
            config,
            unrendered_config,
            unrendered_database: source.unrendered_database.clone(),
            unrendered_schema: source.unrendered_schema.clone(),
            doc_blocks: Vec::new(),
            created_at: self.now,
        }
    }

    /// The config of a table, and the same as written.
    fn config_of_source(
        &self,
        package: &Package,
        source: &SourceProperties,
        table: &SourceTable,
        fqn: &[String],
    ) -> (Config, Map<String, Value>) {
        let mut config = defaults::of_source();
        let is_root = std::ptr::eq(package, &self.project.root);
        let settings = [Some(&package.settings), (!is_root).then_some(&self.project.root.settings)];
        let trees: Vec<_> = settings.into_iter().flatten().filter_map(|settings| settings.tree("sources")).collect();
        trees.iter().flat_map(|map| tree::layers(map, fqn)).for_each(|layer| lay_over(&mut config, &layer));
        lay_over(&mut config, &source.config.to_json());
        lay_over(&mut config, &table.config.to_json());
        let in_configs = [&source.config, &table.config].map(|map| map.get("tags").map(Yaml::to_json));
        let in_configs: Vec<String> = in_configs.iter().flatten().flat_map(texts).collect();
        // Tags of the project file are not for sources, as in dbt.
        let mut tags = all_tags(&[&source.tags, &table.tags], &in_configs);
        tags.sort();
        // What stands in `config` wins.
        let places = [source.meta.as_ref(), source.config.get("meta"), table.meta.as_ref(), table.config.get("meta")];
        let own_meta = meta_of(&places);
        let mut meta = config.map("meta").cloned().unwrap_or_default();
        meta.extend(own_meta.clone());
        let text = |key: &str| {
            let of = |map: &project::Map| map.get(key).and_then(Yaml::as_text).map(str::to_owned);
            of(&table.config).or_else(|| own_text(source, key)).or_else(|| config.text(key).map(str::to_owned))
        };
        let settled = [
            ("freshness", freshness(source, table, &config.0).unwrap_or_default()),
            ("loaded_at_field", json!(table.loaded_at_field.clone().or_else(|| text("loaded_at_field")))),
            ("loaded_at_query", json!(table.loaded_at_query.clone().or_else(|| text("loaded_at_query")))),
            ("meta", Value::Object(meta)),
            ("tags", json!(tags)),
        ];
        config.0.extend(settled.map(|(key, value)| (key.to_owned(), value)));
        let mut unrendered_config = unrendered(&config, source, table);
        unrendered_config.insert("meta".to_owned(), Value::Object(own_meta));
        let written: Vec<_> = trees.iter().flat_map(|map| tree::unrendered_layers(map, fqn)).collect();
        for (key, value) in written.into_iter().rev().flatten() {
            unrendered_config.entry(key).or_insert(value);
        }
        (config, unrendered_config)
    }
}

/// The facts of an external table with all of dbt's keys.
fn external(node: &Yaml) -> Value {
    let mut facts = json!({
        "location": null, "file_format": null, "row_format": null, "tbl_properties": null, "partitions": null,
    });
    let Value::Object(written) = node.to_json() else { return node.to_json() };
    for (key, value) in written {
        facts[key] = value;
    }
    facts
}

/// What the source says beside its config.
fn own_text(source: &SourceProperties, key: &str) -> Option<String> {
    match key {
        "loaded_at_field" => source.loaded_at_field.clone(),
        "loaded_at_query" => source.loaded_at_query.clone(),
        _ => None,
    }
}

/// The config as written, with the keys that dbt has worked out by then.
fn unrendered(config: &Config, source: &SourceProperties, table: &SourceTable) -> Map<String, Value> {
    let mut written = source.config.to_json();
    written.extend(table.config.to_json());
    let rules = [source.freshness.as_ref(), table.freshness.as_ref()];
    let has_rules = rules.iter().any(Option::is_some) || written.contains_key("freshness");
    for key in ["freshness", "loaded_at_field", "loaded_at_query", "meta", "tags"] {
        if key != "freshness" || has_rules {
            written.insert(key.to_owned(), config.0.get(key).cloned().unwrap_or_default());
        }
    }
    written
}

fn all_tags(nodes: &[&Option<Yaml>], more: &[String]) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    let written = nodes.iter().filter_map(|node| node.as_ref()).flat_map(|node| texts(&node.to_json()));
    for tag in written.chain(more.iter().cloned()) {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

/// The rules of freshness: each place laid over those before it; null switches the check off until a later place
/// has rules again.
fn freshness<'a>(source: &'a SourceProperties, table: &'a SourceTable, config: &Map<String, Value>) -> Option<Value> {
    let empty = || json!({"warn_after": {"count": null, "period": null}, "error_after": {"count": null, "period": null}, "filter": null});
    let mut rules = empty();
    let from_tree = config.get("freshness").filter(|value| !value.is_null()).cloned();
    let of = |map: &'a project::Map| map.get("freshness");
    let written = [of(&source.config), source.freshness.as_ref(), of(&table.config), table.freshness.as_ref()];
    let mut is_off = false;
    for layer in from_tree.into_iter().chain(written.into_iter().flatten().map(Yaml::to_json)) {
        is_off = layer.is_null();
        if is_off {
            rules = empty();
        }
        for key in ["warn_after", "error_after"] {
            match layer.get(key) {
                Some(Value::Object(threshold)) => {
                    if rules[key].is_null() {
                        rules[key] = empty()[key].clone();
                    }
                    for (part, value) in threshold {
                        rules[key][part] = value.clone();
                    }
                }
                Some(Value::Null) => rules[key] = Value::Null,
                _ => {}
            }
        }
        if let Some(filter) = layer.get("filter") {
            rules["filter"] = filter.clone();
        }
    }
    (!is_off).then_some(rules)
}

/// Sources with rules of freshness that nobody can ask.
pub fn warnings(manifest: &Manifest) -> Vec<project::Warning> {
    let has_rule = |rules: &Value| ["warn_after", "error_after"].iter().any(|key| !rules[*key]["count"].is_null());
    let unknown = manifest.sources.values().filter(|source| {
        source.freshness.as_ref().is_some_and(has_rule)
            && source.loaded_at_field.is_none()
            && source.loaded_at_query.is_none()
    });
    let warning = |source: &Source| {
        let message = format!(
            "Postgres does not know when a table was written last: source '{}.{}' needs a `loaded_at_field` for its \
             rules of freshness.",
            source.source_name, source.name
        );
        project::Warning { name: "FreshnessConfigProblem", message, place: Some(source.place.clone()) }
    };
    unknown.map(warning).collect()
}

/// What is wrong with the rules of freshness, the first thing of each.
fn wrong_freshness(entry: &Source, source: &SourceProperties, table: &SourceTable) -> Vec<Error> {
    let Some(rules) = &entry.freshness else { return Vec::new() };
    let wrong = |key: &'static str| {
        let (part, message) = wrong_rule(&rules[key])?;
        let message = format!("`{key}` of source `{}.{}`: {message}", entry.source_name, entry.name);
        let place = place_of_rule(source, table, key, part).unwrap_or_else(|| entry.place.clone());
        Some(Error::parsing(message).at(place).hint(format!("write `{key}: {{count: 1, period: day}}`")))
    };
    ["warn_after", "error_after"].into_iter().filter_map(wrong).collect()
}

/// The part of a rule that is wrong, and why.
fn wrong_rule(rule: &Value) -> Option<(&'static str, String)> {
    const PERIODS: [&str; 3] = ["minute", "hour", "day"];
    let (count, period) = (&rule["count"], &rule["period"]);
    if count.is_null() && period.is_null() {
        return None;
    }
    let is_whole = count.is_i64() || count.as_str().is_some_and(|text| text.parse::<i64>().is_ok());
    let is_period = period.as_str().is_some_and(|text| PERIODS.contains(&text));
    match (count, period) {
        (Value::Null, _) => Some(("period", "`count` is missing".to_owned())),
        (_, Value::Null) => Some(("count", "`period` is missing".to_owned())),
        (count, _) if !is_whole => Some(("count", format!("`count` must be a whole number, not {count}"))),
        (_, period) if !is_period => {
            Some(("period", format!("`period` must be one of `{}`, not {period}", PERIODS.join("`, `"))))
        }
        _ => None,
    }
}

/// Where a part of a rule of freshness is written.
fn place_of_rule(source: &SourceProperties, table: &SourceTable, key: &str, part: &str) -> Option<Place> {
    let in_config = |config: &project::Map| config.get("freshness").cloned();
    let layers =
        [table.freshness.clone(), in_config(&table.config), source.freshness.clone(), in_config(&source.config)];
    layers.into_iter().flatten().find_map(|rules| Some(rules.as_map()?.get(key)?.as_map()?.get(part)?.origin.place()))
}

/// The quoting as written, and what it comes down to: for `source()`, which does not take that of the project, and for the
/// relation that the manifest tells, which does.
fn quoting(source: &SourceProperties, table: &SourceTable, project: Quoting) -> (Value, [Parts<bool>; 2]) {
    let mut written = json!({"database": null, "schema": null, "identifier": null, "column": null});
    for layer in [&source.quoting, &table.quoting].into_iter().flatten() {
        if let Value::Object(map) = layer.to_json() {
            for (key, value) in map {
                written[key] = value;
            }
        }
    }
    let parts = |project: Quoting| {
        let part = |key: &str, project: Option<bool>| written[key].as_bool().or(project).unwrap_or(true);
        Parts {
            database: part("database", project.database),
            schema: part("schema", project.schema),
            identifier: part("identifier", project.identifier),
        }
    };
    let both = [parts(Quoting::default()), parts(project)];
    (written, both)
}

/// Whether tests quote the columns of a table that do not say so themselves: `quoting: {column: true}`.
pub fn quotes_columns(source: &SourceProperties, table: &SourceTable) -> bool {
    quoting(source, table, Quoting::default()).0["column"].as_bool().unwrap_or(false)
}

impl Drafter<'_> {
    /// Database of the target.
    pub fn database(&self) -> String {
        let target = &self.project.profile.target;
        target.get("dbname").and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

/// The key of a properties section that holds nodes of this kind.
pub fn sections(properties: &project::Properties) -> [(&'static str, &[project::NodeProperties]); 3] {
    [("models", &properties.models), ("seeds", &properties.seeds), ("snapshots", &properties.snapshots)]
}
