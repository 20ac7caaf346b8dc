{# What is in the database, as rows. #}

{# Relations with their columns: table_database, table_schema, table_name, table_type, table_comment, column_name,
   column_index, column_type, column_comment, table_owner. #}
{% macro get_catalog(information_schema, schemas) -%}
  {{- return(adapter.dispatch('get_catalog', 'dbt')(information_schema, schemas)) -}}
{%- endmacro %}

{# The same for the named relations only. #}
{% macro get_catalog_relations(information_schema, relations) -%}
  {{- return(adapter.dispatch('get_catalog_relations', 'dbt')(information_schema, relations)) -}}
{%- endmacro %}

{% macro get_catalog_for_single_relation(relation) -%}
  {{- return(adapter.dispatch('get_catalog_for_single_relation', 'dbt')(relation)) -}}
{%- endmacro %}

{% macro default__get_catalog_for_single_relation(relation) -%}
  {{- return(get_catalog_relations(relation.information_schema(), [relation])) -}}
{%- endmacro %}

{% macro information_schema_name(database) -%}
  {{- return(adapter.dispatch('information_schema_name', 'dbt')(database)) -}}
{%- endmacro %}

{% macro default__information_schema_name(database) -%}
  {%- if database -%}
    {{- adapter.quote_as_configured(database, 'database') }}.information_schema
  {%- else -%}
    information_schema
  {%- endif -%}
{%- endmacro %}

{# Names of schemas. #}
{% macro list_schemas(database) -%}
  {{- return(adapter.dispatch('list_schemas', 'dbt')(database)) -}}
{%- endmacro %}

{# One row with the number of schemas of that name. #}
{% macro check_schema_exists(information_schema, schema) -%}
  {{- return(adapter.dispatch('check_schema_exists', 'dbt')(information_schema, schema)) -}}
{%- endmacro %}

{# Rows of database, name, schema, type. #}
{% macro list_relations_without_caching(schema_relation) -%}
  {{- return(adapter.dispatch('list_relations_without_caching', 'dbt')(schema_relation)) -}}
{%- endmacro %}

{% macro list_function_relations_without_caching(schema_relation) -%}
  {{- return(adapter.dispatch('list_function_relations_without_caching', 'dbt')(schema_relation)) -}}
{%- endmacro %}

{# Which relation stands on which: rows of referenced_schema, referenced_name, dependent_schema, dependent_name. #}
{% macro get_relations() -%}
  {{- return(adapter.dispatch('get_relations', 'dbt')()) -}}
{%- endmacro %}

{# When relations were last changed, for freshness without a column. Postgres does not keep it. #}
{% macro get_relation_last_modified(information_schema, relations) -%}
  {{- return(adapter.dispatch('get_relation_last_modified', 'dbt')(information_schema, relations)) -}}
{%- endmacro %}

{% macro default__get_relation_last_modified(information_schema, relations) -%}
  {%- do exceptions.raise_not_implemented('Postgres does not keep when a relation was last modified: give the source a `loaded_at_field`') -%}
{%- endmacro %}
