//! Behaviour flags: the mapping `flags` of the project file.

use crate::sandbox::Sandbox;

/// A project with these flags.
fn with_flags(shop: &Sandbox, flags: &str) {
    let project = shop.read("dbt_project.yml");
    let project = project.split("flags:").next().unwrap().trim_end();
    shop.write("dbt_project.yml", &format!("{project}\nflags: {{{flags}}}\n"));
}

/// A shop with a package, both of which have a model `x`, a source `raw.t` and a docs block `what`.
fn with_namesakes() -> Sandbox {
    let sources = "sources: [{name: raw, tables: [{name: t}]}]\n";
    let shop = Sandbox::new()
        .file("packages.yml", "packages: [{local: kit}]\n")
        .file("kit/dbt_project.yml", "name: kit\nversion: '1.0'\n")
        .file("kit/models/x.sql", "{{ config(schema='kit') }} select 1 as id")
        .file("kit/models/y.sql", "select * from {{ ref('x') }} join {{ source('raw', 't') }} using (id)")
        .file("kit/models/y.yml", &format!("{sources}models: [{{name: y, description: \"{{{{ doc('what') }}}}\"}}]\n"))
        .file("kit/models/what.md", "{% docs what %}of the kit{% enddocs %}")
        .file("models/x.sql", "select 2 as id")
        .file("models/s.yml", sources)
        .file("models/what.md", "{% docs what %}of the shop{% enddocs %}");
    shop.succeeds("deps");
    shop
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn names_in_a_package_mean_what_the_root_has_unless_a_flag_says_otherwise() {
    let shop = with_namesakes();
    let list = "ls -s y --output json --output-keys depends_on.nodes description";
    let output = shop.succeeds(list);
    let line = r#"{"depends_on.nodes": ["source.shop.raw.t", "model.shop.x"], "description": "of the shop"}"#;
    assert!(output.says(line), "{output}");
    assert!(output.says("The node 'y' in package 'kit' depends on the root project node 'model.shop.x'"), "{output}");
    with_flags(&shop, "require_ref_searches_node_package_before_root: true");
    let output = shop.succeeds(list);
    let line = r#"{"depends_on.nodes": ["source.kit.raw.t", "model.kit.x"], "description": "of the kit"}"#;
    assert!(output.says(line) && !output.says("depends on the root"), "{output}");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_name_that_two_packages_have_needs_the_name_of_one() {
    let shop = with_namesakes().file("other/dbt_project.yml", "name: other\nversion: '1.0'\n");
    shop.write("other/models/x.sql", "{{ config(schema='other') }} select 3 as id");
    shop.write("packages.yml", "packages: [{local: kit}, {local: other}]\n");
    shop.remove("models/x.sql");
    shop.write("models/z.sql", "select * from {{ ref('x') }}");
    shop.succeeds("deps");
    let output = shop.kiln("parse");
    let message = "when referencing 'x', dbt found nodes in multiple packages: 'model.kit.x', 'model.other.x'";
    assert!(output.code == 2 && output.says(message), "{output}");
    shop.write("models/z.sql", "select * from {{ ref('other', 'x') }}");
    shop.succeeds("parse");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn nulls_may_be_equal() {
    let shop =
        Sandbox::new().file("macros/m.sql", "{% macro say() %}{% do print(dbt.equals('a', 'b')) %}{% endmacro %}");
    assert!(!shop.succeeds("run-operation say").says("distinct"));
    with_flags(&shop, "enable_truthy_nulls_equals_macro: true");
    assert!(shop.succeeds("run-operation say").stdout.to_lowercase().contains("is not distinct from"));
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn some_warnings_are_no_errors_unless_a_flag_says_so() {
    let shop = Sandbox::new()
        .file("models/a.sql", "{{ config(meta={'colour': 'red'}) }} select '{{ config.get('colour', 'blue') }}' as it")
        .file("tests/odd.sql", "{{ config(severity='warn') }} select 1 as odd");
    let output = shop.succeeds("--warn-error compile -s a");
    assert!(output.says("`meta` has the key 'colour'") && output.says("select 'blue' as it"), "{output}");
    let spared = "--warn-error-options '{error: all, warn: [LogTestResult]}' test";
    shop.succeeds(spared);
    with_flags(&shop, "require_all_warnings_handled_by_warn_error: true");
    assert_eq!(shop.kiln("--warn-error compile -s a").code, 2);
    let output = shop.kiln(spared);
    assert!(output.code == 2 && output.says("Warning in test odd"), "{output}");
    let output = shop.kiln("--warn-error test");
    assert!(output.code == 1 && output.says("Got 1 result, configured to fail if != 0"), "{output}");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_source_that_is_old_fails_where_all_warnings_are_errors() {
    let source = "sources:\n  - name: raw\n    schema: \"{{ target.schema }}\"\n    loaded_at_field: at::timestamp\n    \
                  freshness: {warn_after: {count: 1, period: day}}\n    tables: [{name: seen}]\n";
    let shop = Sandbox::new().file("seeds/seen.csv", "id,at\n1,2020-01-01 00:00:00\n").file("models/s.yml", source);
    shop.succeeds("seed");
    shop.succeeds("--warn-error source freshness");
    with_flags(&shop, "require_all_warnings_handled_by_warn_error: true");
    let output = shop.kiln("--warn-error source freshness");
    assert!(output.code == 1 && output.says("the rows of raw.seen are too old"), "{output}");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn words_that_are_unknown_matter_where_they_would_be_used() {
    let shop = Sandbox::new().file("models/a.sql", "select 1 as id");
    with_flags(&shop, "log_format: fancy");
    shop.succeeds("ls");
    with_flags(&shop, "indirect_selection: fancy");
    shop.succeeds("parse");
    let output = shop.kiln("ls");
    assert!(output.code == 2 && output.says("`--indirect-selection` cannot be `fancy`"), "{output}");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn what_is_said_of_macro_arguments_is_checked_when_asked_for() {
    let described = "macros: [{name: m, arguments: [{name: a, type: string}, {name: c, type: nonsense}, {name: b}]}]\n";
    let shop =
        Sandbox::new().file("macros/m.sql", "{% macro m(a, b=2) %}1{% endmacro %}").file("macros/m.yml", described);
    assert!(!shop.succeeds("parse").says("macro m"));
    with_flags(&shop, "validate_macro_args: true");
    let told = shop.succeeds("parse");
    for text in [
        "Argument c in yaml for macro m does not match the jinja definition.",
        "The number of arguments in the yaml for macro m does not match the jinja definition.",
        "Argument c in the yaml for macro m has an invalid type.",
    ] {
        assert!(told.says(text), "{told}");
    }
    assert_eq!(shop.kiln("--warn-error parse").code, 2);
}
