//! What `show`, `seed`, `debug` and `clean` say, and what they leave behind.

use crate::sandbox::Sandbox;

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn seeds_are_shown_when_asked_for() {
    let shop = Sandbox::new().file("seeds/prices.csv", "id,amount,name\n1,1.50,a\n2,20,\n");
    insta::assert_snapshot!(shop.kiln("seed --show --quiet"), @r#"
    exit code: 0
    --- stdout
    | id | amount | name |
    | -- | ------ | ---- |
    |  1 |    1.5 | a    |
    |  2 |     20 |      |


    --- stderr
    "#);
    assert!(!shop.succeeds("seed").says("Previewing"));
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn numbers_are_shown_without_needless_zeros() {
    let shop = Sandbox::new();
    let query = "select 1.50 as a, 100.00::numeric as b, 2::float8 as c, 3 as d, $$1.50$$ as e";
    insta::assert_snapshot!(shop.kiln(&format!("show --quiet --inline '{query}'")), @r#"
    exit code: 0
    --- stdout
    |   a |   b | c | d | e    |
    | --- | --- | - | - | ---- |
    | 1.5 | 100 | 2 | 3 | 1.50 |


    --- stderr
    "#);
    insta::assert_snapshot!(shop.kiln(&format!("show --quiet --output json --inline '{query}'")), @r#"
    exit code: 0
    --- stdout
    {
      "show": [
        {
          "a": 1.5,
          "b": 100.0,
          "c": 2.0,
          "d": 3,
          "e": "1.50"
        }
      ]
    }

    --- stderr
    "#);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_header_that_the_text_sets_stands_before_its_query() {
    let header = "{% call set_sql_header(config) %}with numbers as (select 41 as n){% endcall %}";
    let shop = Sandbox::new()
        .file("models/shown.sql", &format!("{header}\nselect n + 1 as n from numbers"))
        .file("models/built.sql", "{% call set_sql_header(config) %}set local statement_timeout = 12345;{% endcall %}\nselect current_setting('statement_timeout') as n")
        .file("models/built.yml", "models: [{name: built, config: {materialized: table}}]");
    let shown = shop.succeeds("show --quiet -s shown --output json");
    assert!(shown.says("\"n\": 42"), "{shown}");
    shop.succeeds("run -s built");
    assert_eq!(shop.sql("select n from shop.built"), "12345ms");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_node_that_cannot_be_shown_or_compiled_ends_the_command() {
    let shop = Sandbox::new()
        .file("models/broken.sql", "select nothing\nfrom pg_class")
        .file("models/undefined.sql", "select {{ nowhere.x }}");
    insta::assert_snapshot!(shop.kiln("show -s broken"), @r#"
    exit code: 2
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Found 2 models, MANY macros
    TIME
    TIME  Concurrency: 2 threads (target='dev')
    TIME
    TIME  Encountered an error:
              Database Error in model broken (models/broken.sql)
                column "nothing" does not exist
                 --> models/broken.sql:1:8
                  |
                1 | select nothing
                  |        ^

    --- stderr
    "#);
    insta::assert_snapshot!(shop.kiln("compile"), @r#"
    exit code: 2
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Found 2 models, MANY macros
    TIME
    TIME  Concurrency: 2 threads (target='dev')
    TIME
    TIME  Encountered an error:
              Compilation Error in model undefined (models/undefined.sql)
                'nowhere' is undefined
                 --> models/undefined.sql:1:11
                  |
                1 | select {{ nowhere.x }}
                  |           ^
                hint: check the spelling, and that the package it comes from is installed

    --- stderr
    "#);
    assert!(!shop.path().join("target/run_results.json").exists());
    assert_eq!(shop.kiln("show --quiet --inline 'select 1 limit 1' --limit 1").code, 2);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn what_was_shown_stands_in_the_results() {
    let shop = Sandbox::new();
    shop.succeeds("show --inline 'select 7 as n' --limit 3");
    let results: serde_json::Value = serde_json::from_str(&shop.read("target/run_results.json")).unwrap();
    let code = results["results"][0]["compiled_code"].as_str().unwrap();
    assert!(code.contains("select 7 as n") && code.contains("limit 3"), "{code}");
    assert_eq!(results["results"][0]["adapter_response"]["_message"], "SELECT 1");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn hooks_of_a_run_are_written_like_nodes() {
    let shop = Sandbox::new().file("models/a.sql", "select 1 as id");
    let project = shop.read("dbt_project.yml");
    shop.write("dbt_project.yml", &format!("{project}on-run-end: [\"select {{{{ 1 + 1 }}}}\"]\n"));
    shop.succeeds("run");
    assert_eq!(shop.read("target/compiled/shop/dbt_project.yml/hooks/shop-on-run-end-0.sql"), "select 2");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn debug_tells_what_is_used_and_what_is_wrong() {
    let shop = Sandbox::new();
    let output = shop.succeeds("debug");
    assert!(output.says("profiles.yml file [OK found and valid]") && output.says("All checks passed!"), "{output}");
    assert!(output.says("Connection test: [OK connection ok]"), "{output}");
    let output = shop.succeeds("debug --connection");
    assert!(output.says("Skipping steps before connection verification") && !output.says("Configuration:"), "{output}");
    insta::assert_snapshot!(shop.kiln("debug --target prod"), @r#"
    exit code: 1
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  dbt version: 1.11.16
    TIME  kiln version: 0.1.0
    TIME  os: linux x86_64
    TIME  Using profiles dir at PROJECT
    TIME  Using profiles.yml file at PROJECT/profiles.yml
    TIME  Using dbt_project.yml file at PROJECT/dbt_project.yml
    TIME  adapter type: postgres
    TIME  adapter version: 1.11.0
    TIME  Configuration:
    TIME    profiles.yml file [ERROR invalid]
    TIME    dbt_project.yml file [OK found and valid]
    TIME  Required dependencies:
    TIME   - git [OK found]
    TIME  Connection test skipped, since project and profile must be well for it
    TIME  1 check failed:
    TIME  Profile loading failed for the following reason:
    Usage Error
      The profile 'shop' does not have a target named 'prod'.
       --> profiles.yml:4:5
      hint: it has: dev


    --- stderr
    "#);
    assert_eq!(shop.kiln("debug --project-dir nowhere").code, 2);
    let missing = shop.kiln("debug --profiles-dir nowhere");
    assert!(
        missing.code == 1 && missing.says("dbt looked for a profiles.yml file in nowhere/profiles.yml"),
        "{missing}"
    );
    shop.write("dbt_project.yml", "name: shop\nprofile: shop\nmodls: {}\n");
    let invalid = shop.kiln("debug");
    assert!(invalid.code == 1 && invalid.says("dbt_project.yml file [ERROR invalid]"), "{invalid}");
    assert!(invalid.says("profiles.yml file [OK found and valid]"), "{invalid}");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn clean_keeps_to_the_project_and_needs_no_profile() {
    let shop = Sandbox::new().file("models/a.yml", "models: 3").file("inside/x", "");
    let project = shop.read("dbt_project.yml");
    shop.write("dbt_project.yml", &format!("{project}clean-targets: [inside, ../missing]\n"));
    insta::assert_snapshot!(shop.kiln("clean"), @r#"
    exit code: 2
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Encountered an error:
              Usage Error
                dbt will not clean `../missing`: it lies outside of the project
                hint: name folders inside of the project in `clean-targets`, or add `--no-clean-project-files-only`

    --- stderr
    "#);
    assert!(shop.path().join("inside/x").exists());
    shop.remove("profiles.yml");
    shop.write("dbt_project.yml", &format!("{project}clean-targets: [inside, missing]\n"));
    insta::assert_snapshot!(shop.kiln("clean"), @r#"
    exit code: 0
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Checking PROJECT/inside/*
    TIME  Cleaned PROJECT/inside/*
    TIME  Checking PROJECT/missing/*
    TIME  Cleaned PROJECT/missing/*
    TIME  Finished cleaning all paths.

    --- stderr
    "#);
    assert!(!shop.path().join("inside").exists());
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_project_that_cannot_be_read_leaves_its_reason_in_the_log() {
    let shop = Sandbox::new().file("profiles.yml", "other: {}\n");
    assert_eq!(shop.kiln("run").code, 2);
    assert!(shop.read("logs/dbt.log").contains("Could not find profile named 'shop'"));
    let project = shop.read("dbt_project.yml");
    shop.write("dbt_project.yml", &format!("{project}log-path: elsewhere\nmodls: 3\n"));
    assert_eq!(shop.kiln("ls").code, 2);
    assert!(shop.read("elsewhere/dbt.log").contains("Could not find profile"));
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_query_comment_that_is_none_ends_the_command() {
    let shop = Sandbox::new().file("models/a.sql", "select 1 as id");
    let project = shop.read("dbt_project.yml");
    shop.write("dbt_project.yml", &format!("{project}query-comment: \"it ends */ here\"\n"));
    insta::assert_snapshot!(shop.kiln("run"), @r#"
    exit code: 2
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Found 1 model, MANY macros
    TIME  Encountered an error:
              Runtime Error
                query comment contains illegal value "*/": it ends */ here

    --- stderr
    "#);
}
