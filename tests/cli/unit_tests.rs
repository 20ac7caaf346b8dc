//! Unit tests: inputs in all formats, overrides, what differs, mistakes, and where they stand in a build.

use crate::sandbox::Sandbox;

fn shop() -> Sandbox {
    Sandbox::new()
        .file("seeds/raw.csv", "id,name,amount\n1,a,1.5\n2,b,2.5\n")
        .file("models/orders.sql", "select id, name, amount from {{ ref('raw') }}")
        .file(
            "models/names.sql",
            "{{ config(materialized='ephemeral') }} select id, upper(name) as name from {{ ref('raw') }}",
        )
        .file(
            "models/totals.sql",
            "select o.id, n.name, o.amount * {{ var('factor') }} as amount, '{{ label() }}' as label
             from {{ ref('orders') }} as o left join {{ ref('names') }} as n on n.id = o.id",
        )
        .file("macros/label.sql", "{% macro label() %}real{% endmacro %}")
        .file("tests/fixtures/two_orders.csv", "id,name,amount\n1,x,10\n2,,20.5\n")
}

fn with_project(shop: Sandbox) -> Sandbox {
    let project = shop.read("dbt_project.yml");
    shop.write("dbt_project.yml", &format!("{project}\nvars: {{factor: 2}}\n"));
    shop
}

const TESTS: &str = "unit_tests:
  - name: adds_up
    model: totals
    config: {tags: [quick]}
    overrides: {macros: {label: fake}, vars: {factor: 3}}
    given:
      - {input: ref('orders'), format: csv, fixture: two_orders}
      - {input: ref('names'), format: sql, rows: \"select 1 as id, 'E' as name\"}
    expect:
      rows:
        - {id: 2, name: null, amount: 61.5, label: fake}
        - {id: 1, name: E, amount: 30, label: fake}
  - name: seeds_stand_for_themselves
    model: orders
    given: [{input: ref('raw')}]
    expect: {format: csv, rows: \"id,amount\\n1,1.5\\n2,2.5\"}
";

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_unit_test_runs_before_its_model_on_the_given_rows() {
    let shop = with_project(shop().file("models/tests.yml", TESTS));
    let output = shop.succeeds("build");
    let position = |text: &str| output.stdout.find(text).unwrap_or_else(|| panic!("{text}\n{output}"));
    assert!(position("PASS totals::adds_up") < position("START sql view model shop.totals"), "{output}");
    assert!(
        position("OK created sql view model shop.orders") < position("START unit_test totals::adds_up"),
        "{output}"
    );
    assert!(output.says("2 unit tests"), "{output}");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn unit_tests_are_chosen_by_type_name_tag_and_model() {
    let shop = with_project(shop().file("models/tests.yml", TESTS));
    for words in ["test_type:unit,tag:quick", "unit_test:adds*", "adds_up", "totals,resource_type:unit_test"] {
        let output = shop.succeeds(&format!("ls -q -s {words}"));
        assert_eq!(output.stdout, "unit_test:shop.adds_up\n", "{words}");
    }
    shop.succeeds("seed");
    shop.succeeds("run");
    let output = shop.succeeds("test -s test_type:unit");
    assert!(output.says("PASS=2 "), "{output}");
    let results: serde_json::Value = serde_json::from_str(&shop.read("target/run_results.json")).unwrap();
    assert_eq!(results["results"][0]["status"], "pass");
    assert_eq!(results["results"][0]["failures"], 0);
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn what_differs_is_shown_and_the_model_is_skipped() {
    let wrong = TESTS.replace("amount: 61.5", "amount: 61").replace("name: E, amount: 30", "name: F, amount: 30");
    let shop = with_project(shop().file("models/tests.yml", &wrong));
    let output = shop.kiln("build");
    assert_eq!(output.code, 1, "{output}");
    let start = output.stdout.find("@@").unwrap_or_else(|| panic!("{output}"));
    let table: Vec<&str> = output.stdout[start..].lines().take(3).map(str::trim).collect();
    insta::assert_snapshot!(table.join("\n"), @"
    @@,id,name,amount   ,label
    → ,1 ,F→E ,30.0     ,fake
    → ,2 ,NULL,61.0→61.5,fake
    ");
    assert!(output.says("FAIL 1 totals::adds_up") && output.says("SKIP relation shop.totals"), "{output}");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn an_incremental_model_is_given_its_own_rows() {
    let shop = shop()
        .file(
            "models/grows.sql",
            "{{ config(materialized='incremental') }} select id from {{ ref('raw') }}
             {% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}",
        )
        .file(
            "models/tests.yml",
            "unit_tests:
  - name: only_new
    model: grows
    overrides: {macros: {is_incremental: true}}
    given:
      - {input: this, rows: [{id: 1}]}
      - {input: ref('raw'), rows: [{id: 1}, {id: 2}]}
    expect: {rows: [{id: 2}]}
  - name: all_at_first
    model: grows
    overrides: {macros: {is_incremental: false}}
    given: [{input: ref('raw'), rows: [{id: 1}, {id: 2}]}]
    expect: {format: sql, rows: select 1 as id union all select 2}
",
        );
    let shop = with_project(shop);
    shop.succeeds("seed");
    shop.succeeds("run -s grows");
    shop.succeeds("test -s grows");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn mistakes_in_a_unit_test_name_what_is_wrong() {
    let shop = with_project(shop());
    shop.succeeds("seed");
    shop.succeeds("run");
    let cases = [
        ("{input: ref('raw'), rows: [{idd: 1}]}", 1, "Invalid column name: 'idd' in unit test fixture for 'raw'."),
        ("{input: ref('raw'), rows: [{id: abc}]}", 1, "invalid input syntax for type integer: \"abc\""),
        ("{input: ref('nothing'), rows: []}", 1, "had an input (ref('nothing')) which was not found in the manifest"),
        ("{input: other, rows: []}", 1, "must be either a 'ref', 'source' or 'this' call. Got: 'other'."),
        ("{input: ref('orders'), rows: []}", 1, "depends on a node named 'raw' which was not found"),
        ("{input: ref('raw'), format: csv, fixture: none}", 2, "File not found for fixture 'none'"),
        ("{input: ref('raw'), rows: text}", 2, "has input rows which do not match format dict"),
        ("{input: ref('raw'), format: sql, rows: []}", 2, "do not match format sql.  Expected string."),
    ];
    for (given, code, message) in cases {
        let text = format!("unit_tests: [{{name: t, model: orders, given: [{given}], expect: {{rows: [{{id: 1}}]}}}}]");
        shop.write("models/tests.yml", &text);
        let output = shop.kiln("test -s test_type:unit");
        assert!(output.code == code && output.says(message), "{given}\n{output}");
    }
    shop.write("models/tests.yml", "unit_tests: [{name: t, model: nope, given: [], expect: {rows: []}}]");
    let output = shop.kiln("parse");
    assert!(output.code == 2 && output.says("Unable to find model 'shop.nope' for unit test 't'"), "{output}");
}
