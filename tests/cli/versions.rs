//! Versions of models: their files, ids and names, references with and without a version, deprecation.

use crate::sandbox::Sandbox;

fn versioned() -> Sandbox {
    Sandbox::new()
        .file(
            "models/m.yml",
            "models:
  - name: orders
    latest_version: 2
    columns:
      - {name: id, data_type: integer, data_tests: [not_null]}
      - {name: note, data_type: text}
    versions:
      - v: 1
        deprecation_date: 2020-01-01
        columns: [{include: all, exclude: [note]}]
      - v: 2
        config: {materialized: table}
      - {v: 3, defined_in: orders_next}
",
        )
        .file("models/orders_v1.sql", "select 1 as id")
        .file("models/orders_v2.sql", "select 2 as id, 'b' as note")
        .file("models/orders_next.sql", "select 3 as id, 'c' as note")
        .file(
            "models/uses.sql",
            "select id from {{ ref('orders') }} union all select id from {{ ref('orders', v=1) }}
             union all select id from {{ ref('orders', version='3') }}",
        )
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_reference_without_a_version_means_the_latest() {
    let shop = versioned();
    let output = shop.kiln("build");
    assert_eq!(output.code, 0, "{output}");
    assert!(output.says("sql table model") && output.says("orders_v2"), "{output}");
    assert!(output.says("Model orders.v1 has passed its deprecation date of 2020-01-01T00:00:00"), "{output}");
    assert!(output.says("Found a reference to orders.v1, which was deprecated on"), "{output}");
    assert!(output.says("A prerelease version 3 is available."), "{output}");
    assert_eq!(shop.sql("select id from shop.uses order by 1"), "1\n2\n3");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn versions_have_ids_and_names_of_their_own() {
    let shop = versioned();
    assert_eq!(
        shop.kiln("ls --output name --resource-type model -q").stdout,
        "orders.v1\norders.v2\norders.v3\nuses\n"
    );
    let chosen = shop.kiln("ls -q --resource-type model -s version:latest version:old,orders.v1");
    assert_eq!(chosen.stdout, "shop.orders.v1\nshop.orders.v2\n");
    let manifest = serde_json::from_str::<serde_json::Value>(&shop.read("target/manifest.json")).unwrap();
    let first = &manifest["nodes"]["model.shop.orders.v1"];
    assert_eq!((&first["version"], &first["latest_version"]), (&1.into(), &2.into()));
    assert_eq!(first["columns"].as_object().map(|columns| columns.len()), Some(1));
    assert!(
        manifest["nodes"].as_object().is_some_and(|nodes| nodes.keys().any(|id| id.contains("not_null_orders_v3_id")))
    );
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_version_that_is_not_there_is_named() {
    let shop = versioned().file("models/wrong.sql", "select * from {{ ref('orders', v=9) }}");
    let output = shop.kiln("parse");
    assert_eq!(output.code, 2, "{output}");
    assert!(output.says("depends on a node named 'orders' with version '9' which was not found"), "{output}");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_latest_version_must_be_one_of_the_versions() {
    let shop = Sandbox::new()
        .file("models/m.yml", "models: [{name: orders, latest_version: 5, versions: [{v: 1}, {v: 2}]}]")
        .file("models/orders_v1.sql", "select 1 as id")
        .file("models/orders_v2.sql", "select 1 as id");
    let output = shop.kiln("parse");
    assert_eq!(output.code, 2, "{output}");
    assert!(output.says("latest_version: 5 is not one of model 'orders' versions: [1, 2]"), "{output}");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn the_latest_version_may_have_a_file_without_its_number() {
    let shop = Sandbox::new()
        .file("models/m.yml", "models: [{name: orders, versions: [{v: 1}, {v: 2}]}]")
        .file("models/orders_v1.sql", "select 1 as id")
        .file("models/orders.sql", "select 2 as id");
    shop.succeeds("run");
    assert_eq!(shop.sql("select o.id, l.id from shop.orders_v1 o, shop.orders_v2 l"), "1 | 2");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn an_exposure_is_in_no_group_and_sees_nothing_private() {
    let shop = Sandbox::new()
        .file("models/secret.sql", "select 1 as id")
        .file("models/friend.sql", "select * from {{ ref('secret') }}")
        .file(
            "models/all.yml",
            "groups: [{name: finance, owner: {email: a@b.c}}]
models:
  - {name: secret, config: {access: private, group: finance}}
  - {name: friend, config: {group: finance}}
",
        );
    shop.succeeds("parse");
    shop.write(
        "models/exposures.yml",
        "exposures: [{name: page, type: dashboard, owner: {email: a@b.c}, depends_on: [ref('secret')]}]",
    );
    let output = shop.kiln("parse");
    assert_eq!(output.code, 2, "{output}");
    let said =
        "Node exposure.shop.page attempted to reference node model.shop.secret, which is not allowed because the";
    assert!(output.says(said) && output.says("private to the 'finance' group"), "{output}");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_shown_model_bears_its_version() {
    let shop = versioned();
    let shown = shop.succeeds("show -q -s orders.v2 --output json").stdout;
    assert!(shown.contains(r#""node": "orders.v2""#), "{shown}");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn the_latest_version_has_a_view_where_it_is_asked_for() {
    let shop = Sandbox::new()
        .file("models/dim_v1.sql", "select 1 as id")
        .file("models/dim_v2.sql", "{{ config(materialized='table') }} select 2 as id, 'x' as note")
        .file("models/dim.yml", "models: [{name: dim, latest_version: 2, versions: [{v: 1}, {v: 2}]}]");
    let kinds = |shop: &Sandbox| {
        shop.sql(
            "select relname || ' ' || relkind::text from pg_class where relnamespace = 'shop'::regnamespace order by 1",
        )
    };
    shop.succeeds("run");
    assert_eq!(kinds(&shop), "dim_v1 v\ndim_v2 r");
    let asked = |config: &str| {
        format!(
            "models: [{{name: dim, latest_version: 2, config: {{latest_version_pointer: {config}}}, versions: [{{v: 1}}, {{v: 2}}]}}]"
        )
    };
    shop.write("models/dim.yml", &asked("true"));
    shop.succeeds("run");
    assert_eq!(kinds(&shop), "dim v\ndim_v1 v\ndim_v2 r");
    assert_eq!(shop.sql("select * from shop.dim"), "2 | x");
    // A column that goes is no hindrance: the view is made again.
    shop.write("models/dim_v2.sql", "{{ config(materialized='table') }} select 3 as id");
    shop.succeeds("run");
    assert_eq!(shop.sql("select * from shop.dim"), "3");
    shop.write("models/dim.yml", &asked("{enabled: true, alias: newest}"));
    shop.succeeds("run");
    assert_eq!(shop.sql("select * from shop.newest"), "3");
    shop.write("models/dim.yml", &asked("{enabled: true, alias: dim_v2}"));
    let refused = shop.kiln("run");
    assert!(refused.code == 1 && refused.says("its relation is called `dim_v2` itself"), "{refused}");
}
