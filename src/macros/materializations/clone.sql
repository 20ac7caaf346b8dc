{# What `clone` makes of a node: a copy where the adapter can make one without copying rows, else a view on the relation of the
   other environment. An existing relation stays, but for a full refresh. #}
{% materialization clone, default %}
  {%- if not defer_relation -%}
    {%- do log('the other environment has no relation for ' ~ model.unique_id, info=true) -%}
    {{- return({'relations': []}) -}}
  {%- endif -%}
  {%- set existing_relation = load_cached_relation(this) -%}
  {%- if existing_relation and not flags.FULL_REFRESH -%}
    {%- do log('Relation ' ~ existing_relation ~ ' already exists', info=true) -%}
    {{- return({'relations': []}) -}}
  {%- endif -%}

  {%- set other_relation = load_cached_relation(defer_relation) -%}
  {%- if not (other_relation and other_relation.is_table and can_clone_table()) -%}
    {%- set name = 'materialization_view_' ~ adapter.type() -%}
    {{- return(context[name if name in context else 'materialization_view_default']()) -}}
  {%- endif -%}

  {%- set target_relation = this.incorporate(type='table') -%}
  {%- if existing_relation is not none and not existing_relation.is_table -%}
    {%- do drop_relation_if_exists(existing_relation) -%}
  {%- endif -%}
  {%- if target_relation.render() != defer_relation.render() -%}
    {%- call statement('main') -%}
      {{- create_or_replace_clone(target_relation, defer_relation) -}}
    {%- endcall -%}
  {%- endif -%}
  {%- set revoke = should_revoke(existing_relation, full_refresh_mode=true) -%}
  {%- do apply_grants(target_relation, config.get('grants'), should_revoke=revoke) -%}
  {%- do persist_docs(target_relation, model) -%}
  {{- return({'relations': [target_relation]}) -}}
{% endmaterialization %}

{# Whether the adapter can copy a table without copying its rows. #}
{% macro can_clone_table() -%}
  {{- return(adapter.dispatch('can_clone_table', 'dbt')()) -}}
{%- endmacro %}

{% macro default__can_clone_table() -%}
  {{- return(false) -}}
{%- endmacro %}

{% macro create_or_replace_clone(this_relation, defer_relation) -%}
  {{- return(adapter.dispatch('create_or_replace_clone', 'dbt')(this_relation, defer_relation)) -}}
{%- endmacro %}

{% macro default__create_or_replace_clone(this_relation, defer_relation) -%}
create or replace table {{ this_relation.render() }} clone {{ defer_relation.render() }}
{%- endmacro %}
