{# A table that is built once and then added to. Its strategy says how new rows meet old ones: `incremental/strategies.sql`. #}
{% materialization incremental, default %}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set unique_key = config.get('unique_key') -%}
  {%- set strategy = config.get('incremental_strategy') or 'default' -%}
  {%- set rebuild = existing_relation is none or not existing_relation.is_table or should_full_refresh() -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {#- Also where the table is built anew: a wrong name must not wait for the second run to be told. -#}
  {%- set get_strategy_sql = adapter.get_incremental_strategy_macro(context, strategy) -%}

  {%- if rebuild -%}
    {%- set new_relation = get_relation_to_build(target_relation, existing_relation) -%}
    {%- call statement('main') -%}
      {{ get_create_table_as_sql(false, new_relation, sql) }}
    {%- endcall -%}
    {%- do create_indexes(new_relation) -%}
    {%- set kept_grants = adapter.publish(new_relation, target_relation) -%}
  {%- else -%}
    {%- set temp_relation = make_temp_relation(target_relation) -%}
    {%- set dest_columns = stage_incremental_rows(temp_relation, target_relation, existing_relation, sql) -%}
    {%- call statement('main') -%}
      {{ get_strategy_sql({
          'target_relation': target_relation,
          'temp_relation': temp_relation,
          'unique_key': unique_key,
          'dest_columns': dest_columns,
          'incremental_predicates': config.get('predicates') or config.get('incremental_predicates')
      }) }}
    {%- endcall -%}
    {%- do drop_relation_if_exists(temp_relation.incorporate(type='table')) -%}
  {%- endif -%}

  {%- set revoke = should_revoke(existing_relation, full_refresh_mode=rebuild and not kept_grants) -%}
  {%- do apply_grants(target_relation, config.get('grants'), should_revoke=revoke) -%}
  {%- do persist_docs(target_relation, model) -%}

  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {%- do adapter.commit() -%}
  {{ run_hooks(post_hooks, inside_transaction=false) }}

  {{- return({'relations': [target_relation]}) -}}
{% endmaterialization %}

{# Puts the model's rows into the session's temporary table, fits the target's columns to it as `on_schema_change` asks,
   and gives back the columns to insert. #}
{% macro stage_incremental_rows(temp_relation, target_relation, existing_relation, sql) -%}
  {%- set on_schema_change = incremental_validate_on_schema_change(config.get('on_schema_change'), default='ignore') -%}
  {%- call statement() -%}
    {{ get_create_table_as_sql(true, temp_relation, sql) }}
  {%- endcall -%}
  {%- set target_columns = adapter.get_columns_in_relation(existing_relation) -%}
  {%- set contract = config.get('contract') -%}
  {%- if not contract or not contract.enforced -%}
    {%- do widen_columns(temp_relation, target_relation, target_columns) -%}
  {%- endif -%}
  {%- set dest_columns = process_schema_changes(on_schema_change, temp_relation, existing_relation) -%}
  {{- return(dest_columns or target_columns) -}}
{%- endmacro %}
