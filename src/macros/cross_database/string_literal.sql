{# A text as a literal of SQL; quotes in it are not doubled: see `escape_single_quotes`. #}
{% macro string_literal(value) -%}
  {{- return(adapter.dispatch('string_literal', 'dbt')(value)) -}}
{%- endmacro %}

{% macro default__string_literal(value) -%}
'{{ value }}'
{%- endmacro %}
