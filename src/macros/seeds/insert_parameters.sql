{# For a project's own `load_csv_rows` that inserts with parameters. The built-in one copies and needs neither. #}

{# What stands for a parameter in a statement. #}
{% macro get_binding_char() -%}
  {{- adapter.dispatch('get_binding_char', 'dbt')() -}}
{%- endmacro %}

{% macro default__get_binding_char() -%}
  {{- return('%s') -}}
{%- endmacro %}

{# Rows in one statement. #}
{% macro get_batch_size() -%}
  {{- return(adapter.dispatch('get_batch_size', 'dbt')()) -}}
{%- endmacro %}

{% macro default__get_batch_size() -%}
  {{- return(10000) -}}
{%- endmacro %}
