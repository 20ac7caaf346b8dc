{# What `show` and inline queries send. #}
{% macro get_show_sql(compiled_code, sql_header, limit) -%}
  {{ sql_header or '' }}
{{ get_limit_subquery_sql(compiled_code, limit) if limit is not none else compiled_code }}
{%- endmacro %}

{# A query cut to so many rows. #}
{% macro get_limit_subquery_sql(sql, limit) -%}
  {{- adapter.dispatch('get_limit_sql', 'dbt')(sql, limit) -}}
{%- endmacro %}

{% macro default__get_limit_sql(sql, limit) -%}
{{ sql }}
  {%- if limit is not none %}
limit {{ limit }}
  {%- endif -%}
{%- endmacro %}

{# Lets Postgres read a query without running it. #}
{% macro validate_sql(sql) -%}
  {{- return(adapter.dispatch('validate_sql', 'dbt')(sql)) -}}
{%- endmacro %}

{% macro default__validate_sql(sql) -%}
  {%- call statement('validate_sql') -%}
    explain {{ sql }}
  {%- endcall -%}
  {{- return(load_result('validate_sql')) -}}
{%- endmacro %}

{# Whether the engine is dbt's second one, for packages that must know. #}
{% macro is_core_v2() -%}
  {{- return(false) -}}
{%- endmacro %}
