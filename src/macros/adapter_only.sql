{# What each adapter says for itself. Postgres does; these are here because projects and packages call them by name. #}
{% macro refuse_for_adapter(name) -%}
  {%- do exceptions.raise_not_implemented('the macro ' ~ name ~ ' means nothing on ' ~ adapter.type()) -%}
{%- endmacro %}

{% macro default__alter_column_comment(relation, column_dict) -%}
  {%- do refuse_for_adapter('alter_column_comment') -%}
{%- endmacro %}

{% macro default__alter_relation_comment(relation, relation_comment) -%}
  {%- do refuse_for_adapter('alter_relation_comment') -%}
{%- endmacro %}

{% macro default__check_schema_exists(information_schema, schema) -%}
  {%- do refuse_for_adapter('check_schema_exists') -%}
{%- endmacro %}

{% macro default__current_timestamp() -%}
  {%- do refuse_for_adapter('current_timestamp') -%}
{%- endmacro %}

{% macro default__get_columns_in_relation(relation) -%}
  {%- do refuse_for_adapter('get_columns_in_relation') -%}
{%- endmacro %}

{% macro default__get_drop_index_sql(relation, index_name) -%}
  {%- do refuse_for_adapter('get_drop_index_sql') -%}
{%- endmacro %}

{% macro default__get_alter_materialized_view_as_sql(
    relation, configuration_changes, sql, existing_relation, backup_relation, intermediate_relation
) -%}
  {%- do refuse_for_adapter('get_alter_materialized_view_as_sql') -%}
{%- endmacro %}

{% macro default__get_create_materialized_view_as_sql(relation, sql) -%}
  {%- do refuse_for_adapter('get_create_materialized_view_as_sql') -%}
{%- endmacro %}

{% macro default__get_materialized_view_configuration_changes(existing_relation, new_config) -%}
  {%- do refuse_for_adapter('get_materialized_view_configuration_changes') -%}
{%- endmacro %}

{% macro default__get_relations() -%}
  {%- do refuse_for_adapter('get_relations') -%}
{%- endmacro %}

{% macro default__get_rename_materialized_view_sql(relation, new_name) -%}
  {%- do refuse_for_adapter('get_rename_materialized_view_sql') -%}
{%- endmacro %}

{% macro default__get_rename_table_sql(relation, new_name) -%}
  {%- do refuse_for_adapter('get_rename_table_sql') -%}
{%- endmacro %}

{% macro default__get_rename_view_sql(relation, new_name) -%}
  {%- do refuse_for_adapter('get_rename_view_sql') -%}
{%- endmacro %}

{% macro default__get_replace_table_sql(relation, sql) -%}
  {%- do refuse_for_adapter('get_replace_table_sql') -%}
{%- endmacro %}

{% macro default__get_replace_view_sql(relation, sql) -%}
  {%- do refuse_for_adapter('get_replace_view_sql') -%}
{%- endmacro %}

{% macro default__get_show_indexes_sql(relation) -%}
  {%- do refuse_for_adapter('get_show_indexes_sql') -%}
{%- endmacro %}

{% macro default__list_function_relations_without_caching(schema_relation) -%}
  {%- do refuse_for_adapter('list_function_relations_without_caching') -%}
{%- endmacro %}

{% macro default__list_relations_without_caching(schema_relation) -%}
  {%- do refuse_for_adapter('list_relations_without_caching') -%}
{%- endmacro %}

{% macro default__list_schemas(database) -%}
  {%- do refuse_for_adapter('list_schemas') -%}
{%- endmacro %}

{% macro default__refresh_materialized_view(relation) -%}
  {%- do refuse_for_adapter('refresh_materialized_view') -%}
{%- endmacro %}

{% macro default__snapshot_string_as_time(timestamp) -%}
  {%- do refuse_for_adapter('snapshot_string_as_time') -%}
{%- endmacro %}
