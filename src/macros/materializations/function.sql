{# A function of the database. `create or replace` keeps what stands on it; arguments or a type that cannot be replaced fail
   with the words of Postgres. The statement comes from the macro `TYPE_function_LANGUAGE`. #}
{% materialization function, default, supported_languages=['sql', 'python', 'javascript'] %}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type=this.Function) -%}

  {{ run_hooks(pre_hooks) }}
  {%- set macro_name = this.get_function_macro_name(this.get_function_config(model)) -%}
  {%- set find_macro = adapter.dispatch -%}
  {%- set build_sql = find_macro(macro_name, 'dbt')(target_relation) -%}
  {%- do function_execute_build_sql(build_sql, existing_relation, target_relation) -%}
  {{ run_hooks(post_hooks) }}

  {{- return({'relations': [target_relation]}) -}}
{% endmaterialization %}

{% macro function_execute_build_sql(build_sql, existing_relation, target_relation) -%}
  {{- return(adapter.dispatch('function_execute_build_sql', 'dbt')(build_sql, existing_relation, target_relation)) -}}
{%- endmacro %}

{% macro default__function_execute_build_sql(build_sql, existing_relation, target_relation) -%}
  {%- call statement('main') -%}
    {{- build_sql -}}
  {%- endcall -%}
  {%- set revoke = should_revoke(existing_relation, full_refresh_mode=true) -%}
  {%- do apply_grants(target_relation, config.get('grants'), should_revoke=revoke) -%}
  {%- do persist_docs(target_relation, model) -%}
  {%- do adapter.commit() -%}
{%- endmacro %}
