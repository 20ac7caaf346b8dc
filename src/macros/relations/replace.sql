{# The statements that put a new relation in the place of an old one, for a project's own materialization. The built-in
   ones call `adapter.publish`, which carries over what stands on the old one. #}
{% macro get_replace_sql(existing_relation, target_relation, sql) -%}
  {{- adapter.dispatch('get_replace_sql', 'dbt')(existing_relation, target_relation, sql) -}}
{%- endmacro %}

{% macro default__get_replace_sql(existing_relation, target_relation, sql) -%}
  {%- if existing_relation.is_view and target_relation.is_view -%}
    {{- get_replace_view_sql(target_relation, sql) -}}
  {%- elif existing_relation.is_table and target_relation.is_table -%}
    {{- get_replace_table_sql(target_relation, sql) -}}
  {%- elif existing_relation.is_materialized_view and target_relation.is_materialized_view -%}
    {{- get_replace_materialized_view_sql(target_relation, sql) -}}
  {%- else -%}
{{ get_drop_sql(existing_relation) }};
{{ get_create_sql(target_relation, sql) }}
  {%- endif -%}
{%- endmacro %}

{% macro get_replace_view_sql(relation, sql) -%}
  {{- adapter.dispatch('get_replace_view_sql', 'dbt')(relation, sql) -}}
{%- endmacro %}

{% macro get_replace_table_sql(relation, sql) -%}
  {{- adapter.dispatch('get_replace_table_sql', 'dbt')(relation, sql) -}}
{%- endmacro %}

{% macro get_replace_materialized_view_sql(relation, sql) -%}
  {{- adapter.dispatch('get_replace_materialized_view_sql', 'dbt')(relation, sql) -}}
{%- endmacro %}

{% macro default__get_replace_materialized_view_sql(relation, sql) -%}
{{ get_drop_sql(relation) }};
{{ get_create_materialized_view_as_sql(relation, sql) }}
{%- endmacro %}

{# What to do with a table where a view is to be: for a project's materialization that calls it. #}
{% macro handle_existing_table(full_refresh, old_relation) -%}
  {{- adapter.dispatch('handle_existing_table', 'dbt')(full_refresh, old_relation) -}}
{%- endmacro %}

{% macro default__handle_existing_table(full_refresh, old_relation) -%}
  {%- do log(old_relation.render() ~ ' is a ' ~ old_relation.type ~ ', and makes way') -%}
  {%- do adapter.drop_relation(old_relation) -%}
{%- endmacro %}

{# A whole materialization for a project's own `view` to return; on Postgres it publishes like the built-in one. #}
{% macro create_or_replace_view() -%}
  {{- return(dbt.materialization_view_default()) -}}
{%- endmacro %}
