{# What stands at a name, with its type, from the cache; none where nothing does. #}
{% macro load_cached_relation(relation) -%}
  {%- do return(adapter.get_relation(
        database=relation.database, schema=relation.schema, identifier=relation.identifier)) -%}
{%- endmacro %}

{# The older name of the same. #}
{% macro load_relation(relation) -%}
  {{- return(load_cached_relation(relation)) -}}
{%- endmacro %}

{# A pair: whether it stands there, and the relation, which is made up where it does not. #}
{% macro get_or_create_relation(database, schema, identifier, type) -%}
  {{- return(adapter.dispatch('get_or_create_relation', 'dbt')(database, schema, identifier, type)) -}}
{%- endmacro %}

{% macro default__get_or_create_relation(database, schema, identifier, type) -%}
  {%- set existing_relation = adapter.get_relation(database=database, schema=schema, identifier=identifier) -%}
  {%- if existing_relation -%}
    {{- return([true, existing_relation]) -}}
  {%- endif -%}
  {{- return([false, api.Relation.create(database=database, schema=schema, identifier=identifier, type=type)]) -}}
{%- endmacro %}
