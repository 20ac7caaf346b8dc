{# Rows of one column, `generated_number`, from 1; floats, as in dbt. #}
{% macro generate_series(upper_bound) -%}
  {{- return(adapter.dispatch('generate_series', 'dbt')(upper_bound)) -}}
{%- endmacro %}

{% macro default__generate_series(upper_bound) -%}
select number::double precision as generated_number
from pg_catalog.generate_series(1, floor({{ upper_bound }})::bigint) as number
{%- endmacro %}
