{# A table. It is made anew at each run, aside, so that readers have the old rows until the new ones are complete. #}
{% materialization table, default %}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- set target_relation = this.incorporate(type='table') -%}

  {{ run_hooks(pre_hooks, inside_transaction=false) }}
  {{ run_hooks(pre_hooks, inside_transaction=true) }}

  {%- set new_relation = get_relation_to_build(target_relation, existing_relation) -%}
  {%- call statement('main') -%}
    {{ get_create_table_as_sql(false, new_relation, sql) }}
  {%- endcall -%}
  {%- do create_indexes(new_relation) -%}
  {%- set kept_grants = adapter.publish(new_relation, target_relation) -%}

  {{ run_hooks(post_hooks, inside_transaction=true) }}

  {%- set revoke = should_revoke(existing_relation, full_refresh_mode=not kept_grants) -%}
  {%- do apply_grants(target_relation, config.get('grants'), should_revoke=revoke) -%}
  {%- do persist_docs(target_relation, model) -%}

  {%- do adapter.commit() -%}
  {{ run_hooks(post_hooks, inside_transaction=false) }}

  {{- return({'relations': [target_relation]}) -}}
{% endmaterialization %}
