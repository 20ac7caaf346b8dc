{# The last day of the month, quarter, year... that a day lies in. #}
{% macro last_day(date, datepart) -%}
  {{- return(adapter.dispatch('last_day', 'dbt')(date, datepart)) -}}
{%- endmacro %}

{% macro default__last_day(date, datepart) -%}
  {{- default_last_day(date, datepart) -}}
{%- endmacro %}

{# The way of `default__last_day` for adapters that go another one for some parts. #}
{% macro default_last_day(date, datepart) -%}
cast({{ dateadd('day', '-1', dateadd(datepart, '1', date_trunc(datepart, date))) }} as date)
{%- endmacro %}
