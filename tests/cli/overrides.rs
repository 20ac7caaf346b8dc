//! A macro of the built-in library that a project defines anew takes effect wherever the library would call it.

use crate::sandbox::Sandbox;

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_project_names_schemas_its_own_way() {
    let shop = Sandbox::new()
        .file("models/sales.sql", "{{ config(schema='marts') }} select 1 as id")
        .file("macros/names.sql", "{% macro generate_schema_name(custom_schema_name, node) %}{{ custom_schema_name or target.schema }}{% endmacro %}");
    shop.succeeds("run");
    assert_eq!(shop.sql("select id from marts.sales"), "1");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_project_names_relations_its_own_way() {
    let shop = Sandbox::new().file("models/sales.sql", "select 1 as id").file(
        "macros/names.sql",
        "{% macro generate_alias_name(custom_alias_name=none, node=none) %}v1_{{ node.name }}{% endmacro %}",
    );
    shop.succeeds("run");
    assert_eq!(shop.sql("select id from shop.v1_sales"), "1");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_project_creates_tables_its_own_way() {
    let shop = Sandbox::new().file("models/sales.sql", "{{ config(materialized='table') }} select 1 as id").file(
        "macros/ddl.sql",
        "{% macro postgres__create_table_as(temporary, relation, sql) %}
         create table {{ relation }} as select *, 'own' as maker from ({{ sql }}) as x
         {% endmacro %}",
    );
    shop.succeeds("run");
    assert_eq!(shop.sql("select * from shop.sales"), "1 | own");
    shop.write("macros/ddl.sql", "{% macro create_table_as(temporary, relation, sql) %} create table {{ relation }} as select 2 as id {% endmacro %}");
    shop.succeeds("run");
    assert_eq!(shop.sql("select * from shop.sales"), "2");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_project_checks_uniqueness_its_own_way() {
    let shop = Sandbox::new()
        .file("models/sales.sql", "select 1 as id")
        .file("models/sales.yml", "models:\n  - name: sales\n    columns:\n      - name: id\n        data_tests: [unique]\n")
        .file("macros/unique.sql", "{% macro default__test_unique(model, column_name) %} select {{ column_name }} from {{ model }} {% endmacro %}");
    let output = shop.kiln("build");
    assert!(output.code == 1 && output.says("FAIL 1 unique_sales_id"), "{output}");
    shop.remove("macros/unique.sql");
    shop.write(
        "tests/generic/unique.sql",
        "{% test unique(model, column_name) %} select 1 from {{ model }} where false {% endtest %}",
    );
    shop.succeeds("build");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_project_filters_tested_rows_its_own_way() {
    let shop = Sandbox::new().file("models/sales.sql", "select null::int as id").file(
        "models/sales.yml",
        "models:\n  - name: sales\n    columns:\n      - name: id\n        data_tests: [not_null]\n",
    );
    assert_eq!(shop.kiln("build").code, 1);
    shop.write(
        "macros/where.sql",
        "{% macro get_where_subquery(relation) %}(select * from {{ relation }} where false) as x{% endmacro %}",
    );
    shop.succeeds("build");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_project_appends_its_own_way() {
    let shop = Sandbox::new()
        .file(
            "models/sales.sql",
            "{{ config(materialized='incremental', incremental_strategy='append') }} select 1 as id",
        )
        .file(
            "macros/append.sql",
            "{% macro get_incremental_append_sql(arg_dict) %}
             insert into {{ arg_dict['target_relation'] }} select id + 100 from {{ arg_dict['temp_relation'] }}
             {% endmacro %}",
        );
    shop.succeeds("run");
    shop.succeeds("run");
    assert_eq!(shop.sql("select id from shop.sales order by 1"), "1\n101");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_project_adds_a_strategy() {
    let shop = Sandbox::new()
        .file("models/sales.sql", "{{ config(materialized='incremental', incremental_strategy='twice') }} select 1 as id")
        .file(
            "macros/twice.sql",
            "{% macro get_incremental_twice_sql(arg_dict) %}
             insert into {{ arg_dict['target_relation'] }} select x.id from {{ arg_dict['temp_relation'] }} as x, generate_series(1, 2)
             {% endmacro %}",
        );
    shop.succeeds("run");
    shop.succeeds("run");
    assert_eq!(shop.sql("select count(*) from shop.sales"), "3");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_project_hashes_versions_its_own_way() {
    let shop = Sandbox::new()
        .file(
            "snapshots/history.sql",
            "{% snapshot history %}{{ config(unique_key='id', strategy='check', check_cols='all') }} select 7 as id{% endsnapshot %}",
        )
        .file("macros/hash.sql", "{% macro snapshot_hash_arguments(args) %}'key ' || {{ args[0] }}{% endmacro %}");
    shop.succeeds("snapshot");
    assert_eq!(shop.sql("select dbt_scd_id from shop.history"), "key 7");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_project_loads_seeds_its_own_way() {
    let shop = Sandbox::new().file("seeds/prices.csv", "id,amount\n1,10\n2,20\n").file(
        "macros/load.sql",
        "{% macro load_csv_rows(model, agate_table) %}
         {% set sql %}insert into {{ this }} {% for row in agate_table.rows %}select {{ row[0] }}, {{ row[1] }} + 1{% if not loop.last %} union all {% endif %}{% endfor %}{% endset %}
         {% do adapter.add_query(sql, abridge_sql_log=True) %}
         {{ return(sql) }}
         {% endmacro %}",
    );
    shop.succeeds("seed");
    assert_eq!(shop.sql("select * from shop.prices order by 1"), "1 | 11\n2 | 21");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_project_grants_its_own_way() {
    let shop = Sandbox::new().file("models/sales.sql", "{{ config(grants={'select': ['someone']}) }} select 1 as id");
    let role = shop.other_role();
    shop.sql(&format!("alter default privileges in schema shop revoke select on tables from {role}"));
    shop.write(
        "macros/grants.sql",
        &format!("{{% macro get_grant_sql(relation, privilege, grantees) %}} grant {{{{ privilege }}}} on {{{{ relation }}}} to {role} {{% endmacro %}}"),
    );
    shop.succeeds("run");
    assert_eq!(shop.sql(&format!("select has_table_privilege('{role}', 'shop.sales', 'select')")), "t");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_project_brings_its_own_materialization() {
    let shop = Sandbox::new().file("models/sales.sql", "{{ config(materialized='doubled') }} select 1 as id").file(
        "macros/doubled.sql",
        "{% materialization doubled, adapter='postgres' %}
         {% set target_relation = this.incorporate(type='table') %}
         {% do adapter.drop_relation(target_relation) %}
         {% call statement('main') %} create table {{ target_relation }} as {{ sql }} union all {{ sql }} {% endcall %}
         {% do adapter.commit() %}
         {{ return({'relations': [target_relation]}) }}
         {% endmaterialization %}",
    );
    shop.succeeds("run");
    shop.succeeds("run");
    assert_eq!(shop.sql("select * from shop.sales"), "1\n1");
}
