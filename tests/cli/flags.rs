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

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn names_that_say_jinja_are_read_where_a_flag_allows_them() {
    let shop = Sandbox::new()
        .file("models/a.sql.j2", "select 1 as id")
        .file("models/b.sql.jinja", "select {{ mm() }} as id from {{ ref('a') }}")
        .file("models/c.sql", "select 3 as id")
        .file("models/d.md.JINJA2", "{% docs told %}hello{% enddocs %}")
        .file("models/no.yml.j2", "models: [{name: a, description: nothing}]")
        .file("macros/m.sql.j2", "{% macro mm() %}1{% endmacro %}")
        .file("tests/sub/t.sql.jinja2", "select * from {{ ref('b') }} where id is null")
        .file("tests/generic/g.sql.jinja", "{% test there(model) %}select * from {{ model }} where false{% endtest %}")
        .file("analyses/an.sql.jinja2", "select 2")
        .file("functions/fn.sql.j2", "select x * 2")
        .file("snapshots/s.sql.j2", "{% snapshot sn %}{{ config(strategy='check', unique_key='id', check_cols='all') }}select 1 as id{% endsnapshot %}");
    assert_eq!(shop.succeeds("ls -q").stdout, "shop.c\n");
    let functions = "functions: [{name: fn, arguments: [{name: x, data_type: int}], returns: {data_type: int}}]\n";
    let models = "models: [{name: b, description: \"{{ doc('told') }}\", data_tests: [there]}]\n";
    shop.write("models/y.yml", &format!("{functions}{models}"));
    with_flags(&shop, "allow_jinja_file_extensions: true");
    shop.succeeds("build");
    assert_eq!(
        shop.succeeds("ls -q --output path").stdout,
        "functions/fn.sql.j2\nmodels/a.sql.j2\nmodels/b.sql.jinja\nmodels/c.sql\nsnapshots/s.sql.j2\ntests/sub/t.sql.jinja2\nmodels/y.yml\n"
    );
    assert_eq!(
        shop.succeeds("ls -q -s file:a.sql path:models/b.sql.jinja --resource-type model").stdout,
        "shop.a\nshop.b\n"
    );
    shop.succeeds("compile");
    let manifest: serde_json::Value = serde_json::from_str(&shop.read("target/manifest.json")).unwrap();
    let keys = ["path", "fqn", "compiled_path", "description"];
    let told: Vec<String> = ["model.shop.b", "snapshot.shop.sn", "test.shop.t", "analysis.shop.an"]
        .iter()
        .map(|id| keys.map(|key| manifest["nodes"][id][key].to_string()).join(" "))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    "b.sql.jinja" ["shop","b"] "target/compiled/shop/models/b.sql.jinja" "hello"
    "s.sql.j2" ["shop","s.sql","sn"] null ""
    "sub/t.sql" ["shop","sub","t"] "target/compiled/shop/tests/sub/t.sql.jinja2/sub/t.sql" ""
    "analysis/an.sql.jinja2" ["shop","analysis","an"] "target/compiled/shop/analyses/an.sql.jinja2" ""
    "#);
    assert!(shop.read("target/compiled/shop/tests/sub/t.sql.jinja2/sub/t.sql").ends_with("where id is null"));
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn analyses_lie_in_their_own_folders_where_a_flag_says_so() {
    let shop = Sandbox::new().file("analyses/sub/an.sql", "select 1");
    let list = "ls -q --resource-type analysis --output json --output-keys fqn tags";
    assert_eq!(shop.succeeds(list).stdout, "{\"fqn\": [\"shop\", \"analysis\", \"sub\", \"an\"], \"tags\": []}\n");
    with_flags(&shop, "require_corrected_analysis_fqns: true}\nanalyses: {shop: {sub: {+tags: x}}");
    assert_eq!(shop.succeeds(list).stdout, "{\"fqn\": [\"shop\", \"sub\", \"an\"], \"tags\": [\"x\"]}\n");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_source_with_a_space_in_its_name_is_refused_where_a_flag_says_so() {
    let sources = "sources: [{name: my raw, tables: [{name: a}, {name: b}]}]\n";
    let shop = Sandbox::new().file("models/s.yml", sources);
    shop.succeeds("parse");
    with_flags(&shop, "require_source_and_semantic_model_names_without_spaces: true");
    let parsed = shop.kiln("parse");
    assert_eq!(parsed.code, 2, "{parsed}");
    assert_eq!(parsed.stdout.matches("the name of source `my raw` has a space in it").count(), 1, "{parsed}");
    assert!(parsed.says("hint: call it `my_raw`"), "{parsed}");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_header_of_a_test_is_sent_where_the_project_asks_for_it() {
    let shop = Sandbox::new()
        .file("models/raw.sql", "select 1 as id")
        .file("tests/generic/zone.sql", "{% test zone(model) %}select 1 where current_setting('TimeZone') <> 'Asia/Tokyo'{% endtest %}")
        .file(
            "models/raw.yml",
            "models: [{name: raw, data_tests: [{zone: {config: {sql_header: \"set local timezone to 'Asia/Tokyo';\"}}}]}]",
        );
    assert_eq!(shop.kiln("build").code, 1);
    with_flags(&shop, "require_sql_header_in_test_configs: true");
    shop.succeeds("build");
    shop.succeeds("test --store-failures");
}
