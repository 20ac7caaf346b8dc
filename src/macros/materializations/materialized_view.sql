{# A materialized view. An existing one is refreshed; its query is only looked at again with a full refresh. #}
{% materialization materialized_view, default %}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type=this.MaterializedView) -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {%- set rebuild = existing_relation is none or not existing_relation.is_materialized_view or should_full_refresh() -%}
  {%- if rebuild -%}
    {%- set new_relation = get_relation_to_build(target_relation, existing_relation) -%}
    {%- set build_sql = get_create_materialized_view_as_sql(new_relation, sql) -%}
  {%- else -%}
    {%- set build_sql = get_refresh_or_alter_sql(existing_relation, target_relation, sql) -%}
  {%- endif -%}

  {%- if build_sql | trim -%}
    {%- call statement('main') -%}
      {{ build_sql }}
    {%- endcall -%}
    {%- if rebuild -%}
      {%- do adapter.publish(new_relation, target_relation) -%}
    {%- endif -%}
    {%- set revoke = should_revoke(existing_relation, full_refresh_mode=rebuild) -%}
    {%- do apply_grants(target_relation, config.get('grants'), should_revoke=revoke) -%}
    {%- do persist_docs(target_relation, model) -%}
  {%- else -%}
    {%- do store_raw_result(name='main', message='skip ' ~ target_relation, code='skip', rows_affected='-1') -%}
  {%- endif -%}

  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {%- do adapter.commit() -%}
  {{ run_hooks(post_hooks, inside_transaction=false) }}

  {{- return({'relations': [target_relation]}) -}}
{% endmaterialization %}

{# For one that stays: refresh it where it is as configured, else what `on_configuration_change` says; empty for nothing. #}
{% macro get_refresh_or_alter_sql(existing_relation, target_relation, sql) -%}
  {%- set changes = get_materialized_view_configuration_changes(existing_relation, config) -%}
  {%- if changes is none -%}
    {{- return(refresh_materialized_view(target_relation)) -}}
  {%- endif -%}
  {%- set policy = (config.get('on_configuration_change') or 'apply') | string -%}
  {%- if policy == 'apply' -%}
    {{- return(get_alter_materialized_view_as_sql(
          target_relation, changes, sql, existing_relation,
          make_backup_relation(target_relation, existing_relation.type), make_intermediate_relation(target_relation))) -}}
  {%- endif -%}
  {%- set finding = 'the configuration of `' ~ target_relation ~ '` has changed and `on_configuration_change` is `' ~ policy ~ '`' -%}
  {%- if policy == 'continue' -%}
    {%- do exceptions.warn('Configuration changes were identified: ' ~ finding ~ '; it is left as it is') -%}
    {{- return('') -}}
  {%- endif -%}
  {%- do exceptions.raise_fail_fast_error('Configuration changes were identified: ' ~ finding) -%}
{%- endmacro %}
