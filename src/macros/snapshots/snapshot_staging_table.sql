{# Later runs: what has to change, one row for each change, in `dbt_change_type`: `insert` a version, or end one because its
   row was updated (`update`) or is gone (`delete`). #}
{% macro build_snapshot_staging_table(strategy, sql, target_relation) -%}
  {%- set temp_relation = make_temp_relation(target_relation) -%}
  {%- call statement() -%}
    {{ create_table_as(true, temp_relation, snapshot_staging_table(strategy, sql, target_relation)) }}
  {%- endcall -%}
  {{- return(temp_relation) -}}
{%- endmacro %}

{% macro snapshot_staging_table(strategy, source_sql, target_relation) -%}
  {{- adapter.dispatch('snapshot_staging_table', 'dbt')(strategy, source_sql, target_relation) -}}
{%- endmacro %}

{# All parts of the union give, in this order: the change, the query's columns, the key, updated_at, valid_from, valid_to,
   scd_id, and is_deleted where deletions are versions. #}
{% macro default__snapshot_staging_table(strategy, source_sql, target_relation) -%}
  {%- set columns = snapshot_columns() -%}
  {%- set key = strategy.unique_key -%}
  {%- set keeps_deletions = strategy.hard_deletes == 'new_record' -%}
  {%- set ends_deletions = strategy.hard_deletes == 'invalidate' or strategy.invalidate_hard_deletes or keeps_deletions -%}
  {%- set joined = unique_key_join_on(key, 'snapshotted_data', 'source_data') -%}
  {%- set was_deleted = 'snapshotted_data.' ~ columns.dbt_is_deleted ~ " = 'True'" -%}
  {%- set changed = strategy.row_changed ~ (' or ' ~ was_deleted if keeps_deletions else '') -%}
with queried as (
{{ source_sql }}
),
snapshotted_data as (
    select
        *,
        {{ unique_key_fields(key) }}
    from {{ target_relation.render() }}
    where {{ snapshot_is_current(columns.dbt_valid_to) }}
),
source_rows as (
    select
        *,
        {{ unique_key_fields(key) }}
    from queried
),
opening_rows as (
    select
        *,
        {{ strategy.updated_at }} as {{ columns.dbt_updated_at }},
        {{ strategy.updated_at }} as {{ columns.dbt_valid_from }},
        {{ get_dbt_valid_to_current(strategy, columns) }},
        {{ strategy.scd_id }} as {{ columns.dbt_scd_id }}
    from source_rows
),
closing_rows as (
    select
        *,
        {{ strategy.updated_at }} as {{ columns.dbt_updated_at }},
        {{ strategy.updated_at }} as {{ columns.dbt_valid_from }},
        {{ strategy.updated_at }} as {{ columns.dbt_valid_to }}
    from source_rows
),
opened as (
    select
        'insert' as dbt_change_type,
        source_data.*
  {%- if keeps_deletions %},
        'False' as {{ columns.dbt_is_deleted }}
  {%- endif %}
    from opening_rows as source_data
    left join snapshotted_data on {{ joined }}
    where {{ unique_key_is_null(key, 'snapshotted_data') }}
       or ({{ unique_key_is_not_null(key, 'snapshotted_data') }} and ({{ changed }}))
),
closed as (
    select
        'update' as dbt_change_type,
        source_data.*,
        snapshotted_data.{{ columns.dbt_scd_id }}
  {%- if keeps_deletions %},
        snapshotted_data.{{ columns.dbt_is_deleted }}
  {%- endif %}
    from closing_rows as source_data
    join snapshotted_data on {{ joined }}
    where {{ changed }}
)
  {%- if ends_deletions -%},
vanished as (
    select
        'delete' as dbt_change_type,
        source_data.*,
        {{ snapshot_get_time() }} as {{ columns.dbt_updated_at }},
        {{ snapshot_get_time() }} as {{ columns.dbt_valid_from }},
        {{ snapshot_get_time() }} as {{ columns.dbt_valid_to }},
        snapshotted_data.{{ columns.dbt_scd_id }}
    {%- if keeps_deletions %},
        snapshotted_data.{{ columns.dbt_is_deleted }}
    {%- endif %}
    from snapshotted_data
    left join source_rows as source_data on {{ joined }}
    where {{ unique_key_is_null(key, 'source_data') }}
    {%- if keeps_deletions %}
      and snapshotted_data.{{ columns.dbt_is_deleted }} is distinct from 'True'
    {%- endif %}
)
  {%- endif -%}
  {%- if keeps_deletions -%},
{{ snapshot_deletion_records(strategy, source_sql, target_relation, columns, joined) }}
  {%- endif %}
select * from opened
union all
select * from closed
  {%- if ends_deletions %}
union all
select * from vanished
  {%- endif -%}
  {%- if keeps_deletions %}
union all
select * from recorded_deletions
  {%- endif -%}
{%- endmacro %}

{# With `hard_deletes: new_record`: a version that says that its row is gone, with the values it had last. #}
{% macro snapshot_deletion_records(strategy, source_sql, target_relation, columns, joined) -%}
  {%- set kept = adapter.get_columns_in_relation(target_relation) | map(attribute='name') | list -%}
  {%- set scd_id = snapshot_hash_arguments(['snapshotted_data.' ~ columns.dbt_scd_id, snapshot_get_time()]) -%}
recorded_deletions as (
    select
        'insert' as dbt_change_type,
  {%- for name in get_columns_in_query(source_sql) %}
        {#- A column that the snapshot does not have yet: null, in its own type, from the side that found no row. #}
        {{ 'snapshotted_data' if name in kept else 'source_data' }}.{{ adapter.quote(name) }},
  {%- endfor -%}
  {%- for name, key in unique_key_names(strategy.unique_key) %}
        snapshotted_data.{{ name }},
  {%- endfor %}
        {{ snapshot_get_time() }} as {{ columns.dbt_updated_at }},
        {{ snapshot_get_time() }} as {{ columns.dbt_valid_from }},
        snapshotted_data.{{ columns.dbt_valid_to }},
        {{ scd_id }} as {{ columns.dbt_scd_id }},
        'True' as {{ columns.dbt_is_deleted }}
    from snapshotted_data
    left join source_rows as source_data on {{ joined }}
    where {{ unique_key_is_null(strategy.unique_key, 'source_data') }}
      and snapshotted_data.{{ columns.dbt_is_deleted }} is distinct from 'True'
)
{%- endmacro %}

{# What becomes of the staging table: after the commit, for a project to change. #}
{% macro post_snapshot(staging_relation) -%}
  {{- adapter.dispatch('post_snapshot', 'dbt')(staging_relation) -}}
{%- endmacro %}

{% macro default__post_snapshot(staging_relation) -%}
  {%- do drop_relation_if_exists(staging_relation.incorporate(type='table')) -%}
{%- endmacro %}
