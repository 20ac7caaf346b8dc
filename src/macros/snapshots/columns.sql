{# The columns that a snapshot adds to those of its query. #}

{# Their names: dbt's own, or what `snapshot_meta_column_names` calls them. #}
{% macro snapshot_columns() -%}
  {%- set names = get_snapshot_table_column_names() -%}
  {%- set own_names = config.get('snapshot_meta_column_names') or {} -%}
  {%- for key in names | list if own_names[key] -%}
    {%- do names.update({key: own_names[key]}) -%}
  {%- endfor -%}
  {{- return(names) -}}
{%- endmacro %}

{% macro get_snapshot_table_column_names() -%}
  {{- return({
        'dbt_valid_to': 'dbt_valid_to',
        'dbt_valid_from': 'dbt_valid_from',
        'dbt_scd_id': 'dbt_scd_id',
        'dbt_updated_at': 'dbt_updated_at',
        'dbt_is_deleted': 'dbt_is_deleted'}) -}}
{%- endmacro %}

{# The end of a version that is still valid: null, or what `dbt_valid_to_current` says, in the type of `updated_at`. #}
{% macro get_dbt_valid_to_current(strategy, columns) -%}
  {%- set current = config.get('dbt_valid_to_current') or 'null' -%}
coalesce(nullif({{ strategy.updated_at }}, {{ strategy.updated_at }}), {{ current }}) as {{ columns.dbt_valid_to }}
{%- endmacro %}

{# Whether a version is still valid. #}
{% macro snapshot_is_current(valid_to) -%}
  {%- if config.get('dbt_valid_to_current') -%}
({{ valid_to }} is null or {{ valid_to }} = {{ config.get('dbt_valid_to_current') }})
  {%- else -%}
{{ valid_to }} is null
  {%- endif -%}
{%- endmacro %}

{# The key under names of our own, as it may be an expression. #}
{% macro unique_key_fields(unique_key) -%}
  {%- for name, key in unique_key_names(unique_key) -%}
    {{ key }} as {{ name }}{{ ', ' if not loop.last }}
  {%- endfor -%}
{%- endmacro %}

{% macro unique_key_join_on(unique_key, identifier, from_identifier) -%}
  {%- for name, key in unique_key_names(unique_key) -%}
    {{ identifier }}.{{ name }} = {{ from_identifier }}.{{ name }}{{ ' and ' if not loop.last }}
  {%- endfor -%}
{%- endmacro %}

{% macro unique_key_is_null(unique_key, identifier) -%}
  {{- identifier ~ '.' ~ unique_key_names(unique_key)[0][0] ~ ' is null' -}}
{%- endmacro %}

{% macro unique_key_is_not_null(unique_key, identifier) -%}
  {{- identifier ~ '.' ~ unique_key_names(unique_key)[0][0] ~ ' is not null' -}}
{%- endmacro %}

{# Pairs of our name and the expression of one key. #}
{% macro unique_key_names(unique_key) -%}
  {%- if unique_key is string -%}
    {{- return([['dbt_unique_key', unique_key]]) -}}
  {%- endif -%}
  {%- set names = [] -%}
  {%- for key in unique_key -%}
    {%- do names.append(['dbt_unique_key_' ~ loop.index, key]) -%}
  {%- endfor -%}
  {{- return(names) -}}
{%- endmacro %}

{# Adds columns to a snapshot whose query has got more. #}
{% macro create_columns(relation, columns) -%}
  {{- adapter.dispatch('create_columns', 'dbt')(relation, columns) -}}
{%- endmacro %}

{% macro default__create_columns(relation, columns) -%}
  {%- for column in columns -%}
    {%- call statement() -%}
      alter table {{ relation.render() }} add column {{ adapter.quote(column.name) }} {{ column.expanded_data_type }}
    {%- endcall -%}
  {%- endfor -%}
{%- endmacro %}

{# Warns where the times of the rows and those of the snapshot are of different types, so that they do not compare well. #}
{% macro check_time_data_types(sql) -%}
  {%- set names = snapshot_columns() -%}
  {%- set columns = adapter.get_column_schema_from_query(
        'select ' ~ names.dbt_updated_at ~ ' as updated_at, ' ~ snapshot_get_time() ~ ' as snapshot_time from (\n' ~ sql ~ '\n) as versions') -%}
  {%- if columns[0].dtype != columns[1].dtype -%}
    {%- do exceptions.warn_snapshot_timestamp_data_types(columns[1].dtype, columns[0].dtype) -%}
  {%- endif -%}
{%- endmacro %}

{# The type of `dbt_updated_at` in a snapshot's query; none without one. #}
{% macro get_updated_at_column_data_type(snapshot_sql) -%}
  {%- set name = snapshot_columns().dbt_updated_at -%}
  {%- for column in adapter.get_column_schema_from_query(get_empty_subquery_sql(snapshot_sql)) if column.name == name -%}
    {{- return(column.dtype) -}}
  {%- endfor -%}
  {{- return(none) -}}
{%- endmacro %}
