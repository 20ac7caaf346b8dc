{# The values of a group as one text; `order_by_clause` is written out, as `order by x`. #}
{% macro listagg(measure, delimiter_text="','", order_by_clause=none, limit_num=none) -%}
  {{- return(adapter.dispatch('listagg', 'dbt')(measure, delimiter_text, order_by_clause, limit_num)) -}}
{%- endmacro %}

{% macro default__listagg(measure, delimiter_text, order_by_clause, limit_num) -%}
listagg({{ measure }}, {{ delimiter_text }})
  {%- if order_by_clause %} within group ({{ order_by_clause }}){% endif -%}
{%- endmacro %}
