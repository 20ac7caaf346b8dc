//! `source freshness`: what is asked, how it is judged, and what others read of it.

use crate::sandbox::Sandbox;

/// A source `raw` with a table that has new rows, one without any, and one that nobody can ask.
fn shop() -> Sandbox {
    let shop = Sandbox::new()
        .file(
            "models/raw.yml",
            "sources:\n  - name: raw\n    schema: public\n    freshness: {warn_after: {count: 1, period: day}}\n    \
             tables:\n      - {name: new, loaded_at_field: at}\n      - {name: empty, loaded_at_field: at}\n      \
             - name: unknown\n",
        )
        .file("models/orders.sql", "select * from {{ source('raw', 'new') }}");
    shop.sql("create table public.new as select now() as at");
    shop.sql("create table public.empty (at timestamptz)");
    shop.sql("create table public.unknown (at timestamptz)");
    shop
}

fn results(shop: &Sandbox) -> Vec<serde_json::Value> {
    let written: serde_json::Value = serde_json::from_str(&shop.read("target/sources.json")).unwrap();
    written["results"].as_array().unwrap().clone()
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn an_empty_source_is_as_old_as_can_be() {
    let shop = shop();
    shop.succeeds("source freshness -s raw.empty");
    let results = results(&shop);
    assert_eq!(results[0]["max_loaded_at"], "0001-01-01T00:00:00+00:00");
    assert_eq!(results[0]["status"], "warn");
    assert!(results[0]["max_loaded_at_time_ago_in_s"].as_f64().unwrap() > 6e10);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_source_that_cannot_be_asked_fails() {
    let shop = shop();
    let output = shop.kiln("source freshness");
    assert_eq!(output.code, 1, "{output}");
    assert!(output.stdout.contains("ERROR freshness of raw.unknown"), "{output}");
    assert!(output.stdout.contains("but no `loaded_at_field` and no `loaded_at_query`"), "{output}");
    assert!(shop.kiln("parse").stdout.contains("source 'raw.unknown' needs a `loaded_at_field`"));
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn words_choose_sources_as_they_choose_nodes() {
    let shop = shop();
    let told = |words: &str| {
        let output = shop.kiln(&format!("source freshness {words}"));
        let mut ids: Vec<String> =
            results(&shop).iter().map(|result| result["unique_id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        (output.code, ids)
    };
    assert_eq!(told("-s +orders"), (0, vec!["source.shop.raw.new".to_owned()]));
    assert_eq!(told("-s raw.new"), (0, vec!["source.shop.raw.new".to_owned()]));
    assert_eq!(
        told("-s source:raw --exclude raw.unknown source:raw.empty"),
        (0, vec!["source.shop.raw.new".to_owned()])
    );
    assert_eq!(told("-s orders"), (0, Vec::new()), "nothing was asked, so nothing is known");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn the_first_failure_may_end_it() {
    let shop = shop();
    shop.sql("drop table public.empty");
    let output = shop.kiln("source freshness --fail-fast --threads 1");
    assert_eq!(output.code, 1, "{output}");
    assert_eq!(results(&shop).len(), 1, "{output}");
    shop.kiln("source freshness --threads 3");
    assert_eq!(results(&shop).len(), 3);
}
