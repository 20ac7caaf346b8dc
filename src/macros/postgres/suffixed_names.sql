{# Postgres cuts longer names silently, so the base gives way to the suffix. #}
{% macro postgres__make_relation_with_suffix(base_relation, suffix, dstring) -%}
  {%- if dstring -%}
    {%- set suffix = suffix ~ modules.datetime.datetime.now().strftime('%H%M%S%f') -%}
  {%- endif -%}
  {%- set room = base_relation.relation_max_name_length() - (suffix | length) -%}
  {%- if room < 1 -%}
    {%- do exceptions.raise_compiler_error('the suffix `' ~ suffix ~ '` leaves no room for a name in Postgres') -%}
  {%- endif -%}
  {{- return(base_relation.incorporate(path={'identifier': base_relation.identifier[:room] ~ suffix})) -}}
{%- endmacro %}

{% macro postgres__make_intermediate_relation(base_relation, suffix) -%}
  {{- return(postgres__make_relation_with_suffix(base_relation, suffix, dstring=false)) -}}
{%- endmacro %}

{% macro postgres__make_temp_relation(base_relation, suffix) -%}
  {%- set named = postgres__make_relation_with_suffix(base_relation, suffix, dstring=true) -%}
  {{- return(named.incorporate(path={'database': none, 'schema': none})) -}}
{%- endmacro %}

{% macro postgres__make_backup_relation(base_relation, backup_relation_type, suffix) -%}
  {%- set named = postgres__make_relation_with_suffix(base_relation, suffix, dstring=false) -%}
  {{- return(named.incorporate(type=backup_relation_type)) -}}
{%- endmacro %}
