//! Selections compared with those of dbt, which `cases.json` holds.

use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use crate::error::Place;
use crate::graph::Graph;
use crate::manifest::{Checksum, Config, Exposure, Manifest, Node, NodeKind, Source, Strictness, TestFacts};
use crate::name::{Relation, UniqueId};

use super::*;

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().map(|items| items.iter().map(text).collect()).unwrap_or_default()
}

fn ids(value: &Value) -> Vec<UniqueId> {
    texts(value).into_iter().map(UniqueId::new).collect()
}

fn package(entry: &Value) -> Arc<str> {
    entry["id"].as_str().unwrap().split('.').nth(1).unwrap().into()
}

fn config(entry: &Value) -> Config {
    Config(entry["config"].as_object().cloned().unwrap_or_default())
}

fn test_facts(name: &Value) -> Option<TestFacts> {
    name.is_string().then(|| TestFacts {
        column_name: None,
        file_key_name: String::new(),
        attached_node: None,
        name: text(name),
        namespace: None,
        kwargs: Map::new(),
    })
}

/// A node of the facts that selection looks at.
pub(in crate::graph) fn node(entry: &Value) -> Node {
    let id = UniqueId::new(text(&entry["id"]));
    let kind = match id.resource_type() {
        "model" => NodeKind::Model,
        "seed" => NodeKind::Seed,
        "snapshot" => NodeKind::Snapshot,
        "test" => NodeKind::Test,
        "analysis" => NodeKind::Analysis,
        other => panic!("{other}"),
    };
    Node {
        unique_id: id,
        kind,
        name: text(&entry["name"]),
        package: package(entry),
        path: String::new(),
        original_path: text(&entry["path"]),
        file: PathBuf::from(text(&entry["path"])),
        first_line: 1,
        declared: None,
        described: None,
        fqn: texts(&entry["fqn"]),
        alias: String::new(),
        database: String::new(),
        schema: String::new(),
        relation: None,
        raw_code: "select 1".into(),
        checksum: Checksum { name: "none", checksum: String::new() },
        config: config(entry),
        unrendered_config: Map::new(),
        config_call: Map::new(),
        unrendered_config_call: Map::new(),
        tags: texts(&entry["tags"]),
        group: entry["group"].as_str().map(str::to_owned),
        description: String::new(),
        columns: IndexMap::new(),
        patch_path: entry["patch_path"].as_str().map(str::to_owned),
        doc_blocks: Vec::new(),
        constraints: Vec::new(),
        version: entry.get("version").cloned(),
        latest_version: entry.get("latest_version").cloned(),
        deprecation_date: None,
        contract_checksum: None,
        time_spine: None,
        primary_key: Vec::new(),
        refs: Vec::new(),
        sources: Vec::new(),
        metrics: Vec::new(),
        functions: Vec::new(),
        function: None,
        depends_on: ids(&entry["depends_on"]),
        depends_on_macros: Vec::new(),
        test: test_facts(&entry["test_name"]),
        root_path: PathBuf::new(),
        created_at: 0.0,
        index: None,
    }
}

fn source(entry: &Value) -> Source {
    Source {
        unique_id: UniqueId::new(text(&entry["id"])),
        source_name: text(&entry["source"]),
        name: text(&entry["name"]),
        package: package(entry),
        path: text(&entry["path"]),
        place: Place::file(text(&entry["path"])),
        fqn: texts(&entry["fqn"]),
        relation: Relation::new("", "", ""),
        relation_name: String::new(),
        source_description: String::new(),
        description: String::new(),
        loader: String::new(),
        quoting: Value::Null,
        loaded_at_field: None,
        loaded_at_query: None,
        freshness: None,
        external: None,
        columns: IndexMap::new(),
        meta: Map::new(),
        source_meta: Map::new(),
        tags: texts(&entry["tags"]),
        config: config(entry),
        unrendered_config: Map::new(),
        unrendered_database: None,
        unrendered_schema: None,
        doc_blocks: Vec::new(),
        created_at: 0.0,
    }
}

fn exposure(entry: &Value) -> Exposure {
    Exposure {
        unique_id: UniqueId::new(text(&entry["id"])),
        name: text(&entry["name"]),
        package: package(entry),
        original_path: text(&entry["path"]),
        path: String::new(),
        place: Place::file(text(&entry["path"])),
        fqn: texts(&entry["fqn"]),
        tags: texts(&entry["tags"]),
        config: config(entry),
        refs: Vec::new(),
        sources: Vec::new(),
        metrics: Vec::new(),
        depends_on: ids(&entry["depends_on"]),
        facts: Map::new(),
    }
}

/// A manifest of nodes, sources and exposures in the form of `cases.json`.
pub(in crate::graph) fn manifest(content: &Value) -> Manifest {
    let list = |key: &str| content[key].as_array().cloned().unwrap_or_default();
    Manifest {
        project_name: content["project_name"].as_str().unwrap_or("shop").to_owned(),
        nodes: list("nodes").iter().map(node).map(|node| (node.unique_id.clone(), node)).collect(),
        sources: list("sources").iter().map(source).map(|it| (it.unique_id.clone(), it)).collect(),
        exposures: list("exposures").iter().map(exposure).map(|it| (it.unique_id.clone(), it)).collect(),
        ..Manifest::default()
    }
}

fn types(case: &Value) -> Vec<String> {
    let usual = ["model", "seed", "snapshot", "test", "source", "exposure"];
    match texts(&case["types"]) {
        none if none.is_empty() => usual.map(str::to_owned).to_vec(),
        all if all[0] == "all" => usual.iter().copied().chain(["analysis"]).map(str::to_owned).collect(),
        some => some,
    }
}

#[test]
fn selections_are_those_of_dbt() {
    let content: Value = serde_json::from_str(include_str!("cases.json")).unwrap();
    let manifest = manifest(&content);
    let graph = Graph::new(&manifest).unwrap();
    let selectors = Selectors::from_yaml(&content["selectors"], &[]).unwrap();
    let mut wrong = Vec::new();
    for case in content["cases"].as_array().unwrap() {
        let wish = Wish {
            select: texts(&case["select"]),
            exclude: texts(&case["exclude"]),
            selector: case["selector"].as_str().map(str::to_owned),
            indirect: case["indirect"].as_str().map_or(Indirect::Eager, |word| Indirect::from_word(word).unwrap()),
            resource_types: types(case),
            has_empty_nodes: true,
            past: Some(&Past::new(&manifest, None, Strictness::default(), "sources.json".into())),
        };
        let expected = match case["error"].is_boolean() {
            true => json!("error"),
            false => json!([case["ids"], texts(&case["warnings"])]),
        };
        let found = match select(&manifest, &graph, &selectors, &wish) {
            Ok(found) => json!([found.ids, found.warnings]),
            Err(_) => json!("error"),
        };
        if found != expected {
            wrong.push(format!("{case}\n  found    {found}\n  expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}

fn shop_with(selectors: Value) -> Result<Vec<String>> {
    let content: Value = serde_json::from_str(include_str!("cases.json")).unwrap();
    let manifest = manifest(&content);
    let graph = Graph::new(&manifest)?;
    let selectors = Selectors::from_yaml(&selectors, &[])?;
    let wish = Wish { resource_types: vec!["model".to_owned()], ..Wish::default() };
    let found = select(&manifest, &graph, &selectors, &wish)?;
    Ok(found.ids.iter().map(|id| id.to_string()).collect())
}

#[test]
fn a_default_selector_holds_where_nothing_is_asked() {
    let found = shop_with(json!({"selectors": [
        {"name": "a", "definition": "fct_orders"},
        {"name": "b", "default": true, "definition": {"union": ["1+selector:a", {"exclude": ["int_orders"]}]}},
    ]}));
    assert_eq!(found.unwrap(), ["model.shop.fct_orders"]);
    let inherited = shop_with(json!({"selectors": [
        {"name": "a", "definition": "fct_orders"},
        {"name": "b", "default": true, "definition": {"method": "selector", "value": "a", "exclude": ["fct_orders"]}},
    ]}));
    assert_eq!(inherited.unwrap(), ["model.shop.fct_orders"]);
    let several = shop_with(json!({"selectors": [
        {"name": "a1", "definition": "fct_orders"},
        {"name": "a2", "definition": "int_orders"},
        {"name": "b", "default": true, "definition": "selector:a?"},
    ]}));
    assert_eq!(several.unwrap(), ["model.shop.fct_orders", "model.shop.int_orders"]);
}

#[test]
fn mistakes_in_selectors_are_told() {
    let error = |list: Value| shop_with(json!({ "selectors": list })).unwrap_err().to_string();
    insta::assert_snapshot!(error(json!([{"definition": "a"}])), @"a selector needs a `name`");
    insta::assert_snapshot!(error(json!([{"name": "a"}])), @"selector `a` needs a `definition`");
    insta::assert_snapshot!(
        error(json!([{"name": "a", "definition": "x", "default": true}, {"name": "b", "definition": "x", "default": true}])), @"selectors `a` and `b` are both the default");
    insta::assert_snapshot!(error(json!([{"name": "a", "definition": {"method": "selector", "value": "a"}}])), @"selector `a`: selector `a` inherits from itself");
    insta::assert_snapshot!(error(json!([{"name": "a", "definition": {"method": "tags", "value": "a"}}])), @"selector `a`: `tags` is not a valid method name");
    insta::assert_snapshot!(error(json!([{"name": "a", "definition": {"tag": "x", "path": "a"}}])), @r#"selector `a`: a definition needs `method` and `value`, `union` or `intersection`, but has ["tag", "path"]"#);
    insta::assert_snapshot!(error(json!([{"name": "a", "definition": {"method": "selector", "value": "b"}}])), @"selector `a`: could not find selector `b`");
    insta::assert_snapshot!(error(json!([{"name": "a", "default": true, "definition": "selector:a"}])), @"selector `a` inherits from itself");
}

#[test]
fn selectors_are_shown_in_full() {
    let selectors = Selectors::from_yaml(
        &json!({"selectors": [
            {"name": "a1", "description": "hello", "definition": "2+tag:x+1"},
            {"name": "a2", "definition": "@a"},
            {"name": "a3", "definition": {"method": "selector", "value": "a1"}},
            {"name": "a5", "definition": {"union": ["a+", {"intersection": [{"tag": 5}, {"exclude": ["b"]}]}]}},
        ]}),
        &[],
    );
    let x = json!({
        "parents": true, "parents_depth": "2", "method": "tag", "value": "x", "children": true, "children_depth": "1",
    });
    let expected = json!({
        "a1": {"name": "a1", "description": "hello", "definition": x},
        "a2": {"name": "a2", "definition": {"childrens_parents": true, "method": "fqn", "value": "a"}},
        "a3": {"name": "a3", "definition": x},
        "a5": {"name": "a5", "definition": {"union": [
            {"method": "fqn", "value": "a", "children": true},
            {"intersection": [
                {"method": "tag", "value": 5}, {"exclude": [{"method": "fqn", "value": "b"}]},
            ]},
        ]}},
    });
    assert_eq!(selectors.unwrap().to_json(), expected);
}
