{# A materialized view. An existing one is refreshed; its query is only looked at again with a full refresh. #}
{% materialization materialized_view, default %}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type=this.MaterializedView) -%}
  {%- set intermediate_relation = make_intermediate_relation(target_relation) -%}
  {%- set backup_relation = make_backup_relation(target_relation, target_relation.type) -%}

  {%- do materialized_view_setup(backup_relation, intermediate_relation, pre_hooks) -%}
  {%- set build_sql = materialized_view_get_build_sql(
        existing_relation, target_relation, backup_relation, intermediate_relation) -%}
  {%- if build_sql | trim -%}
    {%- do materialized_view_execute_build_sql(build_sql, existing_relation, target_relation, post_hooks) -%}
  {%- else -%}
    {%- do materialized_view_execute_no_op(target_relation) -%}
  {%- endif -%}
  {%- do materialized_view_teardown(backup_relation, intermediate_relation, post_hooks) -%}

  {{- return({'relations': [target_relation]}) -}}
{% endmaterialization %}

{% macro materialized_view_setup(backup_relation, intermediate_relation, pre_hooks) -%}
  {%- do run_hooks(pre_hooks, inside_transaction=false) -%}
{%- endmacro %}

{% macro materialized_view_teardown(backup_relation, intermediate_relation, post_hooks) -%}
  {%- do run_hooks(post_hooks, inside_transaction=false) -%}
{%- endmacro %}

{# Whether the view is made anew rather than kept. #}
{% macro materialized_view_is_rebuilt(existing_relation) -%}
  {{- return(existing_relation is none or not existing_relation.is_materialized_view or should_full_refresh()) -}}
{%- endmacro %}

{# The statements to run; empty for none. A kept view is refreshed where it is as configured; where it is not,
   `on_configuration_change` decides. #}
{% macro materialized_view_get_build_sql(existing_relation, target_relation, backup_relation, intermediate_relation) -%}
  {%- if materialized_view_is_rebuilt(existing_relation) -%}
    {%- do log('Applying ' ~ ('CREATE' if existing_relation is none else 'REPLACE') ~ ' to: ' ~ target_relation) -%}
    {{- return(get_create_materialized_view_as_sql(get_relation_to_build(target_relation, existing_relation), sql)) -}}
  {%- endif -%}
  {%- set changes = get_materialized_view_configuration_changes(existing_relation, config) -%}
  {%- if changes is none -%}
    {%- do log('Applying REFRESH to: ' ~ target_relation) -%}
    {{- return(refresh_materialized_view(target_relation)) -}}
  {%- endif -%}
  {%- set policy = (config.get('on_configuration_change') or 'apply') | string -%}
  {%- set finding = 'Configuration changes were identified and `on_configuration_change` was set to `' ~ policy ~ '` for `' ~ target_relation ~ '`' -%}
  {%- if policy == 'apply' -%}
    {%- do log('Applying ALTER to: ' ~ target_relation) -%}
    {{- return(get_alter_materialized_view_as_sql(
          target_relation, changes, sql, existing_relation, backup_relation, intermediate_relation)) -}}
  {%- elif policy == 'continue' -%}
    {%- do exceptions.warn(finding) -%}
    {{- return('') -}}
  {%- endif -%}
  {%- do exceptions.raise_fail_fast_error(finding) -%}
{%- endmacro %}

{% macro materialized_view_execute_no_op(target_relation) -%}
  {%- do store_raw_result(name='main', message='skip ' ~ target_relation, code='skip', rows_affected='-1') -%}
{%- endmacro %}

{% macro materialized_view_execute_build_sql(build_sql, existing_relation, target_relation, post_hooks) -%}
  {%- set rebuild = materialized_view_is_rebuilt(existing_relation) -%}
  {%- do run_hooks(pre_hooks, inside_transaction=true) -%}
  {%- call statement('main') -%}
    {{ build_sql }}
  {%- endcall -%}
  {%- if rebuild -%}
    {%- set built_aside = existing_relation is not none -%}
    {%- set new_relation = make_intermediate_relation(target_relation) if built_aside else target_relation -%}
    {%- set kept_grants = adapter.publish(new_relation, target_relation) -%}
  {%- endif -%}
  {%- set revoke = should_revoke(existing_relation, full_refresh_mode=rebuild and not kept_grants) -%}
  {%- do apply_grants(target_relation, config.get('grants'), should_revoke=revoke) -%}
  {%- do persist_docs(target_relation, model) -%}
  {%- do run_hooks(post_hooks, inside_transaction=true) -%}
  {%- do adapter.commit() -%}
{%- endmacro %}
