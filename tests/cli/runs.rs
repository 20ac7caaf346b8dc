//! Runs that meet each other, are interrupted, or are killed; and the time zone that they see.

use std::time::{Duration, Instant};

use crate::sandbox::{Sandbox, wait_until};
use crate::server::berlin;

/// Statements with `pg_sleep` that run in the database.
fn sleeping(shop: &Sandbox) -> bool {
    let asked = "select count(*) from pg_stat_activity
        where datname = current_database() and state = 'active' and pid <> pg_backend_pid() and query like '%pg_sleep(%'";
    shop.sql(asked) != "0"
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn two_runs_of_a_project_do_not_overlap() {
    let shop =
        Sandbox::new().file("models/slow.sql", "{{ config(materialized='table') }} select 1 as id from pg_sleep(30)");
    let first = shop.spawn("run");
    wait_until("the model runs", || sleeping(&shop));
    let refused = shop.kiln("run --no-wait");
    assert_ne!(refused.code, 0, "{refused}");
    assert!(refused.says("another run") || refused.says("another kiln"), "{refused}");
    assert!(refused.says("process"), "it names the holder: {refused}");
    first.signal("INT");
    assert_eq!(first.wait().code, 1);
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn runs_in_schemas_of_their_own_do_not_wait_for_each_other() {
    let shop = Sandbox::new().file(
        "models/slow.sql",
        "{{ config(materialized='table') }} select 1 as id from pg_sleep({{ var('seconds', 0) }})",
    );
    let first = shop.spawn("run --vars 'seconds: 30'");
    wait_until("the model runs", || sleeping(&shop));
    let profile = shop.read("profiles.yml");
    shop.write("profiles.yml", &profile.replace("schema: shop", "schema: other"));
    shop.succeeds("run --no-wait");
    assert_eq!(shop.sql("select id from other.slow"), "1");
    first.signal("INT");
    assert_eq!(first.wait().code, 1);
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_lost_connection_fails_its_node_and_nothing_else() {
    let shop = Sandbox::new()
        .file("models/first.sql", "{{ config(materialized='table') }} select 1 as id from pg_sleep(20)")
        .file("models/second.sql", "select 2 as id")
        .file(
            "dbt_project.yml",
            "name: shop\nversion: '1.0'\nconfig-version: 2\nprofile: shop\non-run-end: create table public.ended as select 1 as id\n",
        );
    let run = shop.spawn("run --threads 1");
    wait_until("the model runs", || sleeping(&shop));
    shop.sql("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like '%pg_sleep(%' and pid <> pg_backend_pid()");
    let output = run.wait();
    assert!(output.code == 1 && output.says("PASS=2 WARN=0 ERROR=1"), "{output}");
    assert_eq!(shop.sql("select s.id, e.id from shop.second s, public.ended e"), "2 | 1");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn an_interrupted_run_leaves_nothing_running() {
    let shop = Sandbox::new()
        .file("models/slow.sql", "{{ config(materialized='table') }} select 1 as id from pg_sleep(30)")
        .file("models/child.sql", "select id from {{ ref('slow') }}");
    let run = shop.spawn("build");
    wait_until("the model runs", || sleeping(&shop));
    let since = Instant::now();
    run.signal("INT");
    let output = run.wait();
    assert!(output.code == 1 && since.elapsed() < Duration::from_secs(5), "{output}");
    wait_until("the statement is cancelled", || !sleeping(&shop));
    assert_eq!(shop.sql("select count(*) from pg_class where relnamespace = 'shop'::regnamespace"), "0");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn what_runs_when_another_fails_fast_is_stopped_and_counts_as_skipped() {
    let shop = Sandbox::new()
        .file("models/slow.sql", "{{ config(materialized='table') }} select 1 as id from pg_sleep(30)")
        .file(
            "models/wrong.sql",
            "{{ config(materialized='table') }} select 1 / n as id from pg_sleep(1), (values (0)) as v (n)",
        );
    let since = Instant::now();
    let output = shop.kiln("run --fail-fast");
    assert!(output.code == 1 && since.elapsed() < Duration::from_secs(20), "{output}");
    assert!(output.says("PASS=0 WARN=0 ERROR=1 SKIP=1"), "{output}");
    let results: serde_json::Value = serde_json::from_str(&shop.read("target/run_results.json")).unwrap();
    let slow = results["results"].as_array().unwrap().iter().find(|result| result["unique_id"] == "model.shop.slow");
    let slow = slow.unwrap();
    assert_eq!((&slow["status"], &slow["message"]), (&"skipped".into(), &"Skipping due to fail_fast".into()));
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_build_succeeds_after_one_that_was_killed() {
    let shop = Sandbox::new()
        .file("models/first.sql", "{{ config(materialized='table') }} select 1 as id")
        .file("models/slow.sql", "{{ config(materialized='table') }} select id from {{ ref('first') }}, pg_sleep(4)");
    let run = shop.spawn("build");
    wait_until("the model runs", || sleeping(&shop));
    run.signal("KILL");
    run.wait();
    shop.write("models/slow.sql", "{{ config(materialized='table') }} select id from {{ ref('first') }}");
    shop.succeeds("build");
    assert_eq!(shop.sql("select id from shop.slow"), "1");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn times_are_those_of_the_servers_zone() {
    for whom in ["database DATABASE", "role other in database DATABASE"] {
        let shop = Sandbox::new()
            .file(
                "models/clock.sql",
                "{{ config(materialized='table') }}
                 select now()::timestamp as local, now() at time zone 'Europe/Berlin' as expected, current_setting('TimeZone') as zone",
            )
            .file(
                "snapshots/history.sql",
                "{% snapshot history %}{{ config(unique_key='id', strategy='check', check_cols='all') }} select 1 as id{% endsnapshot %}",
            );
        let whom = whom.replace("DATABASE", shop.database()).replace("other", "postgres");
        shop.sql(&format!("alter {whom} set timezone to 'Europe/Berlin'"));
        shop.succeeds("build");
        assert_eq!(shop.sql("select local = expected, zone from shop.clock"), "t | Europe/Berlin");
        let times = "select dbt_valid_from - (now() at time zone 'Europe/Berlin') between '-1 minute' and '0' from shop.history";
        assert_eq!(shop.sql(times), "t");
    }
}

#[test]
#[cfg_attr(not(kiln_binaries), ignore = "no PostgreSQL binaries")]
fn times_and_dates_are_those_of_a_server_in_berlin() {
    let snapshot = |name: &str, config: &str| {
        format!(
            "{{% snapshot {name} %}}{{{{ config(unique_key='id', {config}) }}}} select 1 as id, now()::timestamp as at{{% endsnapshot %}}"
        )
    };
    let shop = Sandbox::on(berlin())
        .file(
            "models/clock.sql",
            "{{ config(materialized='table') }}
             select current_date = (now() at time zone 'Europe/Berlin')::date as day,
               now()::timestamp = now() at time zone 'Europe/Berlin' as moment,
               date_trunc('day', now()) = date_trunc('day', now(), 'Europe/Berlin') as start_of_day,
               '01/02/2010'::date as read_day_first, timestamptz '2010-07-01 12:00' = '2010-07-01 10:00+00' as summer",
        )
        .file("snapshots/checked.sql", &snapshot("checked", "strategy='check', check_cols='all'"))
        .file("snapshots/stamped.sql", &snapshot("stamped", "strategy='timestamp', updated_at='at'"))
        .file("seeds/events.csv", "id,at\n1,2010-07-01 12:00:00\n");
    shop.succeeds("build");
    assert_eq!(
        shop.sql("select day, moment, start_of_day, read_day_first, summer from shop.clock"),
        "t | t | t | 2010-02-01 | t"
    );
    for name in ["checked", "stamped"] {
        let local = "dbt_valid_from - (now() at time zone 'Europe/Berlin') between '-1 minute' and '0'";
        assert_eq!(shop.sql(&format!("select {local} from shop.{name}")), "t", "{name}");
    }
    assert_eq!(shop.sql("select at::text from shop.events"), "2010-07-01 12:00:00");
}

/// Runs a model that locks two tables while another session locks them the other way round; Postgres ends the model's
/// transaction, as the other one waits longer before it looks for a deadlock.
fn deadlocked(more: &str) -> (Sandbox, crate::sandbox::Output) {
    let model = format!(
        "{{{{ config(materialized='table', pre_hook=[{more}
           'insert into public.tried select 1',
           'lock table public.first in exclusive mode',
           'select pg_sleep(2)',
           'lock table public.second in exclusive mode']) }}}}
         select count(*) as tries from public.tried"
    );
    let shop = Sandbox::new().file("models/locking.sql", &model);
    shop.sql("create table public.first (); create table public.second (); create table public.tried (n int); create table public.outside (n int)");
    let run = shop.spawn("run");
    wait_until("the model sleeps", || sleeping(&shop));
    shop.sql(
        "begin; set local deadlock_timeout = '20s'; lock table public.second in exclusive mode;
         lock table public.first in exclusive mode; commit",
    );
    let output = run.wait();
    (shop, output)
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_model_that_met_a_deadlock_is_done_once_more() {
    let (shop, output) = deadlocked("");
    assert!(output.code == 0 && output.says("deadlock detected; done once more"), "{output}");
    assert_eq!(shop.sql("select tries from shop.locking"), "1", "of the first try nothing is left");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_hook_outside_of_the_transaction_is_not_run_again_for_a_deadlock() {
    let (shop, output) = deadlocked("before_begin('insert into public.outside select 1'),");
    assert!(output.code == 1 && output.says("deadlock detected") && !output.says("once more"), "{output}");
    assert_eq!(shop.sql("select count(*) from public.outside"), "1");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn tables_with_keys_to_each_other_are_built_at_the_same_time() {
    let shop = Sandbox::new();
    let ends: Vec<String> = (1..=4)
        .map(|number| {
            let table = |kind: &str| format!("{{{{ ref('{kind}{number}') }}}}");
            for kind in ["child", "parent"] {
                let text = "{{ config(materialized='table') }} select generate_series(1, 50) as id";
                shop.write(&format!("models/{kind}{number}.sql"), text);
            }
            format!(
                "'alter table {parent} add primary key (id); alter table {child} drop constraint if exists up; \
                 alter table {child} add constraint up foreign key (id) references {parent} (id)'",
                parent = table("parent").replace('\'', "''"),
                child = table("child").replace('\'', "''"),
            )
        })
        .collect();
    let project = shop.read("dbt_project.yml");
    shop.write("dbt_project.yml", &format!("{project}on-run-end: [{}]\n", ends.join(", ")));
    for _ in 0..6 {
        shop.succeeds("run --threads 8");
    }
    assert_eq!(shop.sql("select count(*) from pg_constraint where conname = 'up' and convalidated"), "4");
    // A parent alone: its key is made at the end of the run, so the foreign key has nothing to point at before.
    shop.write("dbt_project.yml", &project);
    let told = shop.succeeds("run -s parent1").stdout;
    assert!(told.contains("foreign key \"up\" of \"shop\".\"child1\" points at"), "{told}");
    assert_eq!(shop.sql("select count(*) from pg_constraint where conname = 'up'"), "3");
    let text = "{{ config(materialized='table', post_hook='alter table {{ this }} add primary key (id)') }} \
                select generate_series(1, 60) as id";
    shop.write("models/parent2.sql", text);
    shop.succeeds("run -s parent2");
    assert_eq!(shop.sql("select count(*) from pg_constraint where conname = 'up'"), "3");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn failures_are_stored_where_dbt_stores_them_and_counted_where_a_test_does_not_pass() {
    let shop = Sandbox::new().file("models/a.sql", "select * from (values (1), (1)) t (id)").file(
        "models/a.yml",
        "models: [{name: a, columns: [{name: id, data_tests: [{unique: {config: {schema: null, error_if: '> 5', warn_if: '> 5'}}}]}]}]",
    );
    let output = shop.succeeds("build --store-failures");
    assert!(output.says("PASS unique_a_id"), "{output}");
    let results: serde_json::Value = serde_json::from_str(&shop.read("target/run_results.json")).unwrap();
    let test =
        results["results"].as_array().unwrap().iter().find(|it| it["unique_id"].as_str().unwrap().starts_with("test."));
    let test = test.unwrap();
    assert_eq!(test["failures"], 0);
    assert!(test["relation_name"].as_str().unwrap().ends_with("\"shop_dbt_test__audit\".\"unique_a_id\""), "{test}");
    shop.succeeds("test");
    let results: serde_json::Value = serde_json::from_str(&shop.read("target/run_results.json")).unwrap();
    assert!(results["results"][0]["relation_name"].is_null());
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn children_of_a_model_that_may_fail_are_tried() {
    let shop = Sandbox::new()
        .file("models/bad.sql", "select nosuch from x")
        .file("models/may.sql", "{{ config(on_error='continue') }} select nosuch from x")
        .file("models/child.sql", "select '{{ ref('may') }}' as parents")
        .file("models/other.sql", "select '{{ ref('may') }} {{ ref('bad') }}' as parents");
    let told = shop.kiln("run");
    assert!(told.code == 1 && told.says("Done. PASS=1 WARN=0 ERROR=2 SKIP=1"), "{told}");
    assert!(told.says("OK created sql view model shop.child") && told.says("SKIP relation shop.other"), "{told}");
    shop.write("models/may.sql", "{{ config(on_error='go on') }} select nosuch from x");
    assert_eq!(shop.kiln("parse").code, 2);
}
