{# Rows of one column, `generated_number`, from 1. #}
{% macro generate_series(upper_bound) -%}
  {{- return(adapter.dispatch('generate_series', 'dbt')(upper_bound)) -}}
{%- endmacro %}

{% macro default__generate_series(upper_bound) -%}
select generated_number
from pg_catalog.generate_series(1, {{ upper_bound }}) as generated_number
{%- endmacro %}
