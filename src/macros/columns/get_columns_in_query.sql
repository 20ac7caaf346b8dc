{# What a query gives: its columns, without its rows. #}

{# A query with the columns of `select_sql` and no rows. #}
{% macro get_empty_subquery_sql(select_sql, select_sql_header=none) -%}
  {{- return(adapter.dispatch('get_empty_subquery_sql', 'dbt')(select_sql, select_sql_header)) -}}
{%- endmacro %}

{% macro default__get_empty_subquery_sql(select_sql, select_sql_header=none) -%}
{{ select_sql_header or '' }}
select *
from (
{{ select_sql }}
) as __dbt_sbq
where false
limit 0
{%- endmacro %}

{# A query with the columns that a contract names, in their types, and no rows. #}
{% macro get_empty_schema_sql(columns) -%}
  {{- return(adapter.dispatch('get_empty_schema_sql', 'dbt')(columns)) -}}
{%- endmacro %}

{% macro default__get_empty_schema_sql(columns) -%}
  {%- set untyped = columns.values() | rejectattr('data_type') | map(attribute='name') | list -%}
  {%- if untyped -%}
    {%- do exceptions.column_type_missing(column_names=untyped) -%}
  {%- endif -%}
  {%- set is_aliased = (config.get('contract') or {}).get('alias_types', true) -%}
select
  {%- for column in columns.values() %}
    cast(null as {{ api.Column.translate_type(column.data_type) if is_aliased else column.data_type }}) as {{ adapter.quote(column.name) if column.get('quote') else column.name }}
    {{- ',' if not loop.last }}
  {%- endfor %}
where false
limit 0
{%- endmacro %}

{% macro get_column_schema_from_query(select_sql, select_sql_header=none) -%}
  {{- return(adapter.get_column_schema_from_query(get_empty_subquery_sql(select_sql, select_sql_header))) -}}
{%- endmacro %}

{# Names only. #}
{% macro get_columns_in_query(select_sql) -%}
  {{- return(adapter.dispatch('get_columns_in_query', 'dbt')(select_sql)) -}}
{%- endmacro %}

{% macro default__get_columns_in_query(select_sql) -%}
  {%- call statement('get_columns_in_query', fetch_result=true, auto_begin=false) -%}
    {{- get_empty_subquery_sql(select_sql) -}}
  {%- endcall -%}
  {{- return(load_result('get_columns_in_query').table.columns | map(attribute='name') | list) -}}
{%- endmacro %}
