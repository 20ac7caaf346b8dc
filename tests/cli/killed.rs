//! A kiln that is killed in the middle of a node: readers have the old rows at once, and the next run is right, soon, and leaves
//! nothing behind.

use std::time::{Duration, Instant};

use crate::sandbox::{Sandbox, wait_until};

/// Sleeps at the end of a node's transaction, when all but the commit is done.
const SLEEP: &str = "post_hook='select pg_sleep(120)'";

/// Statements with `pg_sleep` that run in the database.
fn is_sleeping(shop: &Sandbox) -> bool {
    let asked = "select count(*) from pg_stat_activity
        where datname = current_database() and state = 'active' and pid <> pg_backend_pid() and query like '%pg_sleep(%'";
    shop.sql(asked) != "0"
}

/// Lets another role put a view on `shop.sales`.
fn view_of_another_owner(shop: &Sandbox) -> String {
    let role = shop.other_role();
    shop.sql(&format!("grant select on shop.sales to {role}"));
    shop.sql(&format!("set role {role}; create view {role}.seen as select id, amount from shop.sales"));
    role
}

fn seen(shop: &Sandbox, role: &str) -> String {
    shop.sql(&format!("set role {role}; select id, amount from {role}.seen order by 1, 2")).replace('\n', ", ")
}

/// Builds `quick`, kills kiln in the middle of `slow`, builds `next`; gives what the other owner's view shows after each.
fn rows_around_a_kill(path: &str, [quick, slow, next]: [&str; 3]) -> [String; 3] {
    let shop = Sandbox::new();
    shop.sql("create table public.arrived as select 1 as id, 10 as amount");
    shop.write(path, quick);
    shop.succeeds("build");
    shop.sql(
        "create table shop.sales__dbt_tmp_of_mine as select 1 as id; create view shop.sales__old as select 2 as id",
    );
    let role = view_of_another_owner(&shop);
    let before = seen(&shop, &role);
    shop.sql("insert into public.arrived values (2, 20)");
    shop.write(path, slow);
    let run = shop.spawn("build");
    wait_until("the node is nearly done", || is_sleeping(&shop));
    run.signal("KILL");
    run.wait();
    shop.write(path, next);
    let since = Instant::now();
    let during = std::thread::scope(|scope| {
        let build = scope.spawn(|| shop.succeeds("build"));
        build.join().unwrap();
        seen(&shop, &role)
    });
    assert!(since.elapsed() < Duration::from_secs(30), "nobody waits for what the killed one was doing");
    shop.succeeds("build");
    let relations = "select relname from pg_class where relnamespace = 'shop'::regnamespace and relkind in ('r', 'v', 'm') order by 1";
    assert_eq!(shop.sql(relations), "sales\nsales__dbt_tmp_of_mine\nsales__old");
    [before, during, seen(&shop, &role)]
}

fn model(config: &str) -> String {
    format!("{{{{ config({config}) }}}} select id, amount from public.arrived")
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_table_is_right_after_a_kill() {
    let quick = model("materialized='table'");
    let rows =
        rows_around_a_kill("models/sales.sql", [&quick, &model(&format!("materialized='table', {SLEEP}")), &quick]);
    assert_eq!(rows, ["1 | 10", "1 | 10, 2 | 20", "1 | 10, 2 | 20"]);
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn an_incremental_model_is_right_after_a_kill() {
    let config = "materialized='incremental', incremental_strategy='append'";
    let text = |config: &str| {
        format!(
            "{} where id > {{{{ '(select max(id) from ' ~ this ~ ')' if is_incremental() else 0 }}}}",
            model(config)
        )
    };
    let quick = text(config);
    let rows = rows_around_a_kill("models/sales.sql", [&quick, &text(&format!("{config}, {SLEEP}")), &quick]);
    assert_eq!(rows, ["1 | 10", "1 | 10, 2 | 20", "1 | 10, 2 | 20"]);
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_snapshot_is_right_after_a_kill() {
    let text = |more: &str| {
        let config = format!("unique_key='id', strategy='check', check_cols=['amount']{more}");
        format!(
            "{{% snapshot sales %}}{{{{ config({config}) }}}} select id, amount from public.arrived{{% endsnapshot %}}"
        )
    };
    let quick = text("");
    let rows = rows_around_a_kill("snapshots/sales.sql", [&quick, &text(&format!(", {SLEEP}")), &quick]);
    assert_eq!(rows, ["1 | 10", "1 | 10, 2 | 20", "1 | 10, 2 | 20"]);
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_seed_is_right_after_a_kill() {
    for refresh in ["", " --full-refresh"] {
        let shop = Sandbox::new().file("seeds/sales.csv", "id,amount\n1,10\n");
        shop.succeeds("seed");
        let role = view_of_another_owner(&shop);
        shop.write("seeds/sales.csv", "id,amount\n1,10\n2,20\n");
        shop.write("seeds/sales.yml", "seeds:\n  - name: sales\n    config: {post_hook: 'select pg_sleep(120)'}\n");
        let run = shop.spawn(&format!("seed{refresh}"));
        wait_until("the seed is nearly loaded", || is_sleeping(&shop));
        run.signal("KILL");
        run.wait();
        wait_until("the server has noticed", || !is_sleeping(&shop));
        assert_eq!(seen(&shop, &role), "1 | 10");
        shop.remove("seeds/sales.yml");
        shop.succeeds(&format!("seed{refresh}"));
        assert_eq!(seen(&shop, &role), "1 | 10, 2 | 20");
    }
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn what_another_tool_has_left_under_the_intermediate_name_is_cleared_away() {
    let shop = Sandbox::new().file("models/sales.sql", "{{ config(materialized='table') }} select 1 as id");
    shop.succeeds("run");
    shop.sql("create table shop.sales__dbt_tmp as select 2 as id");
    shop.succeeds("run");
    let relations = "select relname from pg_class where relnamespace = 'shop'::regnamespace and relkind in ('r', 'v')";
    assert_eq!((shop.sql(relations), shop.sql("select id from shop.sales")), ("sales".into(), "1".into()));
    shop.sql("create table shop.sales__dbt_tmp as select 2 as id; create view shop.mine as select id from shop.sales__dbt_tmp");
    let failed = shop.kiln("run");
    assert!(failed.code == 1 && failed.says("mine"), "nothing foreign goes with it: {failed}");
    assert_eq!((shop.sql("select id from shop.mine"), shop.sql("select id from shop.sales")), ("2".into(), "1".into()));
}
