//! `clone`: another environment's relations as views in this one.

use crate::sandbox::Sandbox;

fn two_environments() -> Sandbox {
    let shop = Sandbox::new()
        .file("seeds/raw.csv", "id,amount\n1,10\n2,20\n")
        .file("models/big.sql", "{{ config(materialized='table') }} select * from {{ ref('raw') }} where amount > 10")
        .file("models/passing.sql", "{{ config(materialized='ephemeral') }} select 1 as one")
        .file("models/all_of_it.sql", "select count(*) as many from {{ ref('big') }}");
    shop.succeeds("build");
    shop.shell("cp -r target state");
    let profile = shop.read("profiles.yml").replace("schema: shop", "schema: mine");
    shop.write("profiles.yml", &profile);
    shop
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn every_relation_of_the_other_environment_becomes_a_view() {
    let shop = two_environments();
    let cloned = shop.succeeds("clone --state state");
    insta::assert_snapshot!(cloned.stdout, @r"
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Found 3 models, 1 seed, MANY macros
    TIME
    TIME  Concurrency: 2 threads (target='dev')
    TIME
    TIME
    TIME  Completed successfully
    TIME
    TIME  Done. PASS=3 WARN=0 ERROR=0 SKIP=0 NO-OP=0 TOTAL=3
    ");
    assert_eq!(shop.sql("select many from mine.all_of_it"), "1");
    assert_eq!(shop.sql("select id from mine.big"), "2");
    let kinds = "select relname, relkind::text from pg_class where relnamespace = 'mine'::regnamespace order by 1";
    assert_eq!(shop.sql(kinds), "all_of_it | v\nbig | v\nraw | v");
    // What is there already stays, but for a full refresh.
    shop.sql("drop view mine.big; create view mine.big as select 0 as id, 0 as amount");
    let again = shop.succeeds("clone --state state -s big");
    assert!(again.stdout.contains("\"mine\".\"big\" already exists"), "{}", again.stdout);
    assert_eq!(shop.sql("select id from mine.big"), "0");
    shop.succeeds("clone --state state -s big --full-refresh");
    assert_eq!(shop.sql("select id from mine.big"), "2");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn clone_needs_a_state_and_leaves_out_what_it_does_not_know() {
    let shop = two_environments();
    let bare = shop.kiln("clone");
    assert_eq!(bare.code, 2);
    assert!(bare.stdout.contains("`--state` or `--defer-state` is needed"), "{}", bare.stdout);
    shop.write("models/fresh.sql", "select 1 as one");
    let cloned = shop.succeeds("clone --state state -s fresh");
    assert!(cloned.stdout.contains("the other environment has no relation for model.shop.fresh"), "{}", cloned.stdout);
}
