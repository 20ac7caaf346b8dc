{# Rows of `source` update or join those of `target`, by key. #}
{% macro get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
  {%- set predicates = none if incremental_predicates is none else (
        [incremental_predicates] if incremental_predicates is string else [] + incremental_predicates) -%}
  {{- adapter.dispatch('get_merge_sql', 'dbt')(target, source, unique_key, dest_columns, predicates) -}}
{%- endmacro %}

{% macro default__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
  {%- set conditions = [] + (incremental_predicates or []) -%}
  {%- for key in unique_key_list(unique_key) -%}
    {%- do conditions.append(get_merge_unique_key_match('DBT_INTERNAL_SOURCE.' ~ key, 'DBT_INTERNAL_DEST.' ~ key)) -%}
  {%- else -%}
    {%- do conditions.append('FALSE') -%}
  {%- endfor -%}
  {%- set insert_names = get_quoted_csv(dest_columns | map(attribute='name')) -%}
  {{ config.get('sql_header', none) or '' }}
merge into {{ target.render() }} as DBT_INTERNAL_DEST
using {{ source }} as DBT_INTERNAL_SOURCE
on ({{ conditions | join(') and (') }})
  {%- if unique_key %}
when matched then update set
    {%- for name in get_merge_update_columns(
          config.get('merge_update_columns'), config.get('merge_exclude_columns'), dest_columns) %}
    {{ name }} = DBT_INTERNAL_SOURCE.{{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
  {%- endif %}
when not matched then insert
    ({{ insert_names }})
values
    (
  {%- for column in dest_columns -%}
    DBT_INTERNAL_SOURCE.{{ adapter.quote(column.name) }}{{ ', ' if not loop.last }}
  {%- endfor -%}
  )
{%- endmacro %}

{# The comparison of one key. #}
{% macro get_merge_unique_key_match(source_unique_key, target_unique_key) -%}
  {{- adapter.dispatch('get_merge_unique_key_match', 'dbt')(source_unique_key, target_unique_key) -}}
{%- endmacro %}

{% macro default__get_merge_unique_key_match(source_unique_key, target_unique_key) -%}
  {{- source_unique_key ~ ' = ' ~ target_unique_key -}}
{%- endmacro %}

{# Rows of `target` with a key that is in `source` go, then all rows of `source` come. #}
{% macro get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
  {{- adapter.dispatch('get_delete_insert_merge_sql', 'dbt')(
        target, source, unique_key, dest_columns, incremental_predicates) -}}
{%- endmacro %}

{% macro default__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
  {%- set keys = unique_key_list(unique_key) -%}
  {%- set names = get_quoted_csv(dest_columns | map(attribute='name')) -%}
  {%- if keys -%}
    {%- set key_text = keys | join(', ') %}
delete from {{ target.render() }} as DBT_INTERNAL_DEST
where ({{ key_text }}) in (
    select distinct {{ key_text }}
    from {{ source }} as DBT_INTERNAL_SOURCE
)
    {%- for predicate in ([incremental_predicates] if incremental_predicates is string else incremental_predicates or []) %}
and {{ predicate }}
    {%- endfor %};
  {%- endif %}
insert into {{ target.render() }} ({{ names }})
(
    select {{ names }}
    from {{ source }}
)
{%- endmacro %}

{# Rows of `target` that meet the predicates go, then all rows of `source` come. #}
{% macro get_insert_overwrite_merge_sql(target, source, dest_columns, predicates, include_sql_header=false) -%}
  {{- adapter.dispatch('get_insert_overwrite_merge_sql', 'dbt')(
        target, source, dest_columns, predicates, include_sql_header) -}}
{%- endmacro %}

{% macro default__get_insert_overwrite_merge_sql(target, source, dest_columns, predicates, include_sql_header) -%}
  {%- set names = get_quoted_csv(dest_columns | map(attribute='name')) -%}
  {{ (config.get('sql_header', none) or '') if include_sql_header }}
merge into {{ target.render() }} as DBT_INTERNAL_DEST
using {{ source }} as DBT_INTERNAL_SOURCE
on FALSE
when not matched by source
  {%- if predicates %} and {{ predicates | join(' and ') }}{% endif %}
then delete
when not matched then insert
    ({{ names }})
values
    ({{ names }})
{%- endmacro %}
