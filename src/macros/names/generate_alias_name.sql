{# The name of a node's relation: its alias, else its name, with `_v<version>` where it has a version. #}
{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
  {{- return(adapter.dispatch('generate_alias_name', 'dbt')(custom_alias_name, node)) -}}
{%- endmacro %}

{% macro default__generate_alias_name(custom_alias_name=none, node=none) -%}
  {%- if custom_alias_name -%}
    {{- custom_alias_name | trim -}}
  {%- elif node.version -%}
    {#- A version may be written `2.1`; a dot would need quoting. -#}
    {{- node.name ~ '_v' ~ (node.version | string | replace('.', '_')) -}}
  {%- else -%}
    {{- node.name -}}
  {%- endif -%}
{%- endmacro %}

{# The name of the view that stands for the latest version of a model. #}
{% macro generate_latest_version_pointer_alias(custom_alias_name=none, node=none) -%}
  {{- return(adapter.dispatch('generate_latest_version_pointer_alias', 'dbt')(custom_alias_name, node)) -}}
{%- endmacro %}

{% macro default__generate_latest_version_pointer_alias(custom_alias_name=none, node=none) -%}
  {{- (custom_alias_name or node.name) | trim -}}
{%- endmacro %}
