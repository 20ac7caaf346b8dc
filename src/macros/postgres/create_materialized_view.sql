{% macro postgres__get_create_materialized_view_as_sql(relation, sql) -%}
create materialized view if not exists {{ relation.render() }} as
{{ sql }};
  {%- for index in config.get('indexes', default=[]) or [] %}
{{ get_create_index_sql(relation, index) }}
  {%- endfor -%}
{%- endmacro %}

{% macro postgres__refresh_materialized_view(relation) -%}
refresh materialized view {{ relation.render() }}
{%- endmacro %}

{% macro postgres__get_alter_materialized_view_as_sql(
    relation, configuration_changes, sql, existing_relation, backup_relation, intermediate_relation
) -%}
  {{- postgres__update_indexes_on_materialized_view(relation, configuration_changes.indexes) -}}
{%- endmacro %}

{% macro postgres__update_indexes_on_materialized_view(relation, index_changes) -%}
  {%- for change in index_changes -%}
    {%- if change.action == 'drop' %}
{{ get_drop_index_sql(relation, change.context.name) }}
    {%- else %}
{{ get_create_index_sql(relation, change.context) }}
    {%- endif -%}
  {%- endfor -%}
{%- endmacro %}

{% macro postgres__describe_materialized_view(relation) -%}
  {{- return({'indexes': run_query(get_show_indexes_sql(relation))}) -}}
{%- endmacro %}

{# Indexes only: Postgres gives a materialized view's query back rewritten, so an edited one cannot be told from it. #}
{% macro postgres__get_materialized_view_configuration_changes(existing_relation, new_config) -%}
  {%- set present = [] -%}
  {%- for row in postgres__describe_materialized_view(existing_relation).indexes.rows -%}
    {%- do present.append({
          'name': row['name'],
          'columns': row['column_names'].split(','),
          'type': row['method'],
          'unique': row['unique']}) -%}
  {%- endfor -%}
  {%- set changes = [] -%}
  {%- set kept = [] -%}
  {%- set missing = [] -%}
  {%- for raw in new_config.get('indexes', []) or [] -%}
    {%- set wanted = adapter.parse_index(raw) -%}
    {%- set shape = postgres__index_shape(wanted.columns, wanted.type, wanted.unique) -%}
    {%- set found = namespace(name=none) -%}
    {%- for index in present -%}
      {%- if found.name is none and index.name not in kept
            and postgres__index_shape(index.columns, index.type, index.unique) == shape -%}
        {%- set found.name = index.name -%}
      {%- endif -%}
    {%- endfor -%}
    {%- if found.name is none -%}
      {%- do missing.append(raw) -%}
    {%- else -%}
      {%- do kept.append(found.name) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- for index in present if index.name not in kept -%}
    {%- do changes.append({'action': 'drop', 'context': index}) -%}
  {%- endfor -%}
  {%- for raw in missing -%}
    {%- do changes.append({'action': 'create', 'context': raw}) -%}
  {%- endfor -%}
  {%- if changes -%}
    {{- return({'indexes': changes, 'requires_full_refresh': false, 'has_changes': true}) -}}
  {%- endif -%}
  {{- return(none) -}}
{%- endmacro %}

{# Text that is equal for indexes that do the same: the order of the columns counts, an unnamed type is a B-tree. #}
{% macro postgres__index_shape(columns, type, unique) -%}
  {{- (columns | map('trim') | map('replace', '"', '') | join(',')) ~ ' ' ~ ((type or 'btree') | lower) ~ (' unique' if unique else '') -}}
{%- endmacro %}
