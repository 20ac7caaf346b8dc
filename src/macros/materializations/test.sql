{# A data test: counts the rows its query finds, which are kept as a relation where failures are to be stored. #}
{% materialization test, default %}
  {%- set relations = [] -%}
  {%- set limit = config.get('limit') -%}
  {#- Of dbt 1.12, and only where the project asks for it. -#}
  {%- set sql_header = config.get('sql_header') if flags.REQUIRE_SQL_HEADER_IN_TEST_CONFIGS else none -%}

  {%- if should_store_failures() -%}
    {%- set stored_as = config.get('store_failures_as') or 'table' -%}
    {%- if stored_as not in ['table', 'view'] -%}
      {%- do exceptions.raise_compiler_error(
            "'" ~ stored_as ~ "' is not a valid value for `store_failures_as`. Accepted values are: ['ephemeral', 'table', 'view']") -%}
    {%- endif -%}
    {%- set target_relation = api.Relation.create(
          database=model.database, schema=model.schema, identifier=model.alias, type=stored_as) -%}
    {%- set existing_relation = load_cached_relation(target_relation) -%}
    {%- set new_relation = get_relation_to_build(target_relation, existing_relation) -%}

    {%- call statement(auto_begin=true) -%}
      {{ sql_header or '' }}
      {{ get_create_sql(new_relation, get_limit_subquery_sql(sql, limit)) }}
    {%- endcall -%}
    {%- do adapter.publish(new_relation, target_relation) -%}
    {%- do relations.append(target_relation) -%}

    {#- The rows are judged from what was stored, so that the query runs once. -#}
    {%- set main_sql = 'select * from ' ~ target_relation -%}
    {%- do adapter.commit() -%}
  {%- else -%}
    {%- set main_sql = sql -%}
  {%- endif -%}

  {%- call statement('main', fetch_result=true) -%}
    {{ sql_header or '' }}
    {{ get_test_sql(main_sql, config.get('fail_calc'), config.get('warn_if'), config.get('error_if'), limit) }}
  {%- endcall -%}

  {{- return({'relations': relations}) -}}
{% endmaterialization %}
