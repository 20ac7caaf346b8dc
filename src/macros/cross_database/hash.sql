{# A hash of a value, as text. #}
{% macro hash(field) -%}
  {{- return(adapter.dispatch('hash', 'dbt')(field)) -}}
{%- endmacro %}

{% macro default__hash(field) -%}
md5(cast({{ field }} as {{ type_string() }}))
{%- endmacro %}
