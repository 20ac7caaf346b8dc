//! What the commands print, and how they end.

use crate::sandbox::Sandbox;

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_build_tells_each_node() {
    let shop = Sandbox::new()
        .file("seeds/prices.csv", "id,amount\n1,10\n2,20\n")
        .file("models/sales.sql", "{{ config(materialized='table') }} select * from {{ ref('prices') }}");
    insta::assert_snapshot!(shop.kiln("build --threads 1"), @r#"
    exit code: 0
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Found 1 model, 1 seed, MANY macros
    TIME
    TIME  Concurrency: 1 thread (target='dev')
    TIME
    TIME  1 of 2 START seed file shop.prices ............................................. [RUN]
    TIME  1 of 2 OK loaded seed file shop.prices ......................................... [INSERT 2 in 0.00s]
    TIME  2 of 2 START sql table model shop.sales ........................................ [RUN]
    TIME  2 of 2 OK created sql table model shop.sales ................................... [SELECT 2 in 0.00s]
    TIME
    TIME  Finished running 1 seed, 1 table model in 0 hours 0 minutes and 0.00 seconds (0.00s).
    TIME
    TIME  Completed successfully
    TIME
    TIME  Done. PASS=2 WARN=0 ERROR=0 SKIP=0 NO-OP=0 TOTAL=2

    --- stderr
    "#);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_failed_model_skips_its_children() {
    let shop = Sandbox::new()
        .file("models/raw.sql", "select 1 as id")
        .file("models/broken.sql", "select id / 0 as id\nfrom {{ ref('raw') }}\nwhere nothing = 1")
        .file("models/child.sql", "select * from {{ ref('broken') }}")
        .file("models/grandchild.sql", "select * from {{ ref('child') }}");
    insta::assert_snapshot!(shop.kiln("run --threads 1"), @r#"
    exit code: 1
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Found 4 models, MANY macros
    TIME
    TIME  Concurrency: 1 thread (target='dev')
    TIME
    TIME  1 of 4 START sql view model shop.raw ........................................... [RUN]
    TIME  1 of 4 OK created sql view model shop.raw ...................................... [CREATE VIEW in 0.00s]
    TIME  2 of 4 START sql view model shop.broken ........................................ [RUN]
    TIME  2 of 4 ERROR creating sql view model shop.broken ............................... [ERROR in 0.00s]
    TIME  3 of 4 SKIP relation shop.child ................................................ [SKIP]
    TIME  4 of 4 SKIP relation shop.grandchild ........................................... [SKIP]
    TIME
    TIME  Finished running 4 view models in 0 hours 0 minutes and 0.00 seconds (0.00s).
    TIME
    TIME  Completed with 1 error, 0 partial successes, and 0 warnings:
    TIME
    TIME  Failure in model broken (models/broken.sql)
    TIME    Database Error in model broken (models/broken.sql)
                  column "nothing" does not exist
                   --> models/broken.sql:3:7
                    |
                  3 | where nothing = 1
                    |       ^
                  compiled code at target/run/shop/models/broken.sql
    TIME
    TIME  Done. PASS=1 WARN=0 ERROR=1 SKIP=2 NO-OP=0 TOTAL=4

    --- stderr
    "#);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn data_tests_pass_warn_and_fail() {
    let shop = Sandbox::new()
        .file("models/sales.sql", "select 1 as id, null::int as amount")
        .file(
            "models/sales.yml",
            "models:\n  - name: sales\n    columns:\n      - name: id\n        data_tests: [unique]\n      - name: amount\n        \
             data_tests:\n          - not_null\n          - not_null: {name: amount_is_known, config: {severity: warn}}\n",
        );
    shop.succeeds("run");
    insta::assert_snapshot!(shop.kiln("test --threads 1"), @r#"
    exit code: 1
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Found 1 model, 3 data tests, MANY macros
    TIME
    TIME  Concurrency: 1 thread (target='dev')
    TIME
    TIME  1 of 3 START test amount_is_known .............................................. [RUN]
    TIME  1 of 3 WARN 1 amount_is_known .................................................. [WARN 1 in 0.00s]
    TIME  2 of 3 START test not_null_sales_amount ........................................ [RUN]
    TIME  2 of 3 FAIL 1 not_null_sales_amount ............................................ [FAIL 1 in 0.00s]
    TIME  3 of 3 START test unique_sales_id .............................................. [RUN]
    TIME  3 of 3 PASS unique_sales_id .................................................... [PASS in 0.00s]
    TIME
    TIME  Finished running 3 data tests in 0 hours 0 minutes and 0.00 seconds (0.00s).
    TIME
    TIME  Completed with 1 error, 0 partial successes, and 1 warning:
    TIME
    TIME  Failure in test not_null_sales_amount (models/sales.yml)
    TIME    Got 1 result, configured to fail if != 0
    TIME
    TIME    compiled code at target/compiled/shop/models/sales.yml/not_null_sales_amount.sql
    TIME
    TIME  Warning in test amount_is_known (models/sales.yml)
    TIME  Got 1 result, configured to warn if != 0
    TIME
    TIME    compiled code at target/compiled/shop/models/sales.yml/amount_is_known.sql
    TIME
    TIME  Done. PASS=1 WARN=1 ERROR=1 SKIP=0 NO-OP=0 TOTAL=3

    --- stderr
    "#);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_failing_test_skips_what_stands_on_its_model() {
    let shop = Sandbox::new()
        .file("models/raw.sql", "select null::int as id")
        .file("models/raw.yml", "models:\n  - name: raw\n    columns: [{name: id, data_tests: [not_null]}]\n")
        .file("models/child.sql", "select * from {{ ref('raw') }}");
    let output = shop.kiln("build");
    assert!(output.code == 1 && output.says("PASS=1 WARN=0 ERROR=1 SKIP=1"), "{output}");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_ref_to_nothing_points_at_the_call() {
    let shop = Sandbox::new()
        .file("models/orders.sql", "select *\nfrom {{ ref('rwa') }}\n")
        .file("models/raw.sql", "select 1");
    insta::assert_snapshot!(shop.kiln("compile"), @r#"
    exit code: 2
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Encountered an error:
              Compilation Error
                Model 'model.shop.orders' (models/orders.sql) depends on a node named 'rwa' which was not found
                 --> models/orders.sql:2:9
                  |
                2 | from {{ ref('rwa') }}
                  |         ^
                hint: did you mean `raw`?

    --- stderr
    "#);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn who_refers_to_a_broken_model_is_not_told_that_it_is_missing() {
    let shop = Sandbox::new()
        .file("models/orders.sql", "select {{ nothing( }}")
        .file("models/totals.sql", "select * from {{ ref('orders') }}");
    let output = shop.kiln("parse");
    assert!(output.code == 2 && output.says("models/orders.sql:1:"), "{output}");
    assert!(!output.says("which was not found"), "{output}");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_macro_of_another_package_is_named_with_its_package() {
    let shop = Sandbox::new()
        .file("packages.yml", "packages:\n  - local: tools\n")
        .file("tools/dbt_project.yml", "name: tools\nversion: '1.0'\n")
        .file("tools/macros/cents.sql", "{% macro cents(x) %}{{ x }} / 100{% endmacro %}")
        .file("models/orders.sql", "select {{ cents('amount') }}");
    let output = shop.kiln("compile");
    assert!(output.code == 2 && output.says("call `tools.cents`"), "{output}");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn mistakes_in_several_files_are_told_in_one_run() {
    let shop = Sandbox::new()
        .file("models/a.sql", "select {{ ref('rwa') }}")
        .file("models/b.sql", "select\n  {{ nothing( }}")
        .file("models/c.sql", "select {% if true %}");
    insta::assert_snapshot!(shop.kiln("parse"), @r#"
    exit code: 2
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Encountered an error:
              Compilation Error
                Model 'model.shop.a' (models/a.sql) depends on a node named 'rwa' which was not found
                 --> models/a.sql:1:11
                  |
                1 | select {{ ref('rwa') }}
                  |           ^
    TIME  Encountered an error:
              Parsing Error
                `(` is never closed by `)`
                 --> models/b.sql:2:13
                  |
                2 |   {{ nothing( }}
                  |             ^
    TIME  Encountered an error:
              Parsing Error
                `{% if %}` is never closed by `{% endif %}`
                 --> models/c.sql:1:8
                  |
                1 | select {% if true %}
                  |        ^

    --- stderr
    "#);
    let shop = Sandbox::new()
        .file("models/a.yml", "models:\n  - nme: a\n")
        .file("models/b.yml", "models:\n  - name: b\n    columns: 3\n");
    insta::assert_snapshot!(shop.kiln("parse"), @r#"
    exit code: 2
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Encountered an error:
              Parsing Error
                this model has no `name`
                 --> models/a.yml:2:5
                  |
                2 |   - nme: a
                  |     ^
    TIME  Encountered an error:
              Parsing Error
                `columns` must be a list, not `3`
                 --> models/b.yml:3:14
                  |
                3 |     columns: 3
                  |              ^

    --- stderr
    "#);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_ring_is_refused_with_its_members() {
    let shop = Sandbox::new()
        .file("models/a.sql", "select * from {{ ref('b') }}")
        .file("models/b.sql", "select * from {{ ref('a') }}");
    insta::assert_snapshot!(shop.kiln("ls"), @r#"
    exit code: 2
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Encountered an error:
              Compilation Error
                found a cycle: model.shop.a --> model.shop.b --> model.shop.a
                file:  models/a.sql (model.shop.a)
                file:  models/b.sql (model.shop.b)
                 --> models/a.sql
                hint: each of these needs the next one; take one `ref` out

    --- stderr
    "#);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_missing_variable_fails_its_model() {
    let shop = Sandbox::new().file("models/sales.sql", "select {{ var('day') }} as id");
    insta::assert_snapshot!(shop.kiln("run"), @r#"
    exit code: 1
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Found 1 model, MANY macros
    TIME
    TIME  Concurrency: 2 threads (target='dev')
    TIME
    TIME  1 of 1 START sql view model shop.sales ......................................... [RUN]
    TIME  1 of 1 ERROR creating sql view model shop.sales ................................ [ERROR in 0.00s]
    TIME
    TIME  Finished running 1 view model in 0 hours 0 minutes and 0.00 seconds (0.00s).
    TIME
    TIME  Completed with 1 error, 0 partial successes, and 0 warnings:
    TIME
    TIME  Failure in model sales (models/sales.sql)
    TIME    Compilation Error in model sales (models/sales.sql)
                  required var `day` not found, asked for by model sales
                   --> models/sales.sql:1:11
                    |
                  1 | select {{ var('day') }} as id
                    |           ^
    TIME
    TIME  Done. PASS=0 WARN=0 ERROR=1 SKIP=0 NO-OP=0 TOTAL=1

    --- stderr
    "#);
    shop.succeeds("run --vars 'day: 3'");
    assert_eq!(shop.sql("select id from shop.sales"), "3");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn an_unknown_word_is_a_mistake_of_the_user() {
    let shop = Sandbox::new();
    assert_eq!(shop.kiln("bulid").code, 2);
    assert_eq!(shop.kiln("build --nothing").code, 2);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn sql_is_compiled_from_the_command_line() {
    let shop = Sandbox::new().file("models/raw.sql", "select 1 as id");
    insta::assert_snapshot!(shop.kiln("compile --quiet --inline 'select {{ 1 + 1 }} from {{ ref(\"raw\") }}'"), @r#"
    exit code: 0
    --- stdout
    select 2 from "DATABASE"."shop"."raw"

    --- stderr
    "#);
    shop.succeeds("compile");
    assert_eq!(shop.read("target/compiled/shop/models/raw.sql").trim(), "select 1 as id");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn rows_are_shown_as_table_and_as_json() {
    let shop = Sandbox::new().file("models/raw.sql", "select 1 as id, null as note, 'ä|b' as name, 1.50 as amount");
    insta::assert_snapshot!(shop.kiln("show --quiet -s raw"), @r#"
    exit code: 0
    --- stdout
    | id | note | name | amount |
    | -- | ---- | ---- | ------ |
    |  1 |      | ä|b  |    1.5 |


    --- stderr
    "#);
    insta::assert_snapshot!(shop.kiln("show --quiet -s raw --output json"), @r#"
    exit code: 0
    --- stdout
    {
      "node": "raw",
      "show": [
        {
          "id": 1,
          "note": null,
          "name": "ä|b",
          "amount": 1.5
        }
      ]
    }

    --- stderr
    "#);
    assert_eq!(
        shop.succeeds("show --quiet --inline 'select generate_series(1, 9) as n' --limit 2").stdout.lines().count(),
        5
    );
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_macro_runs_with_its_arguments() {
    let shop = Sandbox::new()
        .file("macros/hello.sql", "{% macro hello(name) %}{% do print('hello ' ~ name ~ ' ' ~ run_query('select 42 as n').columns[0].values()[0]) %}{% endmacro %}");
    insta::assert_snapshot!(shop.kiln("run-operation hello --quiet --args '{name: you}'"), @r#"
    exit code: 0
    --- stdout
    hello you 42

    --- stderr
    "#);
    insta::assert_snapshot!(shop.kiln("run-operation hallo"), @r#"
    exit code: 2
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Found MANY macros
    TIME  Encountered an error:
              Compilation Error
                dbt could not find a macro with the name "hallo" in any package
                hint: did you mean `hello`?

    --- stderr
    "#);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn freshness_is_judged_and_written_down() {
    let shop = Sandbox::new().file(
        "models/sources.yml",
        "sources:\n  - name: landing\n    schema: public\n    config:\n      loaded_at_field: loaded_at\n      \
         freshness: {warn_after: {count: 1, period: day}, error_after: {count: 10, period: day}}\n    tables: [{name: new}, {name: late}, {name: stale}, {name: off, config: {freshness: null}}]\n",
    );
    for (table, days) in [("new", 0), ("late", 5), ("stale", 50)] {
        shop.sql(&format!("create table public.{table} as select now() - interval '{days} days' as loaded_at"));
    }
    let output = shop.kiln("source freshness");
    assert_eq!(output.code, 1, "{output}");
    let written: serde_json::Value = serde_json::from_str(&shop.read("target/sources.json")).unwrap();
    let mut told: Vec<String> = written["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| format!("{} {}", result["unique_id"].as_str().unwrap(), result["status"].as_str().unwrap()))
        .collect();
    told.sort();
    assert_eq!(
        told,
        ["source.shop.landing.late warn", "source.shop.landing.new pass", "source.shop.landing.stale error"]
    );
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn clean_leaves_files_alone() {
    let shop = Sandbox::new().file("models/raw.sql", "select 1 as id").file("notes.txt", "x");
    let project = shop.read("dbt_project.yml");
    shop.write("dbt_project.yml", &format!("{project}\nclean-targets: [notes.txt, target]\n"));
    shop.succeeds("parse");
    shop.succeeds("clean");
    assert!(shop.path().join("notes.txt").exists() && !shop.path().join("target").exists());
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn clean_removes_only_what_is_its_own() {
    let shop = Sandbox::new().file("models/raw.sql", "select 1 as id");
    shop.succeeds("compile");
    shop.succeeds("clean");
    assert!(!shop.path().join("target").exists());
    let project = shop.read("dbt_project.yml");
    shop.write("target/CACHEDIR.TAG", "");
    insta::assert_snapshot!(shop.kiln("clean"), @r#"
    exit code: 2
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Encountered an error:
              Usage Error
                `target` belongs to another tool, such as cargo: it holds `CACHEDIR.TAG`
                hint: name a folder below it, such as `target/kiln`, in `clean-targets`

    --- stderr
    "#);
    assert!(shop.path().join("target/CACHEDIR.TAG").exists());
    let outside = tempfile::tempdir().unwrap();
    shop.write("dbt_project.yml", &format!("{project}clean-targets: ['{}']\n", outside.path().display()));
    assert_eq!(shop.kiln("clean").code, 2);
    assert!(outside.path().exists());
    shop.write("dbt_project.yml", &format!("{project}clean-targets: [models]\n"));
    assert_eq!(shop.kiln("clean").code, 2);
    assert_eq!(shop.read("models/raw.sql"), "select 1 as id");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_run_leaves_its_results_and_the_manifest() {
    let shop = Sandbox::new()
        .file("models/a.sql", "select 1 as id")
        .file("models/b.sql", "select 1 / 0 as id, * from {{ ref('a') }}");
    shop.write("models/b.sql", "{{ config(materialized='table') }} select 1 / 0 as id from {{ ref('a') }}");
    assert_eq!(shop.kiln("build").code, 1);
    let results: serde_json::Value = serde_json::from_str(&shop.read("target/run_results.json")).unwrap();
    let status = |index: usize| results["results"][index]["status"].as_str().unwrap().to_owned();
    assert_eq!((status(0), status(1)), ("success".into(), "error".into()));
    let manifest: serde_json::Value = serde_json::from_str(&shop.read("target/manifest.json")).unwrap();
    assert_eq!(manifest["parent_map"]["model.shop.b"], serde_json::json!(["model.shop.a"]));
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn failures_are_stored_where_asked() {
    let shop = Sandbox::new()
        .file("models/raw.sql", "select 1 as id union all select null")
        .file("models/raw.yml", "models:\n  - name: raw\n    columns: [{name: id, data_tests: [not_null]}]\n");
    assert_eq!(shop.kiln("build --store-failures").code, 1);
    assert_eq!(shop.sql("select count(*) from shop_dbt_test__audit.not_null_raw_id"), "1");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn variables_of_dotenv_hold_where_the_environment_is_silent() {
    let shop = Sandbox::new()
        .file(".env", "# ours\nexport SHOP_COLOR=\"green\" # all\nno variable\nSHOP_SIZE='not this'\n")
        .file("models/m.sql", "{{ config(tags=[env_var('SHOP_COLOR'), env_var('SHOP_SIZE')]) }} select 1 as id");
    let output = shop.shell("SHOP_SIZE=big kiln ls -q -s tag:green,tag:big");
    assert_eq!((output.code, output.stdout.as_str()), (0, "shop.m\n"), "{output}");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn vars_may_stand_in_a_file_of_their_own() {
    let shop = Sandbox::new()
        .file("vars.yml", "vars:\n  color: green\n")
        .file("models/m.sql", "{{ config(tags=[var('color')]) }} select 1 as id");
    assert_eq!(shop.kiln("ls -q -s tag:green").stdout, "shop.m\n");
    assert_eq!(shop.kiln("ls -q -s tag:red --vars '{color: red}'").stdout, "shop.m\n");
    shop.write("dbt_project.yml", &format!("{}\nvars: {{color: blue}}\n", shop.read("dbt_project.yml")));
    let output = shop.kiln("ls");
    assert!(
        output.code == 2 && output.says("`vars` are defined both in `vars.yml` and in the project file"),
        "{output}"
    );
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_query_for_the_age_of_a_source_is_a_template() {
    let shop = Sandbox::new().file(
        "models/sources.yml",
        "sources:\n  - name: landing\n    schema: shop\n    tables:\n      - name: orders\n        config:\n          \
         freshness: {error_after: {count: 1, period: hour}}\n          \
         loaded_at_query: \"select max(at) from {{ this }} where kind = '{{ var('kind') }}'\"\n",
    );
    shop.sql("create schema shop; create table shop.orders as select now() as at, 'new' as kind union all select now() - interval '1 day', 'old'");
    shop.succeeds("source freshness --vars '{kind: new}'");
    let stale = shop.kiln("source freshness --vars '{kind: old}'");
    assert!(stale.code == 1 && stale.stdout.contains("ERROR STALE freshness of landing.orders"), "{stale}");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn what_an_operation_does_is_kept_at_once_unless_it_begins_a_transaction() {
    let shop = Sandbox::new().file(
        "macros/make.sql",
        "{% macro plain() %}{% do run_query('create table public.plain (x int)') %}\
         {% call statement('x', auto_begin=true) %}create table public.begun (x int){% endcall %}\
         {% do run_query('vacuum public.plain') %}{% endmacro %}\
         {% macro failing() %}{% do run_query('create table public.kept (x int)') %}{% do run_query('select nothing') %}{% endmacro %}\
         {% macro open() %}{% do run_query('begin') %}{% do run_query('create table public.lost (x int)') %}{% endmacro %}\
         {% macro closed() %}{% do run_query('begin; create table public.closed (x int); commit') %}\
         {% do run_query('drop table public.begun') %}{% endmacro %}",
    );
    let tables =
        || shop.sql("select string_agg(tablename, ' ' order by tablename) from pg_tables where schemaname = 'public'");
    shop.succeeds("run-operation plain");
    assert_eq!(tables(), "begun plain");
    assert_eq!(shop.kiln("run-operation failing").code, 1);
    shop.succeeds("run-operation open");
    assert_eq!(tables(), "begun kept plain");
    shop.succeeds("run-operation closed");
    assert_eq!(tables(), "closed kept plain");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn an_operation_may_be_sql_of_the_command_line() {
    let shop = Sandbox::new().file("models/a.sql", "select 7 as id");
    shop.succeeds("run");
    let told = shop.succeeds("run-operation --sql 'create table kept as select * from {{ ref(\"a\") }}'").stdout;
    let lines: Vec<&str> = told.lines().filter(|line| line.contains("1 of 1")).collect();
    let dots = ".".repeat(44);
    let wanted = [
        format!("TIME  1 of 1 START executing inline_query {dots} [RUN]"),
        format!("TIME  1 of 1 OK executed inline_query {dots}.... [SELECT 1 in 0.00s]"),
    ];
    assert_eq!(lines, wanted);
    assert_eq!(shop.sql("select id from kept"), "7");
    let failed = shop.kiln("run-operation --sql 'select nothing'");
    assert_eq!(failed.code, 1);
    let (reason, end) = ("column \"nothing\" does not exist", "1 of 1 ERROR executing inline_query");
    assert!(failed.stdout.find(reason).unwrap() < failed.stdout.find(end).unwrap(), "{failed}");
    assert!(shop.read("target/run_results.json").contains("\"status\":\"error\""));
    for refused in ["--sql ''", "--sql 'select 1' --args '{a: 1}'", "some_macro --sql 'select 1'"] {
        assert_eq!(shop.kiln(&format!("run-operation {refused}")).code, 2, "{refused}");
    }
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn what_is_shown_directly_is_not_rendered() {
    let shop = Sandbox::new();
    let told = shop
        .succeeds("show --inline-direct 'select \"{{ x }}\" from (select 1 as \"{{ x }}\") as t' --output json")
        .stdout;
    assert!(told.contains("{{ x }}"), "{told}");
    let refused = shop.kiln("show");
    assert!(refused.code == 2 && refused.stdout.contains("`show` needs `--select` or `--inline`"), "{refused}");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn meta_of_a_config_wins_over_meta_beside_it() {
    let shop = Sandbox::new().file(
        "models/all.yml",
        "sources:\n- name: raw\n  meta: {a: 1, k: 1}\n  config: {meta: {b: 1, k: 2}, tags: [of_config]}\n  tables:\n  \
         - name: events\n    tags: [own]\n    meta: {c: 1, k: 3}\n    config: {meta: {d: 1, k: 4}}\n    columns:\n    \
         - {name: id, meta: {a: 1, k: 1}, config: {meta: {b: 1, k: 2}}}\n  - name: bare\n",
    );
    let project = shop.read("dbt_project.yml");
    shop.write("dbt_project.yml", &format!("{project}sources: {{+tags: [far], +meta: {{p: 1, k: 0}}}}\n"));
    shop.succeeds("parse");
    let manifest: serde_json::Value = serde_json::from_str(&shop.read("target/manifest.json")).unwrap();
    let sources = &manifest["sources"];
    let events = &sources["source.shop.raw.events"];
    assert_eq!(events["meta"], serde_json::json!({"p": 1, "k": 4, "a": 1, "b": 1, "c": 1, "d": 1}));
    assert_eq!(events["source_meta"], serde_json::json!({"a": 1, "k": 2, "b": 1}));
    assert_eq!(events["columns"]["id"]["meta"], serde_json::json!({"a": 1, "k": 2, "b": 1}));
    assert_eq!(events["tags"], serde_json::json!(["of_config", "own"]));
    assert_eq!(sources["source.shop.raw.bare"]["meta"]["k"], 2);
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_service_file_may_say_where_the_database_is() {
    let shop = Sandbox::new().file("models/a.sql", "select '{{ target.dbname }}' = current_database() as is_same");
    let profile = shop.read("profiles.yml");
    let line = |key: &str| {
        let value = profile.lines().find_map(|line| line.trim().strip_prefix(&format!("{key}: "))).unwrap();
        format!("{key}={}", value.trim_matches('\''))
    };
    let section: Vec<String> = ["host", "port", "user", "password", "dbname"].iter().map(|key| line(key)).collect();
    shop.write("services", &format!("[warehouse]\n{}\n", section.join("\n")));
    let output = "{type: postgres, service: warehouse, schema: shop}";
    shop.write("profiles.yml", &format!("shop:\n  target: dev\n  outputs:\n    dev: {output}\n"));
    let told = shop.shell("PGSERVICEFILE=$PWD/services kiln run");
    assert_eq!(told.code, 0, "{told}");
    assert!(matches!(shop.sql("select is_same from shop.a").as_str(), "t" | "true"));
    assert_eq!(shop.kiln("run").code, 2, "a service without its file");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn compile_shows_what_the_selection_names_and_leaves_no_old_results() {
    let shop = Sandbox::new()
        .file("models/sub/low.sql", "{{ config(materialized='ephemeral') }} select 1 as id")
        .file("models/high.sql", "select * from {{ ref('low') }}");
    for words in ["compile -s +high", "compile -s models/high.sql"] {
        let said = shop.succeeds(words).stdout;
        assert!(said.contains("Compiled node 'high' is:") && !said.contains("Compiled node 'low' is:"), "{said}");
    }
    let ids = |shop: &Sandbox| -> Vec<String> {
        let results: serde_json::Value = serde_json::from_str(&shop.read("target/run_results.json")).unwrap();
        let id = |result: &serde_json::Value| result["unique_id"].as_str().unwrap_or_default().to_owned();
        results["results"].as_array().unwrap().iter().map(id).collect()
    };
    assert_eq!(ids(&shop), ["model.shop.high"]);
    shop.succeeds("compile -s low");
    assert_eq!(ids(&shop), ["model.shop.low"]);
    shop.succeeds("compile -s tag:none");
    assert_eq!(ids(&shop), Vec::<String>::new());
    shop.succeeds("compile --inline 'select * from {{ ref(\"high\") }}'");
    assert!(!shop.read("target/manifest.json").contains("inline_query"));
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_source_may_have_the_columns_of_its_tests_quoted() {
    let shop = Sandbox::new().file(
        "models/s.yml",
        "sources:
  - name: raw
    schema: public
    quoting: {column: true}
    tables:
      - {name: odd, columns: [{name: x y, data_tests: [not_null]}, {name: z, quote: false, data_tests: [not_null]}]}
",
    );
    shop.sql("create table public.odd as select 1 as \"x y\", 2 as z");
    let told = shop.succeeds("test").stdout;
    assert!(told.contains("source_not_null_raw_odd__x_y_ ") && told.contains("source_not_null_raw_odd_z "), "{told}");
}
