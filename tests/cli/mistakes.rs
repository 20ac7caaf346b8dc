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
