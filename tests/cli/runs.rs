//! Runs that meet each other, are interrupted, or are killed; and the time zone that they see.

use std::time::{Duration, Instant};

use crate::sandbox::{Sandbox, wait_until};

/// Statements with `pg_sleep` that run in the database.
fn sleeping(shop: &Sandbox) -> bool {
    let asked = "select count(*) from pg_stat_activity
        where datname = current_database() and state = 'active' and pid <> pg_backend_pid() and query like '%pg_sleep(%'";
    shop.sql(asked) != "0"
}

#[test]
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
