//! Materialized views: refreshed where they are as configured, changed as `on_configuration_change` says, made anew in full.

use crate::sandbox::Sandbox;

/// A model on `public.arrived` with these configs.
fn model(config: &str) -> String {
    format!("{{{{ config(materialized='materialized_view'{config}) }}}}\nselect id, amount from public.arrived")
}

fn shop(config: &str) -> Sandbox {
    let shop = Sandbox::new().file("models/sales.sql", &model(config));
    shop.sql("create table public.arrived as select 1 as id, 10 as amount");
    shop
}

/// What its indexes are on, in the order of their words.
fn indexes(shop: &Sandbox) -> String {
    let sql = "select regexp_replace(pg_get_indexdef(indexrelid), '^CREATE (UNIQUE )?INDEX .* USING ', '\\1') from pg_index \
               where indrelid = 'shop.sales'::regclass order by 1";
    shop.sql(sql).replace('\n', ", ")
}

fn oid(shop: &Sandbox) -> String {
    shop.sql("select 'shop.sales'::regclass::oid::bigint")
}

fn amounts(shop: &Sandbox) -> String {
    shop.sql("select string_agg(amount::text, ', ' order by amount) from shop.sales")
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn one_as_configured_is_refreshed_and_its_query_waits_for_a_full_refresh() {
    let shop = shop(", indexes=[{'columns': ['id'], 'unique': true}]");
    shop.succeeds("run");
    let first = oid(&shop);
    shop.sql("insert into public.arrived values (2, 20)");
    let again = shop.succeeds("run");
    assert!(again.says("[REFRESH MATERIALIZED VIEW in"), "{again}");
    assert_eq!((amounts(&shop), oid(&shop)), ("10, 20".into(), first.clone()));
    let edited = shop.read("models/sales.sql").replace("amount from", "amount * 2 as amount from");
    shop.write("models/sales.sql", &edited);
    shop.succeeds("run");
    assert_eq!((amounts(&shop), oid(&shop)), ("10, 20".into(), first.clone()));
    shop.succeeds("run --full-refresh");
    assert_eq!((amounts(&shop), indexes(&shop)), ("20, 40".into(), "UNIQUE btree (id)".into()));
    assert_ne!(oid(&shop), first);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn changed_indexes_are_applied_to_the_view_that_is_there() {
    let shop = shop(", indexes=[{'columns': ['id']}, {'columns': ['amount']}]");
    shop.succeeds("run");
    let first = oid(&shop);
    assert_eq!(indexes(&shop), "btree (amount), btree (id)");
    shop.write(
        "models/sales.sql",
        &model(", indexes=[{'columns': ['amount']}, {'columns': ['amount', 'id'], 'unique': true}, {'columns': ['id'], 'type': 'hash'}]"),
    );
    shop.succeeds("run");
    assert_eq!(indexes(&shop), "UNIQUE btree (amount, id), btree (amount), hash (id)");
    shop.write("models/sales.sql", &model(""));
    shop.succeeds("run");
    assert_eq!((indexes(&shop), oid(&shop)), (String::new(), first));
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn changed_indexes_are_left_alone_where_the_policy_says_so() {
    let shop = shop(", on_configuration_change='continue', indexes=[{'columns': ['id']}]");
    shop.succeeds("run");
    shop.sql("insert into public.arrived values (2, 20)");
    shop.write("models/sales.sql", &model(", on_configuration_change='continue', indexes=[{'columns': ['amount']}]"));
    let told = shop.succeeds("run");
    assert!(told.says("`on_configuration_change` was set to `continue`") && told.says("[skip "), "{told}");
    assert_eq!((indexes(&shop), amounts(&shop)), ("btree (id)".into(), "10".into()));
    shop.write("models/sales.sql", &model(", on_configuration_change='fail', indexes=[{'columns': ['amount']}]"));
    let failed = shop.kiln("run");
    assert!(failed.code == 1 && failed.says("`on_configuration_change` was set to `fail`"), "{failed}");
    assert_eq!((indexes(&shop), amounts(&shop)), ("btree (id)".into(), "10".into()));
    shop.succeeds("run --full-refresh");
    assert_eq!((indexes(&shop), amounts(&shop)), ("btree (amount)".into(), "10, 20".into()));
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_policy_that_does_not_exist_is_told_at_parsing() {
    let shop = Sandbox::new().file("models/sales.sql", &model(", on_configuration_change='ignore'"));
    let failed = shop.kiln("parse");
    assert_eq!(failed.code, 2);
    assert!(
        failed.says("`on_configuration_change` must be one of `apply`, `continue`, `fail`, not `ignore`"),
        "{failed}"
    );
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_failure_leaves_the_view_as_it_was() {
    let shop = shop(", indexes=[{'columns': ['id']}]");
    shop.succeeds("run");
    let first = oid(&shop);
    shop.sql("insert into public.arrived values (2, 20)");
    for config in [
        ", indexes=[{'columns': ['nothing']}]",
        ", indexes=[{'columns': ['id'], 'unique': true}], post_hook='select 1 / 0'",
    ] {
        shop.write("models/sales.sql", &model(config));
        for words in ["run", "run --full-refresh"] {
            let failed = shop.kiln(words);
            assert_eq!(failed.code, 1, "{failed}");
            assert_eq!((indexes(&shop), amounts(&shop), oid(&shop)), ("btree (id)".into(), "10".into(), first.clone()));
        }
    }
    let rest = "select relname from pg_class where relnamespace = 'shop'::regnamespace and relkind <> 'i'";
    assert_eq!(shop.sql(rest), "sales");
}
