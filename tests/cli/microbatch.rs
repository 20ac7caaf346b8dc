//! Microbatch models: which batches are built, what each reads, and what a failed one leaves.

use crate::sandbox::{Output, Sandbox};

const INPUT: &str = "\
{{ config(materialized='table', event_time='at') }}
select day as id, timestamp '2024-01-01 10:00' + (day - 1) * interval '1 day' as at from generate_series(1, 5) as day
";

fn shop(config: &str, text: &str) -> Sandbox {
    let config = format!(
        "{{{{ config(materialized='incremental', incremental_strategy='microbatch', unique_key='id', event_time='at', \
         batch_size='day', begin=modules.datetime.datetime(2024, 1, 1){config}) }}}}\n"
    );
    Sandbox::new()
        .file("models/input.sql", INPUT)
        .file("models/sales.sql", &format!("{config}{text}"))
        .file("models/below.sql", "select count(*) as many from {{ ref('sales') }}")
}

const DAYS: &str = "--event-time-start 2024-01-01 --event-time-end 2024-01-05";

/// What a model's outcome is in run_results.json: status, message, number of good and of failed batches.
fn outcome(shop: &Sandbox, name: &str) -> String {
    let results: serde_json::Value = serde_json::from_str(&shop.read("target/run_results.json")).unwrap();
    let id = format!("model.shop.{name}");
    let result =
        results["results"].as_array().unwrap().iter().find(|result| result["unique_id"] == id.as_str()).unwrap();
    let count = |key: &str| result["batch_results"][key].as_array().map_or(0, Vec::len);
    let words = [result["status"].as_str().unwrap(), result["message"].as_str().unwrap_or("-")];
    format!("{} | {} | {} good, {} failed", words[0], words[1], count("successful"), count("failed"))
}

fn batch_lines(output: &Output) -> String {
    let lines = output.stdout.lines().filter(|line| line.starts_with("TIME  Batch ") && !line.contains("START"));
    lines.map(|line| line.trim_start_matches("TIME  ").replace(".....", "")).collect::<Vec<_>>().join("\n")
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn each_batch_reads_its_own_rows_and_adds_them() {
    let text = "{% if execute %}{{ log('batch ' ~ model.batch.id ~ ' from ' ~ model.batch.event_time_start ~ ' adds: ' ~ is_incremental(), info=true) }}\
                {% endif %}select id, at from {{ ref('input') }}";
    let shop = shop(", pre_hook=\"{{ log('before', info=true) }}\", post_hook=\"{{ log('after', info=true) }}\"", text);
    let run = shop.succeeds(&format!("build {DAYS}"));
    let told =
        run.stdout.lines().filter(|line| line.contains("batch") || line.contains("before") || line.contains("after"));
    insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @r"
    TIME  before
    TIME  after
    TIME  2 of 3 START sql microbatch model shop.sales ................................... [RUN]
    TIME  Batch 1 of 4 START batch 2024-01-01 of shop.sales .................................... [RUN]
    TIME  batch 20240101 from 2024-01-01 00:00:00+00:00 adds: False
    TIME  before
    TIME  Batch 1 of 4 OK created batch 2024-01-01 of shop.sales ............................... [SELECT 1 in 0.00s]
    TIME  Batch 2 of 4 START batch 2024-01-02 of shop.sales .................................... [RUN]
    TIME  batch 20240102 from 2024-01-02 00:00:00+00:00 adds: True
    TIME  Batch 2 of 4 OK created batch 2024-01-02 of shop.sales ............................... [MERGE 1 in 0.00s]
    TIME  Batch 3 of 4 START batch 2024-01-03 of shop.sales .................................... [RUN]
    TIME  batch 20240103 from 2024-01-03 00:00:00+00:00 adds: True
    TIME  Batch 3 of 4 OK created batch 2024-01-03 of shop.sales ............................... [MERGE 1 in 0.00s]
    TIME  Batch 4 of 4 START batch 2024-01-04 of shop.sales .................................... [RUN]
    TIME  batch 20240104 from 2024-01-04 00:00:00+00:00 adds: True
    TIME  after
    TIME  Batch 4 of 4 OK created batch 2024-01-04 of shop.sales ............................... [MERGE 1 in 0.00s]
    TIME  2 of 3 OK created sql microbatch model shop.sales .............................. [SUCCESS in 0.00s]
    ");
    assert_eq!(shop.sql("select string_agg(id::text, ',' order by id) from shop.sales"), "1,2,3,4");
    assert_eq!(outcome(&shop, "sales"), "success | SUCCESS | 4 good, 0 failed");
    let compiled = shop.read("target/compiled/shop/models/sales/sales_2024-01-02.sql").replace(shop.database(), "db");
    insta::assert_snapshot!(compiled.trim(), @r#"
    select id, at from (select * from "db"."shop"."input" where at >= '2024-01-02 00:00:00+00:00' and at < '2024-01-03 00:00:00+00:00') _dbt_et_filter_subq_input
    "#);
    // A later run of the same days changes nothing; --full-refresh builds them anew.
    shop.sql("update shop.input set id = id + 10");
    shop.succeeds(&format!("run -s sales {DAYS}"));
    assert_eq!(shop.sql("select count(*) from shop.sales"), "8");
    shop.succeeds(&format!("run -s sales --full-refresh {DAYS}"));
    assert_eq!(shop.sql("select string_agg(id::text, ',' order by id) from shop.sales"), "11,12,13,14");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_failed_batch_does_not_stop_the_later_ones() {
    let text = "select id, at, 1 / (case when id = {{ var('bad', 0) }} then 0 else 1 end) as x from {{ ref('input') }}";
    let shop = shop("", text);
    let run = shop.kiln(&format!("run {DAYS} --vars 'bad: 3'"));
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(batch_lines(&run), @r"
    Batch 1 of 4 OK created batch 2024-01-01 of shop.sales . [SELECT 1 in 0.00s]
    Batch 2 of 4 OK created batch 2024-01-02 of shop.sales . [MERGE 1 in 0.00s]
    Batch 3 of 4 ERROR creating batch 2024-01-03 of shop.sales .. [ERROR in 0.00s]
    Batch 4 of 4 OK created batch 2024-01-04 of shop.sales . [MERGE 1 in 0.00s]
    ");
    assert!(run.stdout.contains("division by zero"), "{}", run.stdout);
    assert!(run.stdout.contains("PARTIALLY created sql microbatch model shop.sales"), "{}", run.stdout);
    assert_eq!(outcome(&shop, "sales"), "partial success | PARTIAL SUCCESS (3/4) | 3 good, 1 failed");
    assert_eq!(outcome(&shop, "below"), "skipped | - | 0 good, 0 failed");
    assert_eq!(shop.sql("select string_agg(id::text, ',' order by id) from shop.sales"), "1,2,4");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_failed_first_batch_skips_the_others() {
    let text = "select id, at, 1 / (case when id = {{ var('bad', 0) }} then 0 else 1 end) as x from {{ ref('input') }}";
    let shop = shop("", text);
    let run = shop.kiln(&format!("run {DAYS} --vars 'bad: 1'"));
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(batch_lines(&run), @r"
    Batch 1 of 4 ERROR creating batch 2024-01-01 of shop.sales .. [ERROR in 0.00s]
    Batch 2 of 4 SKIP batch 2024-01-02 of shop.sales .. [SKIPPED in 0.00s]
    Batch 3 of 4 SKIP batch 2024-01-03 of shop.sales .. [SKIPPED in 0.00s]
    Batch 4 of 4 SKIP batch 2024-01-04 of shop.sales .. [SKIPPED in 0.00s]
    ");
    assert_eq!(outcome(&shop, "sales"), "error | ERROR | 0 good, 4 failed");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_run_without_times_starts_at_the_beginning_and_then_looks_back() {
    let shop = shop("", "select id, at from {{ ref('input') }}");
    let today = shop.sql("select (now() at time zone 'utc')::date::text");
    let text = shop.read("models/sales.sql").replace("modules.datetime.datetime(2024, 1, 1)", &format!("'{today}'"));
    shop.write("models/sales.sql", &text);
    assert_eq!(batch_lines(&shop.succeeds("run")).lines().count(), 1);
    // One day is looked back; around midnight there is one batch more.
    assert!(batch_lines(&shop.succeeds("run")).lines().count() >= 2);
    shop.write("models/sales.sql", &text.replace("batch_size", "lookback=3, batch_size"));
    assert!(batch_lines(&shop.succeeds("run")).lines().count() >= 4);
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_sample_cuts_what_models_read() {
    let shop =
        shop("", "select id, at from {{ ref('input') }}").file("models/plain.sql", "select id from {{ ref('input') }}");
    shop.succeeds("run -s input");
    shop.succeeds("run -s sales plain --sample '{start: \"2024-01-02T05:00:00\", end: \"2024-01-04\"}'");
    assert_eq!(shop.sql("select string_agg(id::text, ',' order by id) from shop.plain"), "2,3");
    assert_eq!(shop.sql("select string_agg(id::text, ',' order by id) from shop.sales"), "2,3");
    let wrong = shop.kiln("run --sample '2 weeks'");
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("Invalid grain size 'weeks'"), "{}{}", wrong.stdout, wrong.stderr);
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_config_that_says_no_batches_is_refused() {
    let shop = shop("", "select 1 as id");
    let whole = shop.read("models/sales.sql");
    let message = |text: &str| {
        shop.write("models/sales.sql", text);
        let parsed = shop.kiln("parse");
        assert_eq!(parsed.code, 2);
        parsed.stdout.lines().find(|line| line.contains("Microbatch model")).unwrap_or_default().trim().to_owned()
    };
    let messages = [
        message(&whole.replace("event_time='at',", "")),
        message(&whole.replace("batch_size='day'", "batch_size='week'")),
        message(&whole.replace("begin=modules.datetime.datetime(2024, 1, 1)", "begin='soon'")),
        message(&whole.replace("batch_size='day'", "batch_size='day', lookback='x'")),
    ];
    insta::assert_snapshot!(messages.join("\n"), @r"
    Microbatch model 'sales' must provide an 'event_time' (string) config that indicates the name of the event time column.
    Microbatch model 'sales' must provide a 'batch_size' config that is one of ['hour', 'day', 'month', 'year'], but got: week.
    Microbatch model 'sales' must provide a 'begin' config of valid datetime (ISO format), but got: soon.
    Microbatch model 'sales' must provide the optional 'lookback' config as type int, but got: <class 'str'>).
    ");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_strategy_of_the_project_s_own_gets_the_whole_model() {
    let strategy = "{% macro get_incremental_microbatch_sql(arg_dict) %}{{ log('whole', info=true) }}{{ return(get_incremental_append_sql(arg_dict)) }}{% endmacro %}";
    let shop = shop("", "select id, at from {{ ref('input') }}").file("macros/own.sql", strategy);
    shop.succeeds("run");
    let again = shop.succeeds("run -s sales");
    assert_eq!(batch_lines(&again), "");
    assert!(again.stdout.contains("whole"), "{}", again.stdout);
    assert_eq!(shop.sql("select count(*) from shop.sales"), "10");
    shop.write("dbt_project.yml", "name: shop\nversion: '1.0'\nprofile: shop\nflags: {require_batched_execution_for_custom_microbatch_strategy: true}\n");
    let batched = shop.succeeds(&format!("run -s sales {DAYS}"));
    assert_eq!(batch_lines(&batched).lines().count(), 4);
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_retry_builds_the_failed_batches_alone() {
    let text = "select id, at, 1 / (case when id = {{ var('bad', 0) }} then 0 else 1 end) as x from {{ ref('input') }}";
    let shop = shop("", text);
    assert_eq!(shop.kiln(&format!("build {DAYS} --vars 'bad: 3'")).code, 1);
    assert_eq!(shop.kiln("retry").code, 1);
    assert_eq!(outcome(&shop, "sales"), "error | ERROR | 3 good, 1 failed");
    let again = shop.succeeds("retry --vars 'bad: 0'");
    insta::assert_snapshot!(batch_lines(&again), @r"
    Batch 1 of 1 OK created batch 2024-01-03 of shop.sales . [MERGE 1 in 0.00s]
    ");
    assert_eq!(outcome(&shop, "sales"), "success | SUCCESS | 4 good, 0 failed");
    assert_eq!(shop.sql("select string_agg(id::text, ',' order by id) from shop.sales"), "1,2,3,4");
    assert_eq!(shop.sql("select many from shop.below"), "4");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn the_batches_of_a_full_refresh_are_all_rendered_as_such() {
    let text = "select id, at, {{ is_incremental() }} as adds from {{ ref('input') }}";
    let shop = shop("", text);
    let rows = "select id, adds from shop.sales order by id";
    shop.succeeds(&format!("run {DAYS}"));
    assert_eq!(shop.sql(rows), "1 | f\n2 | t\n3 | t\n4 | t");
    shop.succeeds(&format!("run -s sales --full-refresh {DAYS}"));
    assert_eq!(shop.sql(rows), "1 | f\n2 | f\n3 | f\n4 | f");
    shop.succeeds(&format!("run -s sales {DAYS}"));
    assert_eq!(shop.sql(rows), "1 | t\n2 | t\n3 | t\n4 | t");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn batches_cut_ephemeral_parents_and_leave_whole_what_is_rendered() {
    let shop =
        shop("", "select id, at, (select count(*) from {{ ref('input').render() }}) as many from {{ ref('passing') }}")
            .file(
                "models/passing.sql",
                "{{ config(materialized='ephemeral', event_time='at') }} select * from {{ ref('input') }}",
            );
    shop.succeeds(&format!("run {DAYS}"));
    assert_eq!(shop.sql("select id, many from shop.sales order by id"), "1 | 5\n2 | 5\n3 | 5\n4 | 5");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn the_grain_says_what_a_batch_is_called_and_spans() {
    let text = "select id, at, '{{ model.batch.id if model.batch }}' as batch, '{{ model.batch.event_time_end if model.batch }}' as until \
                from {{ ref('input') }}";
    let shop = shop("", text);
    let whole = shop.read("models/sales.sql");
    let built = |grain: &str, window: &str| {
        shop.write("models/sales.sql", &whole.replace("batch_size='day'", &format!("batch_size='{grain}'")));
        shop.succeeds(&format!("run --full-refresh {window}"));
        shop.sql("select distinct batch, until from shop.sales order by 1").replace('\n', ", ")
    };
    let all = [
        built("hour", "--event-time-start 2024-01-01T09:40:00 --event-time-end 2024-01-01T10:10:00"),
        built("month", "--event-time-start 2023-12-20 --event-time-end 2024-01-03"),
        built("year", "--event-time-start 2023-12-20 --event-time-end 2024-01-03"),
    ];
    insta::assert_snapshot!(all.join("\n"), @r"
    20240101T10 | 2024-01-01 11:00:00+00:00
    202401 | 2024-02-01 00:00:00+00:00
    2024 | 2025-01-01 00:00:00+00:00
    ");
    let label = shop.path().join("target/compiled/shop/models/sales/sales_2024.sql");
    assert!(label.exists());
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_retry_of_a_full_refresh_keeps_the_batches_that_were_built() {
    let text = "select id, at, 1 / (case when id = {{ var('bad', 0) }} then 0 else 1 end) as x from {{ ref('input') }}";
    let shop = shop("", text);
    shop.succeeds(&format!("run {DAYS}"));
    assert_eq!(shop.kiln(&format!("run -s sales --full-refresh {DAYS} --vars 'bad: 3'")).code, 1);
    assert_eq!(shop.sql("select string_agg(id::text, ',' order by id) from shop.sales"), "1,2,4");
    shop.succeeds("retry --vars 'bad: 0'");
    assert_eq!(shop.sql("select string_agg(id::text, ',' order by id) from shop.sales"), "1,2,3,4");
    let results: serde_json::Value = serde_json::from_str(&shop.read("target/run_results.json")).unwrap();
    insta::assert_snapshot!(results["results"][0]["batch_results"], @r#"{"successful":[["2024-01-03T00:00:00+00:00","2024-01-04T00:00:00+00:00"],["2024-01-01T00:00:00+00:00","2024-01-02T00:00:00+00:00"],["2024-01-02T00:00:00+00:00","2024-01-03T00:00:00+00:00"],["2024-01-04T00:00:00+00:00","2024-01-05T00:00:00+00:00"]],"failed":[]}"#);
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_model_without_a_key_cannot_be_built_in_batches() {
    let shop = shop("", "select id, at from {{ ref('input') }}");
    let text = shop.read("models/sales.sql").replace("unique_key='id', ", "");
    shop.write("models/sales.sql", &text);
    let failed = shop.kiln(&format!("run -s input sales {DAYS}"));
    assert_eq!(failed.code, 1);
    assert!(failed.stdout.contains("`unique_key`"), "{failed}");
}
