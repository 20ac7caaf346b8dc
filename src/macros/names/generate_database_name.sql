{# The database of a node: the custom one, else the target's. #}
{% macro generate_database_name(custom_database_name=none, node=none) -%}
  {{- return(adapter.dispatch('generate_database_name', 'dbt')(custom_database_name, node)) -}}
{%- endmacro %}

{% macro default__generate_database_name(custom_database_name=none, node=none) -%}
  {%- if custom_database_name is none -%}
    {{- target.database -}}
  {%- else -%}
    {{- custom_database_name | trim -}}
  {%- endif -%}
{%- endmacro %}
