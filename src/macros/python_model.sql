{# Names that projects with Python models call. The models themselves cannot be built on Postgres. #}
{% macro resolve_model_name(input_model_name) -%}
  {{- adapter.dispatch('resolve_model_name', 'dbt')(input_model_name) -}}
{%- endmacro %}

{% macro default__resolve_model_name(input_model_name) -%}
  {{- input_model_name | string | replace('"', '\\"') -}}
{%- endmacro %}
