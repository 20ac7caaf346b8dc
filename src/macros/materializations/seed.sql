{# A table filled from a CSV file. An existing one with the file's columns is emptied and filled again, as dbt does;
   one with other columns, or a full refresh, is built aside and published. #}
{% materialization seed, default %}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set full_refresh_mode = should_full_refresh() -%}
  {%- if existing_relation is not none and existing_relation.is_view -%}
    {%- do exceptions.raise_compiler_error('Cannot seed to `' ~ existing_relation ~ '`: it is a view') -%}
  {%- elif existing_relation is not none and existing_relation.is_materialized_view -%}
    {%- do exceptions.raise_compiler_error('Cannot seed to `' ~ existing_relation ~ '`: it is a materialized view') -%}
  {%- endif -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {%- set agate_table = load_agate_table() -%}
  {#- For `seed --show`. -#}
  {%- do store_result('agate_table', response='OK', agate_table=agate_table) -%}
  {%- set aside = seed_is_built_aside(agate_table, existing_relation, full_refresh_mode) -%}
  {%- if aside -%}
    {%- set new_relation = get_relation_to_build(target_relation, existing_relation) -%}
    {%- set table_sql = get_create_seed_sql(new_relation, model, agate_table) -%}
    {%- call statement(auto_begin=true) -%}
      {{- table_sql -}}
    {%- endcall -%}
    {%- set rows_sql = copy_rows_of_seed(new_relation, model, agate_table) -%}
  {%- else -%}
    {%- if existing_relation is none -%}
      {%- set table_sql = create_csv_table(model, agate_table) -%}
    {%- else -%}
      {%- set table_sql = reset_csv_table(model, full_refresh_mode, existing_relation, agate_table) -%}
    {%- endif -%}
    {%- set rows_sql = load_csv_rows(model, agate_table) -%}
  {%- endif -%}
  {%- if aside or existing_relation is none or full_refresh_mode -%}
    {%- do create_indexes(new_relation if aside else target_relation) -%}
  {%- endif -%}
  {%- if aside -%}
    {%- if full_refresh_mode and config.get('full_refresh') is none -%}
      {#- `--full-refresh` asks for it once, so it goes as far as dbt's cascade; a config asks each night, so views that fit stay. -#}
      {%- do adapter.drop_left_out(target_relation) -%}
    {%- endif -%}
    {%- set kept_grants = adapter.publish(new_relation, target_relation) -%}
  {%- endif -%}

  {%- set code = 'CREATE' if full_refresh_mode else 'INSERT' -%}
  {%- set rows_affected = 0 if flags.EMPTY else agate_table.rows | length -%}
  {%- call noop_statement('main', code ~ ' ' ~ rows_affected, code, rows_affected) -%}
    {{ get_csv_sql(table_sql, rows_sql) }}
  {%- endcall -%}

  {%- set revoke = should_revoke(existing_relation, full_refresh_mode=(aside or full_refresh_mode) and not kept_grants) -%}
  {%- do apply_grants(target_relation, config.get('grants'), should_revoke=revoke) -%}
  {%- do persist_docs(target_relation, model) -%}

  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {%- do adapter.commit() -%}
  {{ run_hooks(post_hooks, inside_transaction=false) }}

  {{- return({'relations': [target_relation]}) -}}
{% endmaterialization %}

{# Whether an existing seed table is to be replaced rather than emptied. A project's own way to make, empty or fill the
   table works on the target's name, so it cannot be built aside. #}
{% macro seed_is_built_aside(agate_table, existing_relation, full_refresh_mode) -%}
  {%- if existing_relation is none
        or adapter.is_overridden('create_csv_table')
        or adapter.is_overridden('reset_csv_table')
        or adapter.is_overridden('load_csv_rows') -%}
    {{- return(false) -}}
  {%- elif full_refresh_mode -%}
    {{- return(true) -}}
  {%- endif -%}
  {%- set stored = adapter.get_columns_in_relation(existing_relation) | map(attribute='name') | map('lower') | sort -%}
  {%- set wanted = agate_table.column_names | map('lower') | sort -%}
  {{- return((stored | list) != (wanted | list)) -}}
{%- endmacro %}
