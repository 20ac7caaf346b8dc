//! `docs generate` and `docs serve`.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use crate::sandbox::{Sandbox, wait_until};

fn shop() -> Sandbox {
    Sandbox::new()
        .file("seeds/raw.csv", "id,name\n1,a\n")
        .file("models/orders.sql", "{{ config(materialized='table') }}\nselect id, name from {{ ref('raw') }}\n")
        .file("models/names.sql", "select name from {{ ref('orders') }}\n")
        .file(
            "models/models.yml",
            "models:\n  - name: orders\n    description: all </script> of them\n    columns: [{name: id, data_tests: [unique]}]\n\
             sources:\n  - name: here\n    schema: shop\n    tables: [{name: raw}, {name: missing}]\n",
        )
}

fn json(shop: &Sandbox, path: &str) -> Value {
    serde_json::from_str(&shop.read(path)).unwrap()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn the_catalog_has_the_columns_of_everything_that_is_there() {
    let shop = shop();
    shop.succeeds("build");
    insta::assert_snapshot!(shop.kiln("docs generate --static --no-use-colors"), @r"
    exit code: 0
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Found 2 models, 1 seed, 1 test, 2 sources, MANY macros
    TIME
    TIME  Concurrency: 2 threads (target='dev')
    TIME
    TIME  Building catalog
    TIME  Catalog written to PROJECT/target/catalog.json

    --- stderr
    ");
    let catalog = json(&shop, "target/catalog.json");
    assert_eq!(keys(&catalog["nodes"]), ["model.shop.names", "model.shop.orders", "seed.shop.raw"]);
    assert_eq!(keys(&catalog["sources"]), ["source.shop.here.raw"]);
    insta::assert_snapshot!(catalog["nodes"]["model.shop.names"]["columns"].to_string(), @r#"{"name":{"type":"text","index":1,"name":"name","comment":null}}"#);
    assert_eq!(catalog["nodes"]["model.shop.names"]["metadata"]["type"], "VIEW");
    assert_eq!(catalog["errors"], Value::Null);
    let manifest = json(&shop, "target/manifest.json");
    assert!(manifest["nodes"]["model.shop.names"]["compiled_code"].as_str().unwrap().contains("\"shop\".\"orders\""));
    let page = shop.read("target/static_index.html");
    assert!(page.contains("all \\u003c/script> of them") && page.contains("\"errors\":null"));
    assert!(shop.read("target/index.html").len() < page.len());
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_selection_limits_the_catalog() {
    let shop = shop();
    shop.succeeds("build");
    shop.succeeds("docs generate --select names");
    let catalog = json(&shop, "target/catalog.json");
    assert_eq!(keys(&catalog["nodes"]), ["model.shop.names"]);
    assert!(keys(&catalog["sources"]).is_empty());
    shop.succeeds("docs generate --empty-catalog");
    assert!(keys(&json(&shop, "target/catalog.json")["nodes"]).is_empty());
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn without_compiling_manifest_and_run_results_stay_as_they_are() {
    let shop = shop();
    shop.succeeds("build");
    shop.remove("target/manifest.json");
    let before = shop.read("target/run_results.json");
    shop.succeeds("docs generate --no-compile");
    assert!(!shop.path().join("target/manifest.json").exists());
    assert_eq!(shop.read("target/run_results.json"), before);
    assert_eq!(keys(&json(&shop, "target/catalog.json")["nodes"]).len(), 3);
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_node_that_does_not_compile_leaves_no_catalog() {
    let shop = shop().file("models/broken.sql", "select {{ nosuch.thing() }}\n");
    let output = shop.kiln("docs generate");
    assert_eq!(output.code, 2, "{output}");
    assert!(output.says("nosuch"), "{output}");
    assert!(!shop.path().join("target/catalog.json").exists());
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_project_answers_for_its_catalog_itself() {
    let shop = shop().file(
        "macros/catalog.sql",
        "{% macro get_catalog_relations(information_schema, relations) %}\
         {{ return(run_query(\"select 'nowhere' as table_database, 'x' as table_schema, 'y' as table_name\")) }}{% endmacro %}\n",
    );
    shop.succeeds("build");
    shop.succeeds("docs generate");
    assert!(keys(&json(&shop, "target/catalog.json")["nodes"]).is_empty());
    shop.write(
        "macros/catalog.sql",
        "{% macro get_catalog_relations(a, b) %}{{ return(run_query('select broken')) }}{% endmacro %}\n",
    );
    let output = shop.kiln("docs generate");
    assert_eq!(output.code, 1, "{output}");
    assert!(output.says("dbt encountered 1 failure while writing the catalog"), "{output}");
    let errors = json(&shop, "target/catalog.json")["errors"].clone();
    assert!(errors[0].as_str().unwrap().contains("column \"broken\" does not exist"), "{errors}");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn the_page_is_served_until_the_user_stops_it() {
    let shop = shop();
    let missing = shop.kiln("docs serve --no-browser --port 0");
    assert_eq!(missing.code, 2, "{missing}");
    shop.succeeds("docs generate --empty-catalog");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let running = shop.spawn(&format!("docs serve --no-browser --port {port}"));
    wait_until("the server answers", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    assert!(get(port, "/").starts_with("HTTP/1.1 200 OK"));
    assert!(get(port, "/catalog.json").contains("\"nodes\":{}"));
    assert!(get(port, "/../dbt_project.yml").starts_with("HTTP/1.1 403"));
    // A shell's background job, as the tests may run in one, ignores SIGINT.
    running.signal("TERM");
    let output = running.wait();
    assert!(output.says(&format!("Serving docs at http://127.0.0.1:{port}")), "{output}");
}

fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn the_manifest_tells_what_rendering_found() {
    let shop = Sandbox::new()
        .file(
            "dbt_project.yml",
            "name: shop\nprofile: shop\non-run-start: select 1\nquoting: {database: false, identifier: false}\n",
        )
        .file("macros/late.sql", "{% macro late() %}{{ deeper() }}{% endmacro %}{% macro deeper() %}1{% endmacro %}")
        .file("macros/blanks.sql", "\n{%- macro one() -%} 1 {%- endmacro -%}\n\n{% macro two() %}{{ two() }}{% endmacro %}\n")
        .file("models/raw.sql", "{{ config(post_hook=after_commit('select 2')) }} select 1 as id")
        .file("models/plain.sql", "select * from {{ source('s', 'raw') }}, {{ source('s', 'raw') }} as b -- {{ ref('raw') }}")
        .file(
            "models/twice.sql",
            "select {% if execute %}{{ late() }}{% endif %} as id from {{ source('s', 'raw') }}, {{ source('s', 'raw') }} as b, \
             {{ ref('raw') }} as c, {{ ref('raw') }} as d",
        )
        .file(
            "models/s.yml",
            "sources: [{name: s, schema: shop, tables: [{name: raw, quoting: {identifier: true}}]}]\n\
             models: [{name: raw, columns: [{name: id, data_tests: [unique]}]}]\n",
        );
    shop.succeeds("compile");
    let manifest: serde_json::Value = serde_json::from_str(&shop.read("target/manifest.json")).unwrap();
    let of = |id: &str, key: &str| manifest["nodes"][id][key].clone();
    assert_eq!(of("model.shop.twice", "refs").as_array().unwrap().len(), 2);
    assert_eq!(of("model.shop.twice", "sources"), serde_json::json!([["s", "raw"], ["s", "raw"]]));
    assert_eq!(of("model.shop.plain", "sources"), serde_json::json!([["s", "raw"]]));
    assert_eq!(of("model.shop.twice", "depends_on")["macros"], serde_json::json!(["macro.shop.late"]));
    assert_eq!(of("operation.shop.shop-on-run-start-0", "compiled_code"), "select 1");
    // The blanks count when manifests are compared.
    let hook = "\n    \n    {\"sql\": \"select 2\", \"transaction\": false}\n\n";
    assert_eq!(of("model.shop.raw", "unrendered_config")["post-hook"], hook);
    // `source()` does not take the quoting of the project, what the manifest tells does.
    let database = shop.database();
    assert_eq!(manifest["sources"]["source.shop.s.raw"]["relation_name"], format!("{database}.\"shop\".\"raw\""));
    assert!(
        of("model.shop.plain", "compiled_code").as_str().unwrap().contains(&format!("\"{database}\".\"shop\".\"raw\""))
    );
    let text = |name: &str| manifest["macros"][format!("macro.shop.{name}")]["macro_sql"].clone();
    assert_eq!(
        (text("one"), text("two")),
        ("\n{%- macro one() -%} 1 {%- endmacro -%}\n\n".into(), "{% macro two() %}{{ two() }}{% endmacro %}".into())
    );
    assert_eq!(manifest["macros"]["macro.shop.two"]["depends_on"]["macros"], serde_json::json!(["macro.shop.two"]));
    let results = shop.read("target/run_results.json");
    assert!(results.contains("operation.shop.shop-on-run-start-0"), "{results}");
    let test = manifest["nodes"].as_object().unwrap().iter().find(|(id, _)| id.starts_with("test.")).unwrap().1;
    assert_eq!(
        test["depends_on"]["macros"],
        serde_json::json!(["macro.dbt.test_unique", "macro.dbt.get_where_subquery"])
    );
}
