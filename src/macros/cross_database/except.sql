{# Between two queries: rows of the first that the second does not give. #}
{% macro except() -%}
  {{- return(adapter.dispatch('except', 'dbt')()) -}}
{%- endmacro %}

{% macro default__except() -%}
except
{%- endmacro %}
