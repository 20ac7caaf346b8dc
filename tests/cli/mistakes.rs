//! How mistakes in a project are told: all in one run, each with its place.

use crate::sandbox::Sandbox;

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn mistakes_of_all_kinds_are_told_in_one_run() {
    let shop = Sandbox::new()
        .file("macros/m.sql", "{% macro shorten(x) %}{{ x }}")
        .file("models/a.sql", "select {{ ref('rwa') }}, {{ shorten('x') }}")
        .file("models/b.sql", "select\n  {{ nothing( }}")
        .file("models/c.sql", "select * from {{ source('landing', 'orders') }}, {{ source('landing', 'others') }}")
        .file("models/raw.sql", "select 1 as id")
        .file("models/raw.yml", "models:\n  - name: raw\n    columns: 3\n")
        .file("models/sources.yml", "sources:\n  - name: landing\n    tables: [{name: orders}\n");
    insta::assert_snapshot!(shop.kiln("parse"), @r#"
    exit code: 2
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Encountered an error:
              Parsing Error
                the block `{% macro shorten %}` is never closed
                 --> macros/m.sql:1:1
                  |
                1 | {% macro shorten(x) %}{{ x }}
                  | ^
                hint: end it with `{% endmacro %}`
    TIME  Encountered an error:
              Compilation Error
                Model 'model.shop.a' (models/a.sql) depends on a node named 'rwa' which was not found
                 --> models/a.sql:1:11
                  |
                1 | select {{ ref('rwa') }}, {{ shorten('x') }}
                  |           ^
                hint: did you mean `raw`?
    TIME  Encountered an error:
              Parsing Error
                `(` is never closed by `)`
                 --> models/b.sql:2:13
                  |
                2 |   {{ nothing( }}
                  |             ^
    TIME  Encountered an error:
              Compilation Error
                Model 'model.shop.c' (models/c.sql) depends on a source named 'landing.others' which was not found
                 --> models/c.sql:1:53
                  |
                1 | select * from {{ source('landing', 'orders') }}, {{ source('landing', 'others') }}
                  |                                                     ^
    TIME  Encountered an error:
              Parsing Error
                `columns` must be a list, not `3`
                 --> models/raw.yml:3:14
                  |
                3 |     columns: 3
                  |              ^
    TIME  Encountered an error:
              Parsing Error
                this is no valid YAML: did not find expected ',' or ']'
                 --> models/sources.yml:3:13
                  |
                3 |     tables: [{name: orders}
                  |             ^

    --- stderr
    "#);
    let project = shop.read("dbt_project.yml");
    shop.write("dbt_project.yml", &format!("{project}modls: {{}}\n"));
    insta::assert_snapshot!(shop.kiln("parse --quiet"), @r#"
    exit code: 2
    --- stdout
    TIME  Encountered an error:
              Parsing Error
                `modls` is no key of a project file
                 --> dbt_project.yml:5:1
                  |
                5 | modls: {}
                  | ^
                hint: did you mean `models`?
    TIME  Encountered an error:
              Parsing Error
                the block `{% macro shorten %}` is never closed
                 --> macros/m.sql:1:1
                  |
                1 | {% macro shorten(x) %}{{ x }}
                  | ^
                hint: end it with `{% endmacro %}`
    TIME  Encountered an error:
              Parsing Error
                `(` is never closed by `)`
                 --> models/b.sql:2:13
                  |
                2 |   {{ nothing( }}
                  |             ^
    TIME  Encountered an error:
              Parsing Error
                `columns` must be a list, not `3`
                 --> models/raw.yml:3:14
                  |
                3 |     columns: 3
                  |              ^
    TIME  Encountered an error:
              Parsing Error
                this is no valid YAML: did not find expected ',' or ']'
                 --> models/sources.yml:3:13
                  |
                3 |     tables: [{name: orders}
                  |             ^

    --- stderr
    "#);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_mistake_in_a_description_is_placed_in_its_file() {
    let shop = Sandbox::new()
        .file("models/a.sql", "select 1 as id")
        .file("models/a.yml", "models:\n  - name: a\n    description: \"{{ doc('nothing') }}\"\n");
    insta::assert_snapshot!(shop.kiln("parse"), @r#"
    exit code: 2
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Encountered an error:
              Compilation Error
                Documentation for 'nothing' not found
                 --> models/a.yml:2:5
                  |
                2 |   - name: a
                  |     ^
                hint: write a block `{% docs nothing %}` in a `.md` file

    --- stderr
    "#);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn jinja_without_quotes_is_shown_at_its_beginning() {
    let shop = Sandbox::new().file("models/a.yml", "models:\n  - name: a\n    description: {{ x }}\n");
    insta::assert_snapshot!(shop.kiln("parse"), @r#"
    exit code: 2
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Encountered an error:
              Parsing Error
                a list or mapping cannot be a key
                 --> models/a.yml:3:18
                  |
                3 |     description: {{ x }}
                  |                  ^
                hint: put quotes around a value that holds Jinja

    --- stderr
    "#);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_model_in_python_fails_by_itself() {
    let shop = Sandbox::new()
        .file("models/raw.sql", "select 1 as id")
        .file("models/trained.py", "def model(dbt, session):\n    return dbt.ref('raw')\n")
        .file("models/child.sql", "select * from {{ ref('trained') }}");
    insta::assert_snapshot!(shop.kiln("run --threads 1"), @r#"
    exit code: 1
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Found 3 models, MANY macros
    TIME
    TIME  Concurrency: 1 thread (target='dev')
    TIME
    TIME  1 of 3 START sql view model shop.raw ........................................... [RUN]
    TIME  1 of 3 OK created sql view model shop.raw ...................................... [CREATE VIEW in 0.00s]
    TIME  2 of 3 START python table model shop.trained ................................... [RUN]
    TIME  2 of 3 ERROR creating python table model shop.trained .......................... [ERROR in 0.00s]
    TIME  3 of 3 SKIP relation shop.child ................................................ [SKIP]
    TIME
    TIME  Finished running 1 table model, 2 view models in 0 hours 0 minutes and 0.00 seconds (0.00s).
    TIME
    TIME  Completed with 1 error, 0 partial successes, and 0 warnings:
    TIME
    TIME  Failure in model trained (models/trained.py)
    TIME    Runtime Error in model trained (models/trained.py)
                  Materialization "table" only supports languages ['sql']; got "python"
                   --> models/trained.py
                  hint: Postgres runs no models in Python: write it in SQL, or switch it off with `enabled: false`
    TIME
    TIME  Done. PASS=1 WARN=0 ERROR=1 SKIP=1 NO-OP=0 TOTAL=3

    --- stderr
    "#);
    assert_eq!(shop.succeeds("ls --quiet -s trained+").stdout, "shop.child\nshop.trained\n");
    shop.remove("models/child.sql");
    shop.write("models/trained.yml", "models: [{name: trained, config: {enabled: false}}]");
    shop.succeeds("run");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_slip_on_the_command_line_says_what_there_is() {
    let shop = Sandbox::new().file("models/a.sql", "select 1 as id");
    let says = |words: &str| {
        let output = shop.kiln(words);
        format!("{} {}{}", output.code, output.stdout.replace("TIME  Encountered an error:\n", ""), output.stderr)
    };
    let slips = ["run --selct a", "run -s taq:a", "run -s nowhere:a", "run --selector a", "ls --project-dir nowhere"];
    let told: Vec<String> = slips.iter().map(|words| says(&format!("{words} --quiet"))).collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    2 Usage Error
      unexpected argument `--selct` found
      hint: did you mean `--select`?

    2           Usage Error
                `taq` is not a valid method name
                hint: did you mean `tag:`?

    2           Usage Error
                `nowhere` is not a valid method name
                hint: the methods are: access, config, exposure, file, fqn, group, metric, package, path, resource_type, result, saved_query, selector, semantic_model, source, source_status, state, tag, test_name, test_type, unit_test, version

    2           Usage Error
                could not find selector `a`
                hint: selectors.yml defines selectors, and there are none

    2           Usage Error
                there is no folder `PROJECT/nowhere`
                hint: `--project-dir` names the folder of the project
    "#);
    insta::assert_snapshot!(says("run --quiet --vars '{a'"), @r#"
    2 Usage Error
      `--vars`: this is no valid YAML: did not find expected ',' or '}'
      hint: `kiln --help` lists commands and options
    "#);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_missing_variable_of_the_profile_is_told_once() {
    let shop = Sandbox::new();
    let profile = shop.read("profiles.yml");
    let port = regex::Regex::new("(?m)^( *)threads: .*$").unwrap();
    shop.write("profiles.yml", &port.replace(&profile, "${1}threads: \"{{ env_var('NOWHERE') }}\""));
    let output = shop.kiln("run --quiet");
    assert_eq!((output.code, output.stdout.matches("Encountered an error").count()), (2, 1), "{output}");
    assert!(output.says("the environment variable `NOWHERE` is not set"), "{output}");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn what_a_built_in_macro_raises_is_placed_at_its_call() {
    let shop = Sandbox::new()
        .file("macros/statement.sql", "{% macro unrelated() %}{% endmacro %}")
        .file("models/a.sql", "select 1 as id,\n  {{ dbt.get_powers_of_two(0) }}");
    let output = shop.kiln("run --quiet");
    insta::assert_snapshot!(output, @r#"
    exit code: 2
    --- stdout
    TIME  Encountered an error:
              Compilation Error
                get_powers_of_two needs a bound above zero
                 --> models/a.sql:2:9
                  |
                2 |   {{ dbt.get_powers_of_two(0) }}
                  |         ^

                > in macro dbt.default__get_powers_of_two (<kiln>/macros/cross_database/get_powers_of_two.sql:8:22)
                > in macro dbt.get_powers_of_two (<kiln>/macros/cross_database/get_powers_of_two.sql:3:30)

    --- stderr
    "#);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn values_that_keys_cannot_have_are_told_before_anything_runs() {
    let shop = Sandbox::new()
        .file("models/a.sql", "{{ config(\n    tags=['x'],\n    enabled='maybe',\n) }}\nselect 1 as id")
        .file("models/b.sql", "select 1 as id")
        .file(
            "models/b.yml",
            "models:\n  - name: b\n    config: {grants: reader, group: finanse}\n    columns:\n      - name: id\n        \
             data_tests:\n          - unique: {config: {severity: wran}}\n  - name: b\ngroups:\n  - {name: finance, owner: {name: x}}\n",
        )
        .file("models/c d.sql", "select 1 as id")
        .file("models/e.yml", "exposures:\n  - {name: e, type: dashbord, owner: {name: x}}\n")
        .file(
            "models/s.yml",
            "sources:\n  - name: raw\n    loaded_at_field: at\n    freshness: {warn_after: {count: 1, period: dy}}\n    tables: [{name: t}, {name: t}]\n",
        )
        .file("snapshots/s.sql", "{% snapshot s %}\n{{ config(strategy='timestamp', updated_at='at') }}\nselect 1\n{% endsnapshot %}")
        .file("selectors.yml", "selectors:\n  - name: one\n    definition: a\n");
    insta::assert_snapshot!(shop.kiln("parse"), @r#"
    exit code: 2
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Encountered an error:
              Parsing Error
                model `a`: `enabled` must be `true` or `false`, not `maybe`
                 --> models/a.sql:3:5
                  |
                3 |     enabled='maybe',
                  |     ^
    TIME  Encountered an error:
              Parsing Error
                model `b`: `grants` must be a mapping, not `reader`
                 --> models/b.yml:3:22
                  |
                3 |     config: {grants: reader, group: finanse}
                  |                      ^
    TIME  Encountered an error:
              Parsing Error
                model `b`: there is no group `finanse`
                 --> models/b.yml:3:37
                  |
                3 |     config: {grants: reader, group: finanse}
                  |                                     ^
                hint: did you mean `finance`?
    TIME  Encountered an error:
              Parsing Error
                test `unique_b_id`: `severity` must be one of `warn`, `error`, not `wran`
                 --> models/b.yml:7:13
                  |
                7 |           - unique: {config: {severity: wran}}
                  |             ^
                hint: did you mean `warn`?
    TIME  Encountered an error:
              Parsing Error
                test `unique_b_id`: there is no group `finanse`
                 --> models/b.yml:7:13
                  |
                7 |           - unique: {config: {severity: wran}}
                  |             ^
                hint: did you mean `finance`?
    TIME  Encountered an error:
              Parsing Error
                model `b` is described twice, first at models/b.yml:2
                 --> models/b.yml:8:5
                  |
                8 |   - name: b
                  |     ^
                hint: say everything about it in one entry
    TIME  Encountered an error:
              Parsing Error
                the name of model `c d` has a space in it
                 --> models/c d.sql:1:1
                  |
                1 | select 1 as id
                  | ^
                hint: call it `c_d`
    TIME  Encountered an error:
              Parsing Error
                `type` of exposure `e` must be one of `dashboard`, `notebook`, `analysis`, `ml`, `application`, not `dashbord`
                 --> models/e.yml:2:21
                  |
                2 |   - {name: e, type: dashbord, owner: {name: x}}
                  |                     ^
                hint: did you mean `dashboard`?
    TIME  Encountered an error:
              Parsing Error
                `warn_after` of source `raw.t`: `period` must be one of `minute`, `hour`, `day`, not "dy"
                 --> models/s.yml:4:48
                  |
                4 |     freshness: {warn_after: {count: 1, period: dy}}
                  |                                                ^
                hint: write `warn_after: {count: 1, period: day}`
    TIME  Encountered an error:
              Parsing Error
                source `raw.t` is defined twice, first at models/s.yml:5
                 --> models/s.yml:5:25
                  |
                5 |     tables: [{name: t}, {name: t}]
                  |                         ^
                hint: rename or remove one of them
    TIME  Encountered an error:
              Parsing Error
                snapshot `s` needs `unique_key` for its strategy `timestamp`
                 --> snapshots/s.sql:2:11
                  |
                2 | {{ config(strategy='timestamp', updated_at='at') }}
                  |           ^
                hint: set `unique_key` in its config: the column that tells rows apart

    --- stderr
    "#);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_wrong_selector_is_shown() {
    let shop = Sandbox::new().file("models/a.sql", "select 1 as id").file(
        "selectors.yml",
        "selectors:\n  - name: one\n    definition: a\n  - name: two\n    definition: {method: tagg, value: x}\n",
    );
    insta::assert_snapshot!(shop.kiln("ls"), @r"
    exit code: 2
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Encountered an error:
              Parsing Error
                selector `two`: `tagg` is not a valid method name
                 --> selectors.yml:4:5
                  |
                4 |   - name: two
                  |     ^
                hint: did you mean `tag:`?

    --- stderr
    ");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn what_the_server_refuses_of_a_seed_is_shown_in_its_file() {
    let shop = Sandbox::new()
        .file("seeds/orders.csv", "id,note\n1,\"two\nlines\"\n2,x\n")
        .file("seeds/orders.yml", "seeds:\n  - name: orders\n    config: {column_types: {id: integer}}\n");
    let built = shop.kiln("seed");
    assert_eq!(built.code, 0, "{built}");
    let shop = shop.file("seeds/orders.csv", "id,note\n1,\"two\nlines\"\nzwei,x\n");
    insta::assert_snapshot!(shop.kiln("seed"), @r#"
    exit code: 1
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Found 1 seed, MANY macros
    TIME
    TIME  Concurrency: 2 threads (target='dev')
    TIME
    TIME  1 of 1 START seed file shop.orders ............................................. [RUN]
    TIME  1 of 1 ERROR loading seed file shop.orders ..................................... [ERROR in 0.00s]
    TIME
    TIME  Finished running 1 seed in 0 hours 0 minutes and 0.00 seconds (0.00s).
    TIME
    TIME  Completed with 1 error, 0 partial successes, and 0 warnings:
    TIME
    TIME  Failure in seed orders (seeds/orders.csv)
    TIME    Database Error in seed orders (seeds/orders.csv)
                  invalid input syntax for type integer: "zwei"
                  CONTEXT:  COPY orders, line 2, column id: "zwei"
                   --> seeds/orders.csv:4
                    |
                  4 | zwei,x
                  hint: the column has a type that this value is not of: `column_types: {id: ..}` sets another one, and `--full-refresh` makes the table anew from the file
    TIME
    TIME  Done. PASS=0 WARN=0 ERROR=1 SKIP=0 NO-OP=0 TOTAL=1

    --- stderr
    "#);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_test_that_cannot_run_points_at_its_entry() {
    let shop = Sandbox::new()
        .file("models/a.sql", "{{ config(materialized='tabel') }}select 1 as id")
        .file("models/b.sql", "select 1 as id")
        .file("models/b.yml", "models:\n  - name: b\n    columns:\n      - name: idd\n        data_tests: [unique]\n");
    insta::assert_snapshot!(shop.kiln("build --threads 1"), @r#"
    exit code: 1
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Found 2 models, 1 test, MANY macros
    TIME
    TIME  Concurrency: 1 thread (target='dev')
    TIME
    TIME  1 of 3 START sql tabel model shop.a ............................................ [RUN]
    TIME  1 of 3 ERROR creating sql tabel model shop.a ................................... [ERROR in 0.00s]
    TIME  2 of 3 START sql view model shop.b ............................................. [RUN]
    TIME  2 of 3 OK created sql view model shop.b ........................................ [CREATE VIEW in 0.00s]
    TIME  3 of 3 START test unique_b_idd ................................................. [RUN]
    TIME  3 of 3 ERROR unique_b_idd ...................................................... [ERROR in 0.00s]
    TIME
    TIME  Finished running 1 tabel model, 1 test, 1 view model in 0 hours 0 minutes and 0.00 seconds (0.00s).
    TIME
    TIME  Completed with 2 errors, 0 partial successes, and 0 warnings:
    TIME
    TIME  Failure in model a (models/a.sql)
    TIME    Compilation Error in model a (models/a.sql)
                  no materialization `tabel` was found for adapter postgres! (searched types `default`, `postgres`)
                   --> models/a.sql
                  hint: did you mean `table`?
    TIME
    TIME    compiled code at target/compiled/shop/models/a.sql
    TIME
    TIME  Failure in test unique_b_idd (models/b.yml)
    TIME    Database Error in test unique_b_idd (models/b.yml)
                  column "idd" does not exist
                  HINT:  Perhaps you meant to reference the column "b.id".
                   --> models/b.yml:5:22
                    |
                  5 |         data_tests: [unique]
                    |                      ^
                  compiled code at target/compiled/shop/models/b.yml/unique_b_idd.sql
    TIME
    TIME  Done. PASS=1 WARN=0 ERROR=2 SKIP=0 NO-OP=0 TOTAL=3

    --- stderr
    "#);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_hook_that_the_server_refuses_is_shown_where_it_is_written() {
    let shop = Sandbox::new()
        .file("models/a.sql", "{{ config(post_hook=[\n    'select 1',\n    'select nothing',\n]) }}\nselect 1 as id\n");
    let built = shop.kiln("build");
    assert!(built.code == 1 && built.says("--> models/a.sql:3:13") && built.says("'select nothing',"), "{built}");
}
