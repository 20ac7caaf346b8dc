//! Every materialization against Postgres: first run, second run, full refresh, a failure in the middle; and a view of
//! another owner on the relation, which must be there and right after each of them.

use crate::sandbox::Sandbox;

/// Lets another role put a view on `shop.<relation>`; gives the name of that view.
fn view_of_another_owner(shop: &Sandbox, relation: &str) -> String {
    let role = shop.other_role();
    shop.sql(&format!("grant select on shop.{relation} to {role}"));
    shop.sql(&format!("set role {role}; create view {role}.seen as select id, amount from shop.{relation}"));
    shop.sql(&format!("set role {role}; grant select on {role}.seen to public"));
    format!("{role}.seen")
}

/// Rows of the other owner's view, as that role reads them through a relation on which it must still have its grant; and the view
/// is still that role's, with what it has granted on it.
fn seen(shop: &Sandbox, view: &str) -> String {
    let role = view.trim_end_matches(".seen");
    let kept = shop.sql(&format!(
        "select relowner::regrole = '{role}'::regrole, relacl::text like '%,=r/{role}%' from pg_class where oid = '{view}'::regclass"
    ));
    assert_eq!(kept, "t | t", "the view is there, with its owner and grants");
    shop.sql(&format!("set role {role}; select id, amount from {view} order by 1, 2"))
}

/// Relations of the schema, with what a run may have left behind.
fn relations(shop: &Sandbox) -> String {
    shop.sql("select relkind::text, relname from pg_class where relnamespace = 'shop'::regnamespace and relkind in ('r', 'v', 'm') order by 2")
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_view_is_replaced_under_what_stands_on_it() {
    let shop = Sandbox::new().file("models/sales.sql", "select 1 as id, 10 as amount");
    shop.succeeds("run");
    let view = view_of_another_owner(&shop, "sales");
    shop.write("models/sales.sql", "select 2 as id, 20 as amount, 'new' as note");
    shop.succeeds("run");
    assert_eq!(seen(&shop, &view), "2 | 20");
    shop.write("models/sales.sql", "select 'x' as note, 3 as id, 30 as amount");
    shop.succeeds("run --full-refresh");
    assert_eq!(seen(&shop, &view), "3 | 30");
    shop.write("models/sales.sql", "select nothing as id, 40 as amount");
    assert_eq!(shop.kiln("run").code, 1);
    assert_eq!(seen(&shop, &view), "3 | 30");
    assert_eq!(relations(&shop), "v | sales");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_table_is_replaced_under_what_stands_on_it() {
    let model =
        |rows: &str| format!("{{{{ config(materialized='table') }}}}\nselect * from (values {rows}) as x (id, amount)");
    let shop = Sandbox::new().file("models/sales.sql", &model("(1, 10)"));
    shop.succeeds("run");
    let view = view_of_another_owner(&shop, "sales");
    shop.write("models/sales.sql", &model("(1, 10), (2, 20)"));
    shop.succeeds("run");
    assert_eq!(seen(&shop, &view), "1 | 10\n2 | 20");
    shop.succeeds("run --full-refresh");
    assert_eq!(seen(&shop, &view), "1 | 10\n2 | 20");
    shop.write("models/sales.sql", &model("(3, 30 / 0)"));
    let failed = shop.kiln("run");
    assert!(failed.code == 1 && failed.says("division by zero"), "{failed}");
    assert_eq!(seen(&shop, &view), "1 | 10\n2 | 20");
    assert_eq!(relations(&shop), "r | sales");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_table_that_loses_a_column_in_use_is_left_as_it_was() {
    let shop =
        Sandbox::new().file("models/sales.sql", "{{ config(materialized='table') }} select 1 as id, 10 as amount");
    shop.succeeds("run");
    let view = view_of_another_owner(&shop, "sales");
    shop.write("models/sales.sql", "{{ config(materialized='table') }} select 2 as id");
    let failed = shop.kiln("run");
    assert!(failed.code == 1 && failed.says("other") && failed.says("seen"), "{failed}");
    assert_eq!(seen(&shop, &view), "1 | 10");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_failing_hook_after_the_swap_leaves_the_old_table() {
    let model = |config: &str, id: u32| {
        format!("{{{{ config(materialized='table'{config}) }}}} select {id} as id, {id}0 as amount")
    };
    let shop = Sandbox::new().file("models/sales.sql", &model("", 1));
    shop.succeeds("run");
    let view = view_of_another_owner(&shop, "sales");
    shop.write("models/sales.sql", &model(", post_hook='select 1 / 0'", 2));
    assert_eq!(shop.kiln("run").code, 1);
    assert_eq!(seen(&shop, &view), "1 | 10");
    assert_eq!(relations(&shop), "r | sales");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_view_becomes_a_table_and_a_table_a_view() {
    let model =
        |kind: &str, id: u32| format!("{{{{ config(materialized='{kind}') }}}} select {id} as id, {id}0 as amount");
    let shop = Sandbox::new().file("models/sales.sql", &model("view", 1));
    shop.succeeds("run");
    let view = view_of_another_owner(&shop, "sales");
    shop.write("models/sales.sql", &model("table", 2));
    shop.succeeds("run");
    assert_eq!((seen(&shop, &view), relations(&shop)), ("2 | 20".into(), "r | sales".into()));
    shop.write("models/sales.sql", &model("view", 3));
    shop.succeeds("run");
    assert_eq!((seen(&shop, &view), relations(&shop)), ("3 | 30".into(), "v | sales".into()));
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_relation_of_every_kind_becomes_one_of_every_other() {
    let kinds = ["view", "table", "materialized_view", "incremental"];
    let model =
        |kind: &str, id: u32| format!("{{{{ config(materialized='{kind}') }}}} select {id} as id, {id}0 as amount");
    let shop = Sandbox::new().file("models/sales.sql", &model("view", 1));
    shop.succeeds("run");
    let view = view_of_another_owner(&shop, "sales");
    let mut id = 1;
    // A way through all pairs, each step from the kind that the step before has left.
    for (from, to) in
        kinds.iter().flat_map(|from| kinds.iter().map(move |to| (from, to))).filter(|(from, to)| from != to)
    {
        // A table is one for an incremental model too, which would add to it.
        let words = if (*from, *to) == ("table", "incremental") { "run --full-refresh" } else { "run" };
        shop.write("models/sales.sql", &model(from, id + 1));
        shop.succeeds("run --full-refresh");
        assert_eq!(seen(&shop, &view), format!("{0} | {0}0", id + 1), "{from}");
        id += 2;
        shop.write("models/sales.sql", &model(to, id));
        shop.succeeds(words);
        assert_eq!(seen(&shop, &view), format!("{id} | {id}0"), "{from} to {to}");
        let kind = match *to {
            "view" => "v",
            "materialized_view" => "m",
            _ => "r",
        };
        assert_eq!(relations(&shop), format!("{kind} | sales"), "{from} to {to}");
    }
}

/// Runs a model on the rows of `shop.arrived`: first, again, after a failure, and in full.
fn incremental_rows(config: &str) -> Vec<String> {
    let model = format!(
        "{{{{ config(materialized='incremental', {config}) }}}}\nselect id, 100 / amount as amount from public.arrived"
    );
    let shop = Sandbox::new().file("models/sales.sql", &model);
    let mut states = Vec::new();
    shop.sql("create table public.arrived as select * from (values (1, 10), (2, 20)) as x (id, amount)");
    shop.succeeds("run");
    let view = view_of_another_owner(&shop, "sales");
    states.push(seen(&shop, &view).replace('\n', ", "));
    shop.sql("truncate public.arrived; insert into public.arrived values (2, 50), (3, 4)");
    shop.succeeds("run");
    states.push(seen(&shop, &view).replace('\n', ", "));
    shop.sql("insert into public.arrived values (4, 0)");
    let failed = shop.kiln("run");
    assert!(failed.code == 1 && failed.says("division by zero"), "{failed}");
    assert_eq!(seen(&shop, &view).replace('\n', ", "), states[1], "a failure changes no row");
    shop.sql("delete from public.arrived where id = 4");
    shop.succeeds("run --full-refresh");
    states.push(seen(&shop, &view).replace('\n', ", "));
    assert_eq!(relations(&shop), "r | sales");
    states
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn an_incremental_model_appends() {
    let states = incremental_rows("incremental_strategy='append'");
    assert_eq!(states, ["1 | 10, 2 | 5", "1 | 10, 2 | 2, 2 | 5, 3 | 25", "2 | 2, 3 | 25"]);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn an_incremental_model_deletes_and_inserts() {
    let states = incremental_rows("incremental_strategy='delete+insert', unique_key='id'");
    assert_eq!(states, ["1 | 10, 2 | 5", "1 | 10, 2 | 2, 3 | 25", "2 | 2, 3 | 25"]);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn an_incremental_model_merges() {
    let states = incremental_rows("incremental_strategy='merge', unique_key='id'");
    assert_eq!(states, ["1 | 10, 2 | 5", "1 | 10, 2 | 2, 3 | 25", "2 | 2, 3 | 25"]);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn an_incremental_model_takes_a_new_column_where_it_may() {
    let model = |config: &str, columns: &str| {
        format!("{{{{ config(materialized='incremental', {config}) }}}} select {columns}")
    };
    let shop = Sandbox::new()
        .file("models/sales.sql", &model("on_schema_change='append_new_columns'", "1 as id, 10 as amount"));
    shop.succeeds("run");
    let view = view_of_another_owner(&shop, "sales");
    shop.write(
        "models/sales.sql",
        &model("on_schema_change='append_new_columns'", "2 as id, 20 as amount, 'x' as note"),
    );
    shop.succeeds("run");
    assert_eq!(shop.sql("select * from shop.sales order by id"), "1 | 10 | null\n2 | 20 | x");
    shop.write("models/sales.sql", &model("on_schema_change='fail'", "3 as id"));
    assert_eq!(shop.kiln("run").code, 1);
    assert_eq!(seen(&shop, &view), "1 | 10\n2 | 20");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_seed_is_reloaded_under_what_stands_on_it() {
    let shop = Sandbox::new().file("seeds/prices.csv", "id,amount\n1,10\n");
    shop.succeeds("seed");
    let view = view_of_another_owner(&shop, "prices");
    shop.write("seeds/prices.csv", "id,amount\n1,10\n2,20\n");
    shop.succeeds("seed");
    assert_eq!(seen(&shop, &view), "1 | 10\n2 | 20");
    shop.write("seeds/prices.csv", "note,id,amount\nx,3,30\n");
    shop.succeeds("seed --full-refresh");
    assert_eq!(seen(&shop, &view), "3 | 30");
    shop.write("seeds/prices.csv", "note,id,amount\nx,4,40\ny,5,50,500\n");
    assert_ne!(shop.kiln("seed").code, 0);
    assert_eq!(seen(&shop, &view), "3 | 30");
    assert_eq!(relations(&shop), "r | prices");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_full_refresh_of_seeds_takes_the_projects_own_views_along() {
    let shop = Sandbox::new()
        .file("seeds/prices.csv", "id,amount\n1,10\n")
        .file("models/low.sql", "select * from {{ ref('prices') }}")
        .file("models/lower.sql", "select id from {{ ref('low') }}")
        .file("models/read.sql", "select id from {{ ref('prices') }}");
    shop.succeeds("build");
    shop.sql("create view public.theirs as select id from shop.read");
    shop.succeeds("build --full-refresh");
    assert_eq!(relations(&shop), "v | low\nv | lower\nr | prices\nv | read");
    // The next run makes them again, with the columns that the file has by then.
    shop.write("seeds/prices.csv", "id,price\n1,10\n");
    let said = shop.succeeds("seed --full-refresh").stdout;
    assert!(said.contains("made again by the next run: ") && said.contains("\"lower\""), "{said}");
    assert_eq!(relations(&shop), "r | prices\nv | read");
    assert_eq!(shop.sql("select * from public.theirs"), "1");
    shop.succeeds("run");
    assert_eq!(shop.sql("select price from shop.low"), "10");
    // A standing order drops only what no longer fits.
    shop.write("seeds/prices.csv", "id,cost\n1,10\n");
    shop.write("seeds/prices.yml", "seeds: [{name: prices, config: {full_refresh: true}}]");
    shop.succeeds("seed");
    assert_eq!(relations(&shop), "r | prices\nv | read");
    shop.succeeds("run");
    shop.succeeds("seed");
    assert_eq!(relations(&shop), "v | low\nv | lower\nr | prices\nv | read");
}

fn snapshot(config: &str) -> String {
    format!(
        "{{% snapshot history %}}\n{{{{ config(unique_key='id', {config}) }}}}\nselect * from public.prices\n{{% endsnapshot %}}\n"
    )
}

/// Versions of the snapshot: what, whether it holds now, and whether its row was deleted.
fn versions(shop: &Sandbox, more: &str) -> String {
    let sql = format!(
        "select id, amount, dbt_valid_to is null as holds{more} from shop.history order by id, dbt_valid_from, 2"
    );
    shop.sql(&sql).replace('\n', ", ")
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_snapshot_by_timestamp_keeps_versions() {
    let shop = Sandbox::new().file(
        "snapshots/history.sql",
        &snapshot("strategy='timestamp', updated_at='changed_at', hard_deletes='invalidate'"),
    );
    shop.sql("create table public.prices as select 1 as id, 10 as amount, timestamp '2010-12-01' as changed_at union all select 2, 20, '2010-12-01'");
    shop.succeeds("snapshot");
    let view = view_of_another_owner(&shop, "history");
    shop.succeeds("snapshot");
    assert_eq!(versions(&shop, ""), "1 | 10 | t, 2 | 20 | t");
    shop.sql("update public.prices set amount = 11, changed_at = '2010-12-02' where id = 1; delete from public.prices where id = 2");
    shop.succeeds("snapshot");
    assert_eq!(versions(&shop, ""), "1 | 10 | f, 1 | 11 | t, 2 | 20 | f");
    assert_eq!(
        shop.sql("select dbt_valid_from, dbt_valid_to from shop.history where id = 1 order by 1"),
        "2010-12-01 00:00:00 | 2010-12-02 00:00:00\n2010-12-02 00:00:00 | null"
    );
    assert_eq!(seen(&shop, &view), "1 | 10\n1 | 11\n2 | 20");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_snapshot_by_check_tells_deleted_rows() {
    let shop = Sandbox::new()
        .file("snapshots/history.sql", &snapshot("strategy='check', check_cols=['amount'], hard_deletes='new_record'"));
    shop.sql("create table public.prices as select 1 as id, 10 as amount union all select 2, 20");
    shop.succeeds("snapshot");
    let view = view_of_another_owner(&shop, "history");
    shop.sql("update public.prices set amount = 11 where id = 1; delete from public.prices where id = 2");
    shop.succeeds("snapshot");
    assert_eq!(
        versions(&shop, ", dbt_is_deleted"),
        "1 | 10 | f | False, 1 | 11 | t | False, 2 | 20 | f | False, 2 | 20 | t | True"
    );
    shop.write(
        "snapshots/history.sql",
        &snapshot("strategy='check', check_cols=['amount'], hard_deletes='new_record', post_hook='select 1/0'"),
    );
    shop.sql("update public.prices set amount = 12 where id = 1");
    assert_eq!(shop.kiln("snapshot").code, 1);
    assert_eq!(seen(&shop, &view), "1 | 10\n1 | 11\n2 | 20\n2 | 20", "a failure changes no row");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_snapshot_ignores_deleted_rows_unless_told() {
    let shop = Sandbox::new().file("snapshots/history.sql", &snapshot("strategy='check', check_cols='all'"));
    shop.sql("create table public.prices as select 1 as id, 10 as amount union all select 2, 20");
    shop.succeeds("snapshot");
    shop.sql("delete from public.prices where id = 2");
    shop.succeeds("snapshot");
    assert_eq!(versions(&shop, ""), "1 | 10 | t, 2 | 20 | t");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_snapshot_keeps_its_versions_through_failures_and_full_refreshes() {
    for strategy in ["strategy='timestamp', updated_at='changed_at'", "strategy='check', check_cols=['amount']"] {
        let config = format!("{strategy}, hard_deletes='invalidate'");
        let shop = Sandbox::new().file("snapshots/history.sql", &snapshot(&config));
        shop.sql("create table public.prices as select 1 as id, 10 as amount, timestamp '2010-12-01' as changed_at");
        shop.succeeds("snapshot");
        let view = view_of_another_owner(&shop, "history");
        shop.sql("update public.prices set amount = 11, changed_at = '2010-12-02'");
        shop.write("snapshots/history.sql", &snapshot(&format!("{config}, post_hook='select 1 / 0'")));
        let failed = shop.kiln("snapshot");
        assert!(failed.code == 1 && failed.says("division by zero"), "{failed}");
        assert_eq!((versions(&shop, ""), seen(&shop, &view)), ("1 | 10 | t".into(), "1 | 10".into()), "{strategy}");
        shop.write(
            "snapshots/history.sql",
            &snapshot(&config).replace("select *", "select id, 1 / (amount - 11) as amount, changed_at"),
        );
        let failed = shop.kiln("snapshot");
        assert!(failed.code == 1 && failed.says("division by zero"), "{failed}");
        assert_eq!((versions(&shop, ""), seen(&shop, &view)), ("1 | 10 | t".into(), "1 | 10".into()), "{strategy}");
        shop.write("snapshots/history.sql", &snapshot(&config));
        shop.succeeds("build --full-refresh");
        assert_eq!(versions(&shop, ""), "1 | 10 | f, 1 | 11 | t", "a full refresh does not forget versions");
        assert_eq!((seen(&shop, &view), relations(&shop)), ("1 | 10\n1 | 11".into(), "r | history".into()));
    }
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn tables_under_views_that_the_role_may_not_touch_are_filled_anew() {
    let shop = Sandbox::new()
        .file("models/sales.sql", "{{ config(materialized='table') }} select 1 as id, 10 as amount")
        .file("seeds/prices.csv", "id,amount\n1,10\n");
    let analyst = shop.other_role();
    let loader = format!("{analyst}_loader");
    shop.sql(&format!(
        "create role {loader}; alter schema shop owner to {loader}; grant create on database {} to {loader}",
        shop.database()
    ));
    let profile = shop.read("profiles.yml");
    shop.write("profiles.yml", &format!("{profile}      role: {loader}\n"));
    shop.succeeds("build");
    shop.sql(&format!("grant select on all tables in schema shop to {analyst}"));
    shop.sql(&format!(
        "set role {analyst}; create view {analyst}.seen as select s.id, s.amount + p.amount as amount from shop.sales s, shop.prices p"
    ));
    let view = format!("select id, amount from {analyst}.seen");
    shop.write("models/sales.sql", "{{ config(materialized='table') }} select 2 as id, 20 as amount");
    shop.succeeds("build");
    shop.succeeds("build --full-refresh");
    assert_eq!(shop.sql(&view), "2 | 30");
    shop.write("models/sales.sql", "{{ config(materialized='table') }} select 3 as id, 30 as amount, 'x' as note");
    shop.succeeds("build");
    assert_eq!((shop.sql(&view), shop.sql("select note from shop.sales")), ("3 | 40".into(), "x".into()));
    shop.write("models/sales.sql", "{{ config(materialized='table') }} select 4 as id, 1 / 0 as amount, 'x' as note");
    assert_eq!(shop.kiln("run").code, 1);
    shop.write("models/sales.sql", "{{ config(materialized='table') }} select 4 as id");
    let failed = shop.kiln("run");
    assert!(failed.code == 1 && failed.says("seen"), "{failed}");
    assert_eq!(shop.sql(&view), "3 | 40");
    assert_eq!(relations(&shop), "r | prices\nr | sales");
    shop.sql(&format!("drop view {analyst}.seen; drop owned by {loader} cascade; drop role {loader}"));
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_column_leaves_a_table_and_the_views_of_the_run_that_use_it() {
    let table = |columns: &str| format!("{{{{ config(materialized='table') }}}} select {columns}");
    let shop = Sandbox::new()
        .file("models/raw.sql", &table("1 as id, 10 as amount, 'x' as note"))
        .file("models/middle.sql", "select * from {{ ref('raw') }}")
        .file("models/top.sql", "select * from {{ ref('middle') }}");
    shop.succeeds("run");
    shop.write("models/raw.sql", &table("2 as id, 20 as amount"));
    let failed = shop.kiln("run --select raw");
    assert!(failed.code == 1 && failed.says("middle"), "what this run does not make again is not dropped: {failed}");
    assert_eq!(shop.sql("select * from shop.top"), "1 | 10 | x");
    shop.succeeds("run");
    assert_eq!(shop.sql("select * from shop.top"), "2 | 20");
    let view = view_of_another_owner(&shop, "top");
    shop.write("models/raw.sql", &table("3 as id, 30 as amount, 'new' as more"));
    shop.succeeds("run");
    assert_eq!((seen(&shop, &view), shop.sql("select * from shop.top")), ("3 | 30".into(), "3 | 30 | new".into()));
    shop.write("models/raw.sql", &table("4 as id, 40 as amount"));
    let failed = shop.kiln("run");
    assert!(failed.code == 1 && failed.says("seen"), "nobody makes the other owner's view again: {failed}");
    assert_eq!(seen(&shop, &view), "3 | 30");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn an_ephemeral_model_is_part_of_its_children() {
    let shop = Sandbox::new()
        .file("models/raw.sql", "{{ config(materialized='ephemeral') }} select 1 as id")
        .file("models/sales.sql", "with own as (select id + 1 as id from {{ ref('raw') }}) select * from own");
    shop.succeeds("build");
    assert_eq!((shop.sql("select id from shop.sales"), relations(&shop)), ("2".into(), "v | sales".into()));
    shop.write("models/raw.sql", "{{ config(materialized='ephemeral') }} select 2 as id");
    shop.succeeds("build");
    shop.succeeds("build --full-refresh");
    assert_eq!((shop.sql("select id from shop.sales"), relations(&shop)), ("3".into(), "v | sales".into()));
    shop.write("models/raw.sql", "{{ config(materialized='ephemeral') }} select nothing as id");
    let failed = shop.kiln("build");
    assert!(failed.code == 1 && failed.says("nothing"), "{failed}");
    assert_eq!((shop.sql("select id from shop.sales"), relations(&shop)), ("3".into(), "v | sales".into()));
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn an_ephemeral_model_is_written_with_those_that_it_uses() {
    let shop = Sandbox::new()
        .file("models/raw.sql", "{{ config(materialized='ephemeral') }} select 1 as id")
        .file("models/twice.sql", "{{ config(materialized='ephemeral') }} select id * 2 as id from {{ ref('raw') }}")
        .file("models/sales.sql", "select id from {{ ref('twice') }}");
    for command in ["compile", "build"] {
        shop.succeeds(command);
        let text = shop.read("target/compiled/shop/models/twice.sql");
        assert!(text.contains("__dbt__cte__raw as (") && text.contains("select 1 as id"), "{command}: {text}");
        let manifest: serde_json::Value = serde_json::from_str(&shop.read("target/manifest.json")).unwrap();
        assert_eq!(manifest["nodes"]["model.shop.twice"]["extra_ctes"][0]["id"], "model.shop.raw", "{command}");
    }
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_contract_is_checked_behind_the_header_of_its_query() {
    let shop = Sandbox::new()
        .file(
            "models/stamps.sql",
            "{% call set_sql_header(config) %}set local time zone 'Asia/Kolkata';{% endcall %}\n\
             select current_setting('timezone') as zone",
        )
        .file(
            "models/stamps.yml",
            "models:\n  - name: stamps\n    config: {materialized: table, contract: {enforced: true}}\n    \
             columns: [{name: zone, data_type: text}]\n",
        );
    shop.succeeds("run");
    assert_eq!(shop.sql("select zone from shop.stamps"), "Asia/Kolkata");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_foreign_key_refers_to_a_model_which_is_built_first() {
    let shop = Sandbox::new()
        .file("models/zones.sql", "select 1 as id, 'a' as name")
        .file("models/areas.sql", "select 1 as id, 1 as zone_id")
        .file(
            "models/m.yml",
            "models:
  - name: zones
    config: {materialized: table, contract: {enforced: true}}
    columns:
      - {name: id, data_type: int, constraints: [{type: primary_key}]}
      - {name: name, data_type: string}
  - name: areas
    config: {materialized: table, contract: {enforced: true}}
    constraints: [{type: foreign_key, columns: [zone_id], to: ref('zones'), to_columns: [id]}]
    columns: [{name: id, data_type: int}, {name: zone_id, data_type: int}]
",
        );
    shop.succeeds("run");
    let keys =
        "select confrelid::regclass from pg_constraint where conrelid = 'shop.areas'::regclass and contype = 'f'";
    assert_eq!(shop.sql(keys), "shop.zones");
    let manifest: serde_json::Value = serde_json::from_str(&shop.read("target/manifest.json")).unwrap();
    let areas = &manifest["nodes"]["model.shop.areas"];
    assert_eq!(areas["depends_on"]["nodes"][0], "model.shop.zones");
    assert_eq!(manifest["nodes"]["model.shop.zones"]["primary_key"][0], "id");
    assert!(areas["contract"]["checksum"].is_string() && areas["constraints"][0]["to"].to_string().contains("zones"));
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn constraints_of_a_view_warn_unless_they_say_not_to() {
    let shop = Sandbox::new().file("models/v.sql", "select 1 as id");
    let text = "models:\n  - name: v\n    config: {contract: {enforced: true}}\n    columns: [{name: id, data_type: int, constraints: [{type: not_null}]}]\n";
    shop.write("models/m.yml", text);
    let said = "Constraint types are not supported for view materializations";
    assert!(shop.succeeds("parse").says(said));
    shop.write("models/m.yml", &text.replace("not_null}", "not_null, warn_unsupported: false}"));
    assert!(!shop.succeeds("parse").says(said));
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn privileges_on_a_materialized_view_are_taken_back_when_it_is_refreshed() {
    let shop = Sandbox::new();
    let role = shop.other_role();
    let model =
        |grants: &str| format!("{{{{ config(materialized='materialized_view', grants={grants}) }}}}select 1 as id");
    let grants = "select count(*) from pg_class, aclexplode(relacl) where relname = 'totals' and grantee <> relowner";
    shop.write("models/totals.sql", &model(&format!("{{'select': ['{role}'], 'insert': ['{role}']}}")));
    shop.succeeds("build");
    assert_eq!(shop.sql(grants), "2");
    shop.write("models/totals.sql", &model(&format!("{{'select': ['{role}']}}")));
    shop.succeeds("build");
    assert_eq!(shop.sql(grants), "1");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_strategy_that_is_not_for_postgres_is_refused_before_anything_is_built() {
    let shop = Sandbox::new();
    for strategy in ["insert_overwrite", "nonsense"] {
        let config = format!("materialized='incremental', incremental_strategy='{strategy}'");
        shop.write("models/sales.sql", &format!("{{{{ config({config}) }}}} select 1 as id"));
        let failed = shop.kiln("run");
        assert!(failed.code == 1 && failed.says(strategy) && failed.says("Runtime Error"), "{failed}");
        assert!(failed.says("use one of `append`, `delete+insert`, `merge`, `microbatch`"), "{failed}");
        assert_eq!(relations(&shop), "");
    }
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn names_with_blanks_and_quotes_are_built_twice() {
    let query = "select 1 as \"the key\", 'x' as \"quo\"\"te\"";
    let key = "unique_key='\"the key\"'";
    let shop = Sandbox::new()
        .file("models/merged.sql", &format!("{{{{ config(materialized='incremental', incremental_strategy='merge', {key}) }}}}{query}"))
        .file("models/table.sql", &format!("{{{{ config(materialized='table', alias='The.Table') }}}}{query}"))
        .file(
            "snapshots/history.sql",
            &format!("{{% snapshot history %}}{{{{ config(strategy='check', check_cols='all', {key}) }}}}{query}{{% endsnapshot %}}"),
        );
    for _ in 0..2 {
        shop.succeeds("build");
    }
    assert_eq!(shop.sql("select \"the key\", \"quo\"\"te\" from shop.merged"), "1 | x");
}
