{# What an incremental model does when its query gives other columns than its table has. #}

{# A name that is none of the four counts as the default. #}
{% macro incremental_validate_on_schema_change(on_schema_change, default='ignore') -%}
  {%- if on_schema_change in ['sync_all_columns', 'append_new_columns', 'fail', 'ignore'] -%}
    {{- return(on_schema_change) -}}
  {%- endif -%}
  {%- do log('Invalid value for on_schema_change (' ~ on_schema_change ~ ') specified. Setting default value of ' ~ default ~ '.') -%}
  {{- return(default) -}}
{%- endmacro %}

{# The difference between two relations: schema_changed, source_not_in_target, target_not_in_source, source_columns,
   target_columns, new_target_types. #}
{% macro check_for_schema_changes(source_relation, target_relation) -%}
  {{- return(adapter.dispatch('check_for_schema_changes', 'dbt')(source_relation, target_relation)) -}}
{%- endmacro %}

{% macro default__check_for_schema_changes(source_relation, target_relation) -%}
  {%- set source_columns = adapter.get_columns_in_relation(source_relation) -%}
  {%- set target_columns = adapter.get_columns_in_relation(target_relation) -%}
  {%- set added = diff_columns(source_columns, target_columns) -%}
  {%- set removed = diff_columns(target_columns, source_columns) -%}
  {%- set retyped = diff_column_data_types(source_columns, target_columns) -%}
  {{- return({
        'schema_changed': (added or removed or retyped) | length > 0,
        'source_not_in_target': added,
        'target_not_in_source': removed,
        'source_columns': source_columns,
        'target_columns': target_columns,
        'new_target_types': retyped}) -}}
{%- endmacro %}

{# Changes the target's columns as far as the mode goes. #}
{% macro sync_column_schemas(on_schema_change, target_relation, schema_changes_dict) -%}
  {{- return(adapter.dispatch('sync_column_schemas', 'dbt')(on_schema_change, target_relation, schema_changes_dict)) -}}
{%- endmacro %}

{% macro default__sync_column_schemas(on_schema_change, target_relation, schema_changes_dict) -%}
  {%- set added = schema_changes_dict['source_not_in_target'] -%}
  {%- if on_schema_change == 'append_new_columns' -%}
    {%- if added -%}
      {%- do alter_relation_add_remove_columns(target_relation, added, none) -%}
    {%- endif -%}
  {%- elif on_schema_change == 'sync_all_columns' -%}
    {%- set removed = schema_changes_dict['target_not_in_source'] -%}
    {%- if added or removed -%}
      {%- do alter_relation_add_remove_columns(target_relation, added, removed) -%}
    {%- endif -%}
    {%- for change in schema_changes_dict['new_target_types'] -%}
      {%- do alter_column_type(target_relation, change['column_name'], change['new_type']) -%}
    {%- endfor -%}
  {%- endif -%}
  {%- do log(
        'In ' ~ target_relation ~ ': schema changed, on_schema_change is ' ~ on_schema_change
        ~ '; columns added: ' ~ added
        ~ '; columns removed: ' ~ schema_changes_dict['target_not_in_source']
        ~ '; new types: ' ~ schema_changes_dict['new_target_types']) -%}
{%- endmacro %}

{# Gives back the columns to insert; nothing where the mode is to ignore changes. #}
{% macro process_schema_changes(on_schema_change, source_relation, target_relation) -%}
  {{- return(adapter.dispatch('process_schema_changes', 'dbt')(on_schema_change, source_relation, target_relation)) -}}
{%- endmacro %}

{% macro default__process_schema_changes(on_schema_change, source_relation, target_relation) -%}
  {%- if on_schema_change == 'ignore' -%}
    {{- return({}) -}}
  {%- endif -%}
  {%- set changes = check_for_schema_changes(source_relation, target_relation) -%}
  {%- if changes['schema_changed'] -%}
    {%- if on_schema_change == 'fail' -%}
      {%- do exceptions.raise_compiler_error(
            'The source and target schemas on this incremental model are out of sync!'
            ~ '\nThey can be reconciled in several ways:'
            ~ '\n  - set `on_schema_change` to `append_new_columns` or `sync_all_columns`'
            ~ '\n  - run the model once with `--full-refresh`'
            ~ '\n  - change the table by hand'
            ~ '\n\nAdditional troubleshooting context:'
            ~ '\n  Source columns not in target: ' ~ (changes['source_not_in_target'] | map(attribute='name') | join(', '))
            ~ '\n  Target columns not in source: ' ~ (changes['target_not_in_source'] | map(attribute='name') | join(', '))
            ~ '\n  New column types: ' ~ changes['new_target_types']) -%}
    {%- endif -%}
    {%- do sync_column_schemas(on_schema_change, target_relation, changes) -%}
  {%- endif -%}
  {{- return(changes['source_columns']) -}}
{%- endmacro %}
