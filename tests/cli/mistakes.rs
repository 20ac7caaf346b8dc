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
                `{{` is never closed by `}}`
                 --> models/b.sql:2:3
                  |
                2 |   {{ nothing( }}
                  |   ^
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
                `{{` is never closed by `}}`
                 --> models/b.sql:2:3
                  |
                2 |   {{ nothing( }}
                  |   ^
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
