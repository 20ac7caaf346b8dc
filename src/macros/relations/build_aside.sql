{# Where a materialization builds: at the target itself if nothing stands there, as the transaction hides it until it
   commits; else under the intermediate name, from where `adapter.publish` puts it in place. #}
{% macro get_relation_to_build(target_relation, existing_relation) -%}
  {%- if existing_relation is none -%}
    {{- return(target_relation) -}}
  {%- endif -%}
  {%- set new_relation = make_intermediate_relation(target_relation) -%}
  {#- Nothing of ours can be left over, as all is one transaction, but another tool may have left one. -#}
  {%- do drop_relation_if_exists(load_cached_relation(new_relation)) -%}
  {#- Constraints with names of their own have indexes of that name, which the old table still bears. -#}
  {%- set contract = config.get('contract') -%}
  {%- if existing_relation.is_table and contract and contract.enforced -%}
    {%- do adapter.free_index_names(existing_relation) -%}
  {%- endif -%}
  {{- return(new_relation) -}}
{%- endmacro %}
