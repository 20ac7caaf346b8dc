{# A table that keeps every version of a query's rows, with the time from which and to which each was valid. #}
{% materialization snapshot, default %}
  {%- set target_exists, target_relation = get_or_create_relation(
        database=model.database, schema=model.schema, identifier=model.alias, type='table') -%}
  {%- if not target_relation.is_table -%}
    {%- do exceptions.relation_wrong_type(target_relation, 'table') -%}
  {%- endif -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {%- set get_strategy = strategy_dispatch(config.get('strategy')) -%}
  {%- set strategy = get_strategy(model, 'snapshotted_data', 'source_data', model['config'], target_exists) -%}

  {%- if target_exists -%}
    {%- do adapter.assert_valid_snapshot_target_given_strategy(target_relation, snapshot_columns(), strategy) -%}
    {%- set staging_table = build_snapshot_staging_table(strategy, sql, target_relation) -%}
    {%- set insert_columns = fit_snapshot_columns(staging_table, target_relation) -%}
    {%- do check_time_data_types('select * from ' ~ staging_table) -%}
    {%- call statement('main') -%}
      {{ snapshot_merge_sql(target=target_relation, source=staging_table, insert_cols=insert_columns) }}
    {%- endcall -%}
  {%- else -%}
    {%- set build_sql = build_snapshot_table(strategy, sql) -%}
    {%- do check_time_data_types(build_sql) -%}
    {%- call statement('main') -%}
      {{ create_table_as(false, target_relation, build_sql) }}
    {%- endcall -%}
    {%- do create_indexes(target_relation) -%}
    {%- do adapter.publish(target_relation, target_relation) -%}
  {%- endif -%}

  {%- set revoke = should_revoke(target_exists, full_refresh_mode=false) -%}
  {%- do apply_grants(target_relation, config.get('grants'), should_revoke=revoke) -%}
  {%- do persist_docs(target_relation, model) -%}

  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {%- do adapter.commit() -%}
  {%- if target_exists -%}
    {%- do post_snapshot(staging_table) -%}
  {%- endif -%}
  {{ run_hooks(post_hooks, inside_transaction=false) }}

  {{- return({'relations': [target_relation]}) -}}
{% endmaterialization %}

{# Adds to the target the columns that are new in the query, and gives back the quoted names of those to insert. #}
{% macro fit_snapshot_columns(staging_table, target_relation) -%}
  {%- set staged = [] -%}
  {%- for column in adapter.get_columns_in_relation(staging_table)
        if column.name | lower != 'dbt_change_type' and not (column.name | lower).startswith('dbt_unique_key') -%}
    {%- do staged.append(column) -%}
  {%- endfor -%}
  {%- set kept = adapter.get_columns_in_relation(target_relation) -%}
  {%- do widen_columns(staging_table, target_relation, kept) -%}
  {%- set kept_names = kept | map(attribute='name') | list -%}
  {%- set missing = staged | rejectattr('name', 'in', kept_names) | list -%}
  {%- do create_columns(target_relation, missing) -%}
  {%- set quoted = [] -%}
  {%- for column in staged -%}
    {%- do quoted.append(adapter.quote(column.name)) -%}
  {%- endfor -%}
  {{- return(quoted) -}}
{%- endmacro %}
