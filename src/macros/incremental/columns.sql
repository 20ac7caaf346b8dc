{# Lists of columns, and what differs between two. #}

{# `"a", "b"`, as text. #}
{% macro get_quoted_csv(column_names) -%}
  {%- set quoted = [] -%}
  {%- for name in column_names -%}
    {%- do quoted.append(adapter.quote(name)) -%}
  {%- endfor -%}
  {{- return(quoted | join(', ')) -}}
{%- endmacro %}

{# A `unique_key` as a list, however it was written; empty for none. #}
{% macro unique_key_list(unique_key) -%}
  {%- if not unique_key -%}
    {{- return([]) -}}
  {%- elif unique_key is string -%}
    {{- return([unique_key]) -}}
  {%- endif -%}
  {{- return(unique_key | list) -}}
{%- endmacro %}

{# Those of `source_columns` that `target_columns` do not have by name. #}
{% macro diff_columns(source_columns, target_columns) -%}
  {%- set target_names = target_columns | map(attribute='column') | list -%}
  {{- return(source_columns | rejectattr('column', 'in', target_names) | list) -}}
{%- endmacro %}

{# Columns that both have, with the type that they are to take in the target. #}
{% macro diff_column_data_types(source_columns, target_columns) -%}
  {{- return(adapter.dispatch('diff_column_data_types', 'dbt')(source_columns, target_columns)) -}}
{%- endmacro %}

{% macro default__diff_column_data_types(source_columns, target_columns) -%}
  {%- set changes = [] -%}
  {%- for source in source_columns -%}
    {%- for target in target_columns if target.name == source.name -%}
      {%- if source.expanded_data_type != target.expanded_data_type and not source.can_expand_to(other_column=target) -%}
        {%- do changes.append({'column_name': target.name, 'new_type': source.expanded_data_type}) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endfor -%}
  {{- return(changes) -}}
{%- endmacro %}

{# The columns that a merge updates: all, only some, or all but some. #}
{% macro get_merge_update_columns(merge_update_columns, merge_exclude_columns, dest_columns) -%}
  {{- return(adapter.dispatch('get_merge_update_columns', 'dbt')(
        merge_update_columns, merge_exclude_columns, dest_columns)) -}}
{%- endmacro %}

{% macro default__get_merge_update_columns(merge_update_columns, merge_exclude_columns, dest_columns) -%}
  {%- if merge_update_columns and merge_exclude_columns -%}
    {%- do exceptions.raise_compiler_error('`merge_update_columns` and `merge_exclude_columns` exclude each other: leave one of them out') -%}
  {%- endif -%}
  {%- if merge_update_columns -%}
    {{- return([merge_update_columns] if merge_update_columns is string else merge_update_columns) -}}
  {%- endif -%}
  {%- set excluded = [merge_exclude_columns] if merge_exclude_columns is string else (merge_exclude_columns or []) -%}
  {%- set excluded = excluded | map('lower') | list -%}
  {%- set names = [] -%}
  {%- for column in dest_columns if column.column | lower not in excluded -%}
    {%- do names.append(column.quoted) -%}
  {%- endfor -%}
  {{- return(names) -}}
{%- endmacro %}
