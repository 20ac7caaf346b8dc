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
                there is no manifest.json in the folder of `--state`: `nowhere`

    --- stderr
    "#);
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn only_what_was_changed_is_modified() {
    let shop = shop();
    shop.write("macros/m.sql", "{% macro low() %}1{% endmacro %}\n{% macro high() %}{{ low() }}{% endmacro %}");
    shop.write("models/c.sql", "select {{ high() }} as x");
    shop.write("models/d.sql", "{{ config(materialized=env_var('NO', 'view'), tags=[target.name]) }}\nselect 1 as y");
    shop.write("seeds/s.csv", "id\n1\n");
    shop.succeeds("parse --target prod --target-path old");
    let changed = |words: &str| {
        let output = shop.succeeds(&format!("ls -q --state old -s {words}"));
        output.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(changed("state:modified"), "");
    shop.write("models/b.sql", "select id + 1 as id from {{ ref('a') }}");
    assert_eq!(changed("state:modified"), "shop.b");
    assert_eq!((changed("state:modified.body"), changed("state:modified.configs")), ("shop.b".into(), String::new()));
    shop.write("macros/m.sql", "{% macro low() %}2{% endmacro %}\n{% macro high() %}{{ low() }}{% endmacro %}");
    assert_eq!(changed("state:modified"), "shop.b shop.c");
    assert_eq!(changed("state:modified.macros"), "shop.c");
    shop.write("models/d.sql", "{{ config(materialized='table', alias='dd') }}\nselect 1 as y");
    assert_eq!(changed("state:modified.configs"), "shop.d");
    assert_eq!(changed("state:modified.relation"), "shop.d");
    shop.write("seeds/s.csv", "id\n2\n");
    shop.write("models/new.sql", "select 1 as z");
    assert_eq!(changed("state:new"), "shop.new");
    assert_eq!(changed("state:modified --exclude state:new"), "shop.b shop.c shop.d shop.s");
    assert_eq!(changed("state:unmodified"), "shop.a");
    assert_eq!(changed("state:old,resource_type:seed"), "shop.s");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_flag_compares_configs_in_the_text_as_written() {
    let shop = shop();
    shop.write("models/c.sql", "{{ config(schema=target.name, meta={'for': env_var('WHO', 'me')}) }}select 1 as x");
    let changed = |words: &str| shop.succeeds(&format!("ls -q --state old {words}")).stdout;
    shop.succeeds("parse --target-path old");
    assert_eq!(changed("-s state:modified.relation --target prod"), "shop.c\n");
    let project = shop.read("dbt_project.yml");
    let flags = "flags: {state_modified_compare_more_unrendered_values: true}\n";
    shop.write("dbt_project.yml", &format!("{project}{flags}"));
    shop.succeeds("parse --target-path old");
    assert_eq!(changed("-s state:modified --target prod"), "");
    shop.write("models/c.sql", "{{ config(schema='x', meta={'for': env_var('WHO', 'me')}) }}select 1 as x");
    assert_eq!(changed("-s state:modified.relation"), "shop.c\n");
    assert_eq!(changed("-s state:modified.configs"), "");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn new_sources_and_exposures_are_new_but_not_modified() {
    let shop = shop();
    shop.succeeds("parse --target-path old");
    shop.write(
        "models/more.yml",
        "sources: [{name: raw, tables: [{name: x}]}]\nexposures: [{name: page, type: dashboard, owner: {name: me}}]\n",
    );
    shop.write("models/c.sql", "select 1 as z");
    let changed = |words: &str| shop.succeeds(&format!("ls -q --state old -s {words}")).stdout;
    assert_eq!(changed("state:new"), "exposure:shop.page\nshop.c\nsource:shop.raw.x\n");
    assert_eq!(changed("state:modified"), "shop.c\n");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_test_with_another_tag_has_another_text_but_is_not_modified() {
    let shop = shop();
    let test = |config: &str| {
        let test = format!("{{not_null: {{config: {{{config}}}}}}}");
        shop.write("models/a.yml", &format!("models: [{{name: a, columns: [{{name: id, data_tests: [{test}]}}]}}]\n"));
    };
    let changed = |words: &str| shop.succeeds(&format!("ls -q --state old -s {words}")).stdout;
    test("tags: [x]");
    shop.succeeds("parse --target-path old");
    test("tags: [y]");
    assert_eq!((changed("state:modified"), changed("state:modified.body")), ("".into(), "shop.not_null_a_id\n".into()));
    test("tags: [x], where: 'id > 1'");
    assert_eq!(changed("state:modified"), "shop.not_null_a_id\n");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_broken_contract_is_told() {
    let shop = shop();
    let model = |column: &str, more: &str| {
        format!(
            "models:\n  - name: a\n    config: {{contract: {{enforced: true}}}}\n    columns: [{{name: {column}, data_type: int}}]\n{more}"
        )
    };
    shop.write("models/a.yml", &model("id", ""));
    shop.succeeds("parse --target-path old");
    shop.write("models/a.yml", &model("other", ""));
    assert!(!shop.succeeds("ls --state old -s state:modified.body").stdout.contains("Columns were removed"));
    let told = shop.succeeds("ls --state old -s state:modified.contract").stdout;
    assert!(told.contains("Columns were removed") && told.contains("- id") && told.contains("shop.a"), "{told}");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn selection_by_state_needs_one() {
    let shop = shop();
    shop.write("old/readme", "");
    let told = |words: &str| {
        let output = shop.kiln(words);
        assert_eq!(output.code, 2, "{output}");
        let after = output.stdout.lines().skip_while(|line| !line.ends_with("Error")).nth(1);
        after.unwrap_or_default().trim().to_owned()
    };
    insta::assert_snapshot!(told("ls -s state:modified"), @"`state:` compares with an earlier run, and needs `--state` with the folder of its artifacts");
    insta::assert_snapshot!(told("ls -s state:new --state old"), @"`state:` needs `manifest.json`, which is not in `old`");
    insta::assert_snapshot!(told("ls -s result:error --state old"), @"`result:` needs `run_results.json`, which is not in `old`");
    insta::assert_snapshot!(told("ls -s source_status:fresher --state old"), @"`source_status:` needs `sources.json`, which is not in `old`");
    insta::assert_snapshot!(told("ls -s state:changed --state old"), @"invalid state selector `changed`: expected new, old, modified, unmodified, modified.body, modified.configs, modified.persisted_descriptions, modified.relation, modified.macros, modified.contract");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn results_of_an_earlier_run_select() {
    let shop = shop();
    shop.write("models/b.sql", "select nothing from {{ ref('a') }}");
    shop.write("models/c.sql", "select * from {{ ref('b') }}");
    assert_eq!(shop.kiln("run").code, 1);
    let listed = |words: &str| shop.succeeds(&format!("ls -q --state target -s {words}")).stdout;
    assert_eq!(listed("result:error"), "shop.b\n");
    assert_eq!(listed("result:success"), "shop.a\n");
    assert_eq!(listed("result:error+"), "shop.b\nshop.c\n");
    assert_eq!(listed("1+result:skipped"), "shop.b\nshop.c\n");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn sources_with_newer_rows_are_fresher() {
    let shop = shop();
    shop.write(
        "models/raw.yml",
        "sources:\n  - name: raw\n    schema: public\n    config: {loaded_at_field: at, freshness: {warn_after: {count: 1, period: day}}}\n    tables: [{name: x}, {name: y}]\n",
    );
    shop.sql("create table public.x as select now() as at");
    shop.sql("create table public.y as select now() as at");
    shop.succeeds("source freshness");
    std::fs::create_dir(shop.path().join("old")).unwrap();
    std::fs::copy(shop.path().join("target/sources.json"), shop.path().join("old/sources.json")).unwrap();
    shop.sql("insert into public.x select now()");
    shop.succeeds("source freshness");
    assert_eq!(shop.succeeds("ls -q --state old -s source_status:fresher").stdout, "source:shop.raw.x\n");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn retry_does_again_what_did_not_succeed() {
    let shop = shop();
    shop.write("models/b.sql", "select {{ var('column') }} from {{ ref('a') }}");
    shop.write("models/c.sql", "select * from {{ ref('b') }}");
    let first = shop.kiln("run --vars '{column: nothing}' --full-refresh");
    assert_eq!(first.code, 1, "{first}");
    assert!(shop.kiln("retry").stdout.contains("PASS=0 WARN=0 ERROR=1 SKIP=1 NO-OP=0 TOTAL=2"));
    let again = shop.succeeds("retry --vars '{column: id}'");
    assert!(again.stdout.contains("PASS=2 WARN=0 ERROR=0 SKIP=0 NO-OP=0 TOTAL=2"), "{again}");
    assert!(shop.read("target/run_results.json").contains("\"full_refresh\":true"));
    assert!(shop.succeeds("retry").stdout.contains("Nothing to do"));
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn retry_needs_a_run_before() {
    let shop = shop();
    let output = shop.kiln("retry");
    assert_eq!(output.code, 2);
    assert!(output.stdout.contains("there is no earlier run in `PROJECT/target`"), "{output}");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn an_operation_that_succeeded_is_not_retried() {
    let shop = shop();
    shop.write(
        "macros/op.sql",
        "{% macro op() %}{{ log('called', info=true) }}{{ nothing_such() if var('bad', false) }}{% endmacro %}",
    );
    assert_eq!(shop.kiln("run-operation op --vars '{bad: true}'").code, 1);
    assert_eq!(shop.kiln("retry").code, 1);
    assert!(shop.succeeds("retry --vars '{bad: false}'").stdout.contains("called"));
    let again = shop.succeeds("retry");
    assert!(!again.stdout.contains("called") && again.stdout.contains("Nothing to do"), "{again}");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn an_operation_does_not_defer() {
    let shop = shop();
    shop.write("macros/op.sql", "{% macro op() %}{{ log('is ' ~ ref('a'), info=true) }}{% endmacro %}");
    shop.succeeds("run --target prod --target-path prod");
    let output = shop.succeeds("run-operation op --defer --state prod");
    assert!(output.stdout.contains("\"shop\".\"a\""), "{output}");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn hooks_are_spelled_in_the_unrendered_config_as_they_are_written() {
    let shop = Sandbox::new()
        .file("models/a.sql", "{{ config(post_hook='select 1') }} select 1 as id")
        .file("models/b.sql", "select 1 as id")
        .file("models/b.yml", "models: [{name: b, config: {post_hook: select 2, pre-hook: select 3}}]");
    shop.succeeds("parse");
    let manifest: serde_json::Value = serde_json::from_str(&shop.read("target/manifest.json")).unwrap();
    let written = |name: &str| manifest["nodes"][format!("model.shop.{name}")]["unrendered_config"].to_string();
    assert_eq!(written("a"), r#"{"post-hook":"select 1"}"#);
    assert_eq!(written("b"), r#"{"post_hook":"select 2","pre-hook":"select 3"}"#);
}
