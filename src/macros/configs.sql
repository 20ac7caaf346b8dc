{# Text that stands before the statement that builds the node's relation: `{% call set_sql_header(config) %}...{% endcall %}`. #}
{% macro set_sql_header(config) -%}
  {%- do config.set('sql_header', caller()) -%}
{%- endmacro %}

{# The node's own `full_refresh`, where it has one, beats `--full-refresh`. #}
{% macro should_full_refresh() -%}
  {%- set own = config.get('full_refresh') -%}
  {{- return(flags.FULL_REFRESH if own is none else own) -}}
{%- endmacro %}

{# The test's own `store_failures`, where it has one, beats `--store-failures`. #}
{% macro should_store_failures() -%}
  {%- set own = config.get('store_failures') -%}
  {{- return(flags.STORE_FAILURES if own is none else own) -}}
{%- endmacro %}
