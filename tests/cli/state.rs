//! `--state`: deferral to another environment, and selection of what has changed.

use crate::sandbox::Sandbox;

/// A project with a chain of two models, and an output `prod` beside `dev`.
fn shop() -> Sandbox {
    let shop = Sandbox::new()
        .file("models/a.sql", "{{ config(materialized='table') }}\nselect 1 as id")
        .file("models/b.sql", "select id from {{ ref('a') }}");
    let profile = shop.read("profiles.yml");
    let (head, dev) = profile.split_once("    dev:\n").unwrap();
    let prod = dev.replace("schema: shop", "schema: prod");
    shop.write("profiles.yml", &format!("{head}    dev:\n{dev}    prod:\n{prod}"));
    shop
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn what_is_not_built_here_is_taken_from_the_state() {
    let shop = shop();
    shop.succeeds("run --target prod --target-path prod");
    shop.succeeds("run -s b --defer --state prod");
    assert!(shop.read("target/compiled/shop/models/b.sql").contains("\"prod\".\"a\""));
    shop.succeeds("run -s a");
    shop.succeeds("run -s b --defer --state prod");
    assert!(shop.read("target/compiled/shop/models/b.sql").contains("\"shop\".\"a\""));
    shop.succeeds("run -s b --defer --favor-state --state prod");
    assert!(shop.read("target/compiled/shop/models/b.sql").contains("\"prod\".\"a\""));
    shop.succeeds("run --defer --favor-state --defer-state prod");
    assert!(shop.read("target/compiled/shop/models/b.sql").contains("\"shop\".\"a\""));
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_macro_sees_the_relation_that_a_node_is_deferred_to() {
    let shop = shop();
    shop.write("models/c.sql", "-- there: {{ defer_relation }}\nselect 1 as x");
    shop.succeeds("run --target prod --target-path prod");
    shop.succeeds("run -s c --defer --state prod");
    assert!(shop.read("target/compiled/shop/models/c.sql").contains("\"prod\".\"c\""));
    shop.succeeds("run -s c --state prod");
    assert!(shop.read("target/compiled/shop/models/c.sql").contains("there: None"));
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn deferral_needs_a_state_with_a_manifest() {
    let shop = shop();
    insta::assert_snapshot!(shop.kiln("run --defer"), @r#"
    exit code: 2
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Encountered an error:
              Runtime Error
                `--state` or `--defer-state` is needed for deferral, but neither was given
                hint: name the folder that holds the other environment's manifest.json

    --- stderr
    "#);
    insta::assert_snapshot!(shop.kiln("run --defer --state nowhere"), @r#"
    exit code: 2
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Encountered an error:
              Runtime Error
                there is no manifest.json in the folder of `--state`: `PROJECT/nowhere`

    --- stderr
    "#);
}
