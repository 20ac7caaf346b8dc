{# Dropping. Never with CASCADE: Postgres refuses and names what stands on the relation. #}

{% macro drop_relation(relation) -%}
  {{- return(adapter.dispatch('drop_relation', 'dbt')(relation)) -}}
{%- endmacro %}

{% macro default__drop_relation(relation) -%}
  {%- set current_relation = get_relation_in_place_of(relation) -%}
  {%- if current_relation is none -%}
    {%- call statement(auto_begin=false) -%}
      {{- get_drop_sql(relation) -}}
    {%- endcall -%}
  {%- else -%}
    {%- do adapter.drop_backup(relation, current_relation) -%}
  {%- endif -%}
{%- endmacro %}

{# The node's relation, where `relation` is what a project's own materialization has renamed away for it; else none. #}
{% macro get_relation_in_place_of(relation) -%}
  {%- if this is defined and this and relation.schema == this.schema
        and relation.identifier == make_backup_relation(this, relation.type).identifier -%}
    {{- return(load_cached_relation(this)) -}}
  {%- endif -%}
  {{- return(none) -}}
{%- endmacro %}

{% macro drop_relation_if_exists(relation) -%}
  {%- if relation is not none -%}
    {%- do adapter.drop_relation(relation) -%}
  {%- endif -%}
{%- endmacro %}

{% macro get_drop_sql(relation) -%}
  {{- adapter.dispatch('get_drop_sql', 'dbt')(relation) -}}
{%- endmacro %}

{% macro default__get_drop_sql(relation) -%}
  {%- if relation.is_view -%}
    {{- drop_view(relation) -}}
  {%- elif relation.is_table -%}
    {{- drop_table(relation) -}}
  {%- elif relation.is_materialized_view -%}
    {{- drop_materialized_view(relation) -}}
  {%- else -%}
drop {{ relation.type }} if exists {{ relation.render() }}
  {%- endif -%}
{%- endmacro %}

{% macro drop_view(relation) -%}
  {{- return(adapter.dispatch('drop_view', 'dbt')(relation)) -}}
{%- endmacro %}

{% macro default__drop_view(relation) -%}
drop view if exists {{ relation.render() }}
{%- endmacro %}

{% macro drop_table(relation) -%}
  {{- return(adapter.dispatch('drop_table', 'dbt')(relation)) -}}
{%- endmacro %}

{% macro default__drop_table(relation) -%}
drop table if exists {{ relation.render() }}
{%- endmacro %}

{% macro drop_materialized_view(relation) -%}
  {{- return(adapter.dispatch('drop_materialized_view', 'dbt')(relation)) -}}
{%- endmacro %}

{% macro default__drop_materialized_view(relation) -%}
drop materialized view if exists {{ relation.render() }}
{%- endmacro %}

{% macro get_drop_backup_sql(relation) -%}
  {{- adapter.dispatch('get_drop_backup_sql', 'dbt')(relation) -}}
{%- endmacro %}

{% macro default__get_drop_backup_sql(relation) -%}
  {{- get_drop_sql(make_backup_relation(relation, relation.type)) -}}
{%- endmacro %}
