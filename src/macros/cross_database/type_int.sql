{# The type of a whole number. #}
{% macro type_int() -%}
  {{- return(adapter.dispatch('type_int', 'dbt')()) -}}
{%- endmacro %}

{% macro default__type_int() -%}
  {{- return(api.Column.translate_type('integer')) -}}
{%- endmacro %}
