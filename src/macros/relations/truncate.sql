{% macro truncate_relation(relation) -%}
  {{- return(adapter.dispatch('truncate_relation', 'dbt')(relation)) -}}
{%- endmacro %}

{% macro default__truncate_relation(relation) -%}
  {%- call statement() -%}
    truncate table {{ relation.render() }}
  {%- endcall -%}
{%- endmacro %}
