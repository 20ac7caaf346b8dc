{# Parts of the statement of an aggregate function. Postgres has no SQL form of one that takes a body, so that `aggregate_function_sql`
   is left to a project. #}
{% macro get_aggregate_function_create_replace_signature(target_relation) -%}
  {{- return(adapter.dispatch('get_aggregate_function_create_replace_signature', 'dbt')(target_relation)) -}}
{%- endmacro %}

{% macro default__get_aggregate_function_create_replace_signature(target_relation) -%}
CREATE OR REPLACE AGGREGATE FUNCTION {{ target_relation.render() }} ({{ get_formatted_aggregate_function_args() | trim }})
RETURNS {{ model.returns.data_type }}
{{ get_function_language_specifier() }}
{{ get_aggregate_function_volatility_specifier() }}
{%- if model.get('language') == 'python' %}
{{ get_function_python_options() }}
{%- endif %}
AS
{%- endmacro %}

{% macro get_formatted_aggregate_function_args() -%}
  {{- return(adapter.dispatch('get_formatted_aggregate_function_args', 'dbt')()) -}}
{%- endmacro %}

{% macro default__get_formatted_aggregate_function_args() -%}
  {{- formatted_scalar_function_args_sql() -}}
{%- endmacro %}

{% macro get_function_language_specifier() -%}
  {{- return(adapter.dispatch('get_function_language_specifier', 'dbt')()) -}}
{%- endmacro %}

{% macro default__get_function_language_specifier() -%}
  {%- set language = model.get('language') -%}
  {%- if language == 'python' -%}
LANGUAGE PYTHON
  {%- elif language == 'javascript' -%}
LANGUAGE JAVASCRIPT
  {%- elif language != 'sql' -%}
    {{- 'LANGUAGE ' ~ (language | upper) -}}
  {%- endif -%}
{%- endmacro %}

{% macro get_aggregate_function_volatility_specifier() -%}
  {{- return(adapter.dispatch('get_aggregate_function_volatility_specifier', 'dbt')()) -}}
{%- endmacro %}

{% macro default__get_aggregate_function_volatility_specifier() -%}
  {{- scalar_function_volatility_sql() -}}
{%- endmacro %}

{% macro get_function_python_options() -%}
  {{- return(adapter.dispatch('get_function_python_options', 'dbt')()) -}}
{%- endmacro %}

{% macro default__get_function_python_options() -%}
RUNTIME_VERSION = '{{ model.config.get('runtime_version') }}'
HANDLER = '{{ model.config.get('entry_point') }}'
{%- endmacro %}
