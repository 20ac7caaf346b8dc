{# A view. It is made anew at each run; whatever stands on it stays. #}
{% materialization view, default %}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type='view') -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {%- set new_relation = make_intermediate_relation(target_relation) -%}
  {%- do drop_relation_if_exists(load_cached_relation(new_relation)) -%}
  {%- call statement('main') -%}
    {{ get_create_view_as_sql(new_relation, sql) }}
  {%- endcall -%}
  {%- set kept_grants = adapter.publish(new_relation, target_relation) -%}

  {%- set revoke = should_revoke(existing_relation, full_refresh_mode=not kept_grants) -%}
  {%- do apply_grants(target_relation, config.get('grants'), should_revoke=revoke) -%}
  {%- do persist_docs(target_relation, model) -%}

  {{ run_hooks(post_hooks, inside_transaction=true) }}
  {%- do adapter.commit() -%}
  {{ run_hooks(post_hooks, inside_transaction=false) }}

  {{- return({'relations': [target_relation]}) -}}
{% endmaterialization %}
