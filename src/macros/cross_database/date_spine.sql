{# One row for each day, month... from a start to before an end, in the column `date_<part>`. #}
{% macro date_spine(datepart, start_date, end_date) -%}
  {{- return(adapter.dispatch('date_spine', 'dbt')(datepart, start_date, end_date)) -}}
{%- endmacro %}

{% macro default__date_spine(datepart, start_date, end_date) -%}
with numbers as (
{{ generate_series(get_intervals_between(start_date, end_date, datepart)) }}
),
periods as (
    select ({{ dateadd(datepart, 'generated_number - 1', start_date) }}) as date_{{ datepart }}
    from numbers
)
select *
from periods
where date_{{ datepart }} <= {{ end_date }}
{%- endmacro %}
