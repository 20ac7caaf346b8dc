{# The statement of a function that gives one value for each row, and its parts. Keywords are in capitals, as tools that look
   for them in dbt's statements expect. #}
{% macro scalar_function_sql(target_relation) -%}
  {{- return(adapter.dispatch('scalar_function_sql', 'dbt')(target_relation)) -}}
{%- endmacro %}

{% macro default__scalar_function_sql(target_relation) -%}
{{ scalar_function_create_replace_signature_sql(target_relation) }}
{{ scalar_function_body_sql() }};
{%- endmacro %}

{% macro scalar_function_create_replace_signature_sql(target_relation) -%}
  {{- return(adapter.dispatch('scalar_function_create_replace_signature_sql', 'dbt')(target_relation)) -}}
{%- endmacro %}

{% macro default__scalar_function_create_replace_signature_sql(target_relation) -%}
  {%- set volatility = scalar_function_volatility_sql() | trim -%}
CREATE OR REPLACE FUNCTION {{ target_relation.render() }} ({{ formatted_scalar_function_args_sql() | trim }})
RETURNS {{ model.returns.data_type }}
{%- if volatility %}
{{ volatility }}
{%- endif %}
AS
{%- endmacro %}

{% macro formatted_scalar_function_args_sql() -%}
  {{- return(adapter.dispatch('formatted_scalar_function_args_sql', 'dbt')()) -}}
{%- endmacro %}

{% macro default__formatted_scalar_function_args_sql() -%}
  {%- for argument in model.arguments -%}
    {{ ', ' if not loop.first }}{{ argument.name }} {{ argument.data_type }}
  {%- endfor -%}
{%- endmacro %}

{% macro scalar_function_body_sql() -%}
  {{- return(adapter.dispatch('scalar_function_body_sql', 'dbt')()) -}}
{%- endmacro %}

{# A body that has `$$` itself gets other marks around it. #}
{% macro default__scalar_function_body_sql() -%}
  {%- set mark = '$$' if '$$' not in model.compiled_code else '$kiln_' ~ local_md5(model.compiled_code) ~ '$' -%}
{{ mark }}
{{ model.compiled_code }}
{{ mark }} LANGUAGE SQL
{%- endmacro %}

{% macro scalar_function_volatility_sql() -%}
  {{- return(adapter.dispatch('scalar_function_volatility_sql', 'dbt')()) -}}
{%- endmacro %}

{% macro default__scalar_function_volatility_sql() -%}
  {%- set volatility = model.config.get('volatility') -%}
  {%- set words = {'deterministic': 'IMMUTABLE', 'stable': 'STABLE', 'non-deterministic': 'VOLATILE'} -%}
  {%- if volatility in words -%}
    {{- words[volatility] -}}
  {%- elif volatility is not none -%}
    {%- do unsupported_volatility_warning(volatility) -%}
  {%- endif -%}
{%- endmacro %}

{% macro unsupported_volatility_warning(volatility) -%}
  {{- return(adapter.dispatch('unsupported_volatility_warning', 'dbt')(volatility)) -}}
{%- endmacro %}

{% macro default__unsupported_volatility_warning(volatility) -%}
  {%- do exceptions.warn('the function `' ~ model.name ~ '` is to be of volatility `' ~ volatility ~ '`, which ' ~ adapter.type() ~ ' does not know: it is left out') -%}
{%- endmacro %}

{# JavaScript is for adapters whose database runs it. #}
{% macro formatted_scalar_function_args_javascript() -%}
  {{- return(adapter.dispatch('formatted_scalar_function_args_javascript', 'dbt')()) -}}
{%- endmacro %}

{% macro default__formatted_scalar_function_args_javascript() -%}
  {%- do exceptions.raise_compiler_error(adapter.type() ~ ' runs no functions in JavaScript') -%}
{%- endmacro %}

{% macro scalar_function_volatility_javascript() -%}
  {{- return(adapter.dispatch('scalar_function_volatility_javascript', 'dbt')()) -}}
{%- endmacro %}

{% macro default__scalar_function_volatility_javascript() -%}
  {%- if model.config.get('volatility') is not none -%}
    {%- do unsupported_volatility_warning(model.config.get('volatility')) -%}
  {%- endif -%}
{%- endmacro %}
