{# The type of an exact number. #}
{% macro type_numeric() -%}
  {{- return(adapter.dispatch('type_numeric', 'dbt')()) -}}
{%- endmacro %}

{% macro default__type_numeric() -%}
  {{- return(api.Column.numeric_type('numeric', 28, 6)) -}}
{%- endmacro %}
