//! What a selection takes: words, selectors, names and paths.

use crate::sandbox::Sandbox;

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_list_goes_to_stdout_and_may_be_cut_short() {
    let mut shop = Sandbox::new();
    for number in 0..2000 {
        shop = shop.file(&format!("models/m{number}.sql"), "select 1 as id");
    }
    assert_eq!(shop.succeeds("ls --quiet").stdout.lines().count(), 2000);
    insta::assert_snapshot!(shop.shell("kiln ls --quiet | head -n 1"), @r#"
    exit code: 0
    --- stdout
    shop.m0

    --- stderr
    "#);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn selections_take_what_they_name() {
    let shop = Sandbox::new()
        .file("models/raw.sql", "select 1 as id")
        .file("models/marts/sales.sql", "{{ config(tags=['daily']) }} select * from {{ ref('raw') }}")
        .file("models/marts/report.sql", "select * from {{ ref('sales') }}");
    let list = |words: &str| shop.succeeds(&format!("ls --quiet {words}")).stdout.trim().replace('\n', " ");
    assert_eq!(list("-s +sales"), "shop.raw shop.marts.sales");
    assert_eq!(list("-s tag:daily+"), "shop.marts.report shop.marts.sales");
    assert_eq!(list("-s marts --exclude sales"), "shop.marts.report");
    assert_eq!(list("-s sales+ --output name"), "report sales");
    // What a shell makes of an empty variable.
    assert_eq!(
        (list("-s ''").as_str(), list("--exclude ''").as_str()),
        ("", "shop.raw shop.marts.report shop.marts.sales")
    );
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_selector_may_be_the_default_of_one_target_alone() {
    let shop = Sandbox::new()
        .file("models/raw.sql", "select 1 as id")
        .file("models/report.sql", "select * from {{ ref('raw') }}")
        .file(
            "selectors.yml",
            "selectors: [{name: some, default: \"{{ target.name == var('which') }}\", definition: raw}]",
        );
    let list = |which: &str| shop.succeeds(&format!("ls -q --vars 'which: {which}'")).stdout;
    assert_eq!(list("dev"), "shop.raw\n");
    assert_eq!(list("prod"), "shop.raw\nshop.report\n");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_name_of_a_model_and_a_seed_means_the_seed() {
    let shop = Sandbox::new()
        .file("seeds/both.csv", "id\n7\n")
        .file("models/both.sql", "{{ config(alias='other') }} select 1 as id")
        .file("models/uses.sql", "select id from {{ ref('both') }}");
    shop.succeeds("build --selector ''");
    assert_eq!(shop.sql("select id from shop.uses"), "7");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn the_folder_of_a_resource_is_no_part_of_a_source_beside_it() {
    let source = "sources: [{name: raw, tables: [{name: t}]}]";
    let shop = Sandbox::new().file("snapshots/deep/s.yml", source);
    let listed = shop.succeeds("ls -q --output json --output-keys fqn --resource-type source").stdout;
    assert_eq!(listed.trim(), r#"{"fqn": ["shop", "deep", "raw", "t"]}"#);
}
