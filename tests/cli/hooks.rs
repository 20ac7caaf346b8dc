//! Hooks of a run: what those at the end see of it, and what their failures leave.

use serde_json::Value;

use crate::sandbox::Sandbox;

/// A project with these hooks at the end.
fn with_end_hooks(shop: Sandbox, hooks: &str) -> Sandbox {
    let project = shop.read("dbt_project.yml");
    shop.write("dbt_project.yml", &format!("{project}on-run-end: {hooks}\n"));
    shop
}

fn run_results(shop: &Sandbox) -> Vec<(String, String, Value, Value)> {
    let results: Value = serde_json::from_str(&shop.read("target/run_results.json")).unwrap();
    let word = |entry: &Value, key: &str| entry[key].as_str().unwrap().to_owned();
    let entry = |entry: &Value| {
        (word(entry, "unique_id"), word(entry, "status"), entry["message"].clone(), entry["failures"].clone())
    };
    results["results"].as_array().unwrap().iter().map(entry).collect()
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn end_hooks_see_results_as_objects_of_python() {
    let shop = Sandbox::new()
        .file("models/a.sql", "{{ config(tags=['x'], meta={'team': 'core'}) }}\nselect 1 as id")
        .file(
            "models/all.yml",
            "models: [{name: a, columns: [{name: id, data_tests: [not_null]}]}]\n\
             exposures: [{name: board, type: dashboard, owner: {name: Kim}, depends_on: [\"ref('a')\"]}]\n",
        )
        .file(
            "macros/tell.sql",
            "{% macro tell(results) %}{% for r in results %}\n\
             {% do log('SEEN ' ~ r.node.name ~ ' ' ~ r.status ~ ' ' ~ r.failures ~ ' ' ~ (r.timing | map(attribute='name') | join('+')), info=true) %}\n\
             {% set dict = r.to_dict() %}\n\
             {% do log('KEYS ' ~ dict.keys() | join(' '), info=true) if loop.first %}\n\
             {% do log('KINDS ' ~ (r is mapping) ~ ' ' ~ (r.node is mapping) ~ ' ' ~ (dict is mapping) ~ ' ' ~ (dict.node is mapping), info=true) %}\n\
             {% do log('TIMES ' ~ (r.timing[0].started_at is string) ~ ' ' ~ (r.timing[0].to_dict().started_at[-1]) ~ ' ' ~ r.timing[0].started_at.year, info=true) %}\n\
             {% do log('UNKNOWN ' ~ (r.node.config.full_refresh is none) ~ ' ' ~ (r.node.config.nothing is none) ~ ' ' ~ (r.node.nothing is defined), info=true) %}\n\
             {% do log('NODE ' ~ r.node.config.meta ~ ' ' ~ r.node.is_relational ~ ' ' ~ r.node.to_dict().unique_id, info=true) %}\n\
             {% endfor %}{% endmacro %}",
        );
    let shop = with_end_hooks(shop, "[\"{% if execute %}{% do tell(results) %}{% endif %}\"]");
    let output = shop.succeeds("build");
    for line in [
        "SEEN a success None compile+execute",
        "SEEN not_null_a_id pass 0 compile+execute",
        "SEEN board no-op 0 compile+execute",
        "KEYS status timing thread_id execution_time adapter_response message failures node agate_table batch_results",
        "KINDS False False True True",
        "UNKNOWN True True False",
        "NODE {'team': 'core'} True model.shop.a",
        "NODE {} False exposure.shop.board",
    ] {
        assert!(output.says(line), "{line}\n{output}");
    }
    assert!(output.says("TIMES False Z 20"), "{output}");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn what_an_end_hook_raises_keeps_what_the_nodes_left() {
    let shop = Sandbox::new().file("models/a.sql", "select 1 as id");
    let shop = with_end_hooks(shop, "[\"select 1\", \"{{ run_query('select 1/0') }}\"]");
    let output = shop.kiln("run");
    assert_eq!(output.code, 2, "{output}");
    assert!(output.says("Done. PASS=2") && output.says("division by zero"), "{output}");
    let kept: Vec<(String, String)> = run_results(&shop).into_iter().map(|(id, status, ..)| (id, status)).collect();
    let success = |id: &str| (id.to_owned(), "success".to_owned());
    assert_eq!(kept, [success("model.shop.a"), success("operation.shop.shop-on-run-end-0")]);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn hooks_after_a_failed_one_are_told_as_skipped() {
    let shop = Sandbox::new().file("models/a.sql", "select 1 as id");
    let shop = with_end_hooks(shop, "[\"select 1\", \"select 1/0\", \"select 3\"]");
    let output = shop.kiln("run");
    assert_eq!(output.code, 1, "{output}");
    assert!(output.says("2 of 3 ERROR hook: shop.on-run-end.1"), "{output}");
    assert!(output.says("3 of 3 SKIP hook: shop.on-run-end.2"), "{output}");
    let results = run_results(&shop);
    assert_eq!(results[1].2, "shop.on-run-end.0 passed");
    assert_eq!((&results[1].3, &results[2].3, &results[3].3), (&0.into(), &1.into(), &1.into()));
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn hooks_after_freshness_see_the_sources() {
    let shop = Sandbox::new().file(
        "models/all.yml",
        "sources: [{name: raw, schema: public, tables: [{name: events, loaded_at_field: at, \
         freshness: {warn_after: {count: 1, period: day}}}]}]\n",
    );
    shop.sql("create table public.events as select now() - interval '1 minute' as at");
    let hook = "[\"{% for r in results %}{% do log('AGE ' ~ r.node.source_name ~ '.' ~ r.node.name ~ ' ' ~ r.status \
                ~ ' ' ~ (r.age >= 60) ~ ' ' ~ (r.max_loaded_at is none), info=true) %}{% endfor %}\"]";
    let output = with_end_hooks(shop, hook).succeeds("source freshness");
    assert!(output.says("AGE raw.events pass True False"), "{output}");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn packages_reach_through_macros_and_types_of_columns_as_in_dbt() {
    let shop = Sandbox::new()
        .file("models/a.sql", "select 1 as id")
        .file(
            "macros/view.sql",
            "{% materialization view, default %}\n\
             {% set relations = dbt.materialization_view_default.call_macro() %}\n\
             {% set table = run_query(\"select 1.50 as n, 2 as i, date '2024-01-02' as d, 'x' as t, null::numeric as e from \" ~ this) %}\n\
             {% for row in table.rows %}{% for name, value in row.items() %}\n\
             {% do log('JSON ' ~ name ~ ' ' ~ tojson(table.column_types[loop.index0].jsonify(value)), info=true) %}\n\
             {% endfor %}{% endfor %}\n\
             {% do return(relations) %}\n\
             {% endmaterialization %}",
        );
    let output = shop.succeeds("run");
    for line in ["JSON n 1.5", "JSON i 2", "JSON d \"2024-01-02\"", "JSON t \"x\"", "JSON e null"] {
        assert!(output.says(line), "{line}\n{output}");
    }
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn templates_see_of_nodes_what_dbt_shows_them() {
    let shop = Sandbox::new()
        .file("models/a.sql", "{{ config(post_hook='select 1', tags=['b', 'a'], custom=[1]) }}\nselect 1 as id")
        .file(
            "models/all.yml",
            "models: [{name: a, columns: [{name: id, tags: [col], data_tests: [{unique: {config: {tags: [z, c], \
             severity: \"{{ 'warn' }}\"}}}, {accepted_values: {arguments: {values: [1]}}}]}]}]\n\
             sources: [{name: raw, freshness: {warn_after: null}, tables: [{name: t}]}]\n",
        )
        .file(
            "macros/tell.sql",
            "{% macro tell(results) %}\n\
             {% for n in graph.nodes.values() | sort(attribute='name') %}\n\
             {% do log('NODE ' ~ n.name ~ ' ' ~ n.config_call_dict ~ ' ' ~ n.unrendered_config_call_dict ~ ' ' ~ n.tags, info=true) %}\n\
             {% if n.resource_type == 'test' %}{% do log('TEST ' ~ n.raw_code ~ ' ' ~ n.test_metadata.kwargs.keys() | list, info=true) %}{% endif %}\n\
             {% endfor %}\n\
             {% do log('GRAPH ' ~ graph.keys() | sort, info=true) %}\n\
             {% do log('SOURCE ' ~ graph.sources['source.shop.raw.t'].freshness, info=true) %}\n\
             {% do log('MODEL ' ~ ('batch' in graph.nodes['model.shop.a']) ~ ' ' ~ graph.nodes['model.shop.a'].defer_relation, info=true) %}\n\
             {% for r in results %}{% do log('STATUS ' ~ r.node.name ~ ' ' ~ r.status.value ~ ' ' ~ r.status.name ~ ' ' ~ (r.status == 'success'), info=true) %}{% endfor %}\n\
             {% endmacro %}",
        );
    let shop = with_end_hooks(shop, "[\"{% if execute %}{% do tell(results) %}{% endif %}\"]");
    let output = shop.succeeds("build");
    for line in [
        "NODE a {'tags': ['b', 'a'], 'custom': [1], 'post-hook': 'select 1'} {} ['b', 'a']",
        "NODE unique_a_id {'severity': 'warn', 'tags': ['z', 'c']} {} ['c', 'col', 'z']",
        "{{ config(severity=\"warn\",tags=['z', 'c']) }} ['column_name', 'model']",
        "['column_name', 'values', 'model']",
        "GRAPH ['exposures', 'functions', 'groups', 'metrics', 'nodes', 'saved_queries', 'semantic_models', 'sources']",
        "SOURCE {'warn_after': None, 'error_after': {'count': None, 'period': None}, 'filter': None}",
        "MODEL True None",
        "STATUS a success Success True",
        "STATUS unique_a_id pass Pass False",
    ] {
        assert!(output.says(line), "{line}\n{output}");
    }
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn what_a_hook_of_the_project_does_is_kept_at_once() {
    let shop = Sandbox::new().file("models/a.sql", "select 1 as id").file(
        "macros/make.sql",
        "{% macro make() %}{% do run_query('create table public.kept (x int)') %}{% do run_query('select nothing') %}{% endmacro %}",
    );
    let project = shop.read("dbt_project.yml");
    shop.write(
        "dbt_project.yml",
        &format!("{project}on-run-end: ['create table public.first (x int)', 'vacuum public.first']\n"),
    );
    shop.succeeds("run");
    shop.write("dbt_project.yml", &format!("{project}on-run-end: '{{{{ make() }}}}'\n"));
    let failed = shop.kiln("run");
    assert!(failed.code != 0 && failed.says("nothing"), "{failed}");
    let tables =
        shop.sql("select string_agg(tablename, ' ' order by tablename) from pg_tables where schemaname = 'public'");
    assert_eq!(tables, "first kept");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_unit_test_in_results_is_a_node_with_the_text_of_its_model() {
    let shop = Sandbox::new()
        .file("models/a.sql", "select 1 as id")
        .file("models/b.sql", "select id from {{ ref('a') }}")
        .file(
            "models/all.yml",
            "unit_tests: [{name: keeps, model: b, given: [{input: \"ref('a')\", rows: [{id: 2}]}], \
             expect: {rows: [{id: 2}]}}]\n",
        )
        .file(
            "macros/tell.sql",
            "{% macro tell(results) %}{% for r in results if r.node.resource_type == 'unit_test' %}\n\
             {% set n = r.node.to_dict() %}\n\
             {% do log('NODE ' ~ n.path ~ ' ' ~ n.fqn ~ ' ' ~ n.raw_code ~ ' ' ~ n.depends_on.nodes ~ ' ' ~ n.tested_node_unique_id, info=true) %}\n\
             {% do log('CONFIG ' ~ n.config.materialized ~ ' ' ~ n.config.expected_rows ~ ' ' ~ ('access' in n), info=true) %}\n\
             {% endfor %}{% endmacro %}",
        );
    let shop = with_end_hooks(shop, "[\"{% if execute %}{% do tell(results) %}{% endif %}\"]");
    let output = shop.succeeds("build");
    for line in [
        "NODE models/keeps.sql ['unit_test', 'shop', 'b', 'keeps'] select id from {{ ref('a') }} ['model.shop.a'] model.shop.b",
        "CONFIG unit [{'id': 2}] False",
    ] {
        assert!(output.says(line), "{line}\n{output}");
    }
}
