//! `catalog.json`: which relations of the manifest there are in the database, and with which columns.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use crate::manifest::Manifest;
use crate::name::{Relation, UniqueId};
use crate::template::{CatalogQuestion, CatalogRows};

/// Relations up to which they are asked for one by one; dbt's number, since it decides which macro is called.
const MOST_BY_NAME: usize = 100;

/// Names of a relation in lower case: database, schema, identifier.
type Key = (String, String, String);

/// What the database has of the manifest.
#[derive(Debug, Default)]
pub struct Catalog {
    nodes: Map<String, Value>,
    sources: Map<String, Value>,
    errors: Vec<String>,
}

/// What to ask of which database, so that everything in `wanted` (all there is, for none) is answered.
pub fn questions(manifest: &Manifest, wanted: Option<&BTreeSet<UniqueId>>) -> Vec<(String, CatalogQuestion)> {
    let is_wanted = |id: &UniqueId| wanted.is_none_or(|wanted| wanted.contains(id));
    let of_nodes = manifest.nodes.values().filter(|node| is_wanted(&node.unique_id));
    let of_sources = manifest.sources.values().filter(|source| is_wanted(&source.unique_id));
    let mut relations: Vec<&Relation> = of_nodes.filter_map(|node| node.relation.as_ref()).collect();
    relations.extend(of_sources.map(|source| &source.relation));
    relations.sort_by_key(|relation| key(relation));
    relations.dedup_by_key(|relation| key(relation));
    let databases: BTreeSet<String> = relations.iter().filter_map(|relation| relation.database.clone()).collect();
    let question = |database: String| {
        let inside = relations.iter().filter(|relation| relation.database.as_ref() == Some(&database)).copied();
        let question = if wanted.is_some() && relations.len() <= MOST_BY_NAME {
            CatalogQuestion::Relations(inside.cloned().collect())
        } else {
            let schemas: BTreeSet<String> = inside.filter_map(|relation| relation.schema.clone()).collect();
            CatalogQuestion::Schemas(schemas.into_iter().collect())
        };
        (database, question)
    };
    databases.into_iter().map(question).collect()
}

fn key(relation: &Relation) -> Key {
    let part = |part: &Option<String>| part.as_deref().unwrap_or_default().to_lowercase();
    (part(&relation.database), part(&relation.schema), part(&relation.identifier))
}

impl Catalog {
    /// Takes in the answer to a question, as far as it is about entries of the manifest in `wanted` (all, for none).
    pub fn add(&mut self, rows: &CatalogRows, manifest: &Manifest, wanted: Option<&BTreeSet<UniqueId>>) {
        let is_wanted = |id: &UniqueId| wanted.is_none_or(|wanted| wanted.contains(id));
        let of_nodes = manifest.nodes.values().filter_map(|node| Some((&node.unique_id, node.relation.as_ref()?)));
        let nodes: HashMap<Key, &UniqueId> =
            of_nodes.filter(|(id, _)| is_wanted(id)).map(|(id, relation)| (key(relation), id)).collect();
        let mut sources: HashMap<Key, Vec<&UniqueId>> = HashMap::new();
        for source in manifest.sources.values().filter(|source| is_wanted(&source.unique_id)) {
            sources.entry(key(&source.relation)).or_default().push(&source.unique_id);
        }
        for row in &rows.rows {
            let row = Row { columns: &rows.columns, values: row };
            let key = row.key();
            if let Some(id) = nodes.get(&key) {
                add_row(&mut self.nodes, id, &row);
            }
            for id in sources.get(&key).into_iter().flatten() {
                add_row(&mut self.sources, id, &row);
            }
        }
    }

    /// Notes that a question had no answer.
    pub fn add_error(&mut self, message: String) {
        self.errors.push(message);
    }

    /// How many questions had no answer.
    pub fn failures(&self) -> usize {
        self.errors.len()
    }

    /// The file's content below `metadata`.
    pub fn to_json(&self, metadata: Value) -> Value {
        let errors = (!self.errors.is_empty()).then_some(&self.errors);
        json!({"metadata": metadata, "nodes": self.nodes, "sources": self.sources, "errors": errors})
    }
}

/// One column of one relation.
struct Row<'a> {
    columns: &'a [String],
    values: &'a [Value],
}

impl Row<'_> {
    fn get(&self, name: &str) -> Value {
        let at = self.columns.iter().position(|column| column.eq_ignore_ascii_case(name));
        at.and_then(|at| self.values.get(at)).cloned().unwrap_or_default()
    }

    fn text(&self, name: &str) -> String {
        match self.get(name) {
            Value::String(text) => text,
            Value::Null => String::new(),
            other => other.to_string(),
        }
    }

    fn key(&self) -> Key {
        let part = |name| self.text(name).to_lowercase();
        (part("table_database"), part("table_schema"), part("table_name"))
    }

    fn comment(&self, name: &str) -> Value {
        match self.get(name) {
            Value::Null => Value::Null,
            _ => Value::String(self.text(name)),
        }
    }

    fn metadata(&self) -> Value {
        json!({
            "type": self.text("table_type"), "schema": self.text("table_schema"), "name": self.text("table_name"),
            "database": self.text("table_database"), "comment": self.comment("table_comment"),
            "owner": self.comment("table_owner"),
        })
    }

    /// Facts that a project's macro adds in columns such as `stats:size:value`; those that are not to be included are left out.
    fn stats(&self) -> Value {
        let mut stats: Map<String, Value> = Map::new();
        for (name, value) in self.columns.iter().zip(self.values) {
            let lower = name.to_lowercase();
            let Some((id, fact)) = lower.strip_prefix("stats:").and_then(|rest| rest.rsplit_once(':')) else {
                continue;
            };
            let entry = stats.entry(id.to_owned()).or_insert_with(|| json!({"id": id}));
            entry[fact] = value.clone();
        }
        stats.retain(|_, stat| stat["include"] == json!(true));
        let has_stats = !stats.is_empty();
        let summary = json!({
            "id": "has_stats", "label": "Has Stats?", "value": has_stats, "include": false,
            "description": "Indicates whether there are statistics for this table",
        });
        stats.insert("has_stats".to_owned(), summary);
        Value::Object(stats)
    }
}

fn add_row(entries: &mut Map<String, Value>, id: &UniqueId, row: &Row<'_>) {
    let entry = entries.entry(id.as_str()).or_insert_with(
        || json!({"metadata": row.metadata(), "columns": {}, "stats": row.stats(), "unique_id": id.as_str()}),
    );
    let column = row.get("column_name");
    let Some(name) = column.as_str() else { return };
    entry["columns"][name] = json!({
        "type": row.text("column_type"), "index": row.get("column_index"), "name": name,
        "comment": row.comment("column_comment"),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_the_columns_of_their_relation() {
        let mut entries = Map::new();
        let columns: Vec<String> = [
            "table_database",
            "table_schema",
            "table_name",
            "table_type",
            "column_name",
            "column_index",
            "column_type",
        ]
        .map(str::to_owned)
        .to_vec();
        for (name, index) in [("id", 1), ("name", 2)] {
            let values = [json!("db"), json!("s"), json!("t"), json!("VIEW"), json!(name), json!(index), json!("text")];
            add_row(&mut entries, &UniqueId::new("model.shop.t"), &Row { columns: &columns, values: &values });
        }
        insta::assert_snapshot!(entries["model.shop.t"].to_string(), @r#"{"metadata":{"type":"VIEW","schema":"s","name":"t","database":"db","comment":null,"owner":null},"columns":{"id":{"type":"text","index":1,"name":"id","comment":null},"name":{"type":"text","index":2,"name":"name","comment":null}},"stats":{"has_stats":{"id":"has_stats","label":"Has Stats?","value":false,"include":false,"description":"Indicates whether there are statistics for this table"}},"unique_id":"model.shop.t"}"#);
    }

    #[test]
    fn stats_of_a_projects_own_macro_are_kept_when_they_are_to_be_included() {
        let columns = ["stats:rows:label", "stats:rows:value", "stats:rows:include", "stats:x:include"];
        let columns = columns.map(str::to_owned);
        let values = [json!("Rows"), json!(3), json!(true), json!(false)];
        let stats = Row { columns: &columns, values: &values }.stats();
        assert_eq!(stats["rows"], json!({"id": "rows", "label": "Rows", "value": 3, "include": true}));
        assert_eq!(stats["has_stats"]["value"], json!(true));
        assert_eq!(stats.get("x"), None);
    }
}
