{# Whether this run adds to the table that is there, rather than build it. #}
{% macro is_incremental() -%}
  {%- if not execute -%}
    {{- return(false) -}}
  {%- endif -%}
  {%- set existing_relation = load_cached_relation(this) -%}
  {{- return(
        existing_relation is not none
        and existing_relation.type == 'table'
        and model.config.materialized == 'incremental'
        and not should_full_refresh()) -}}
{%- endmacro %}
