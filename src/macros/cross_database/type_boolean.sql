{# The type of true and false. #}
{% macro type_boolean() -%}
  {{- return(adapter.dispatch('type_boolean', 'dbt')()) -}}
{%- endmacro %}

{% macro default__type_boolean() -%}
  {{- return(api.Column.translate_type('boolean')) -}}
{%- endmacro %}
