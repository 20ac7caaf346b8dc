{% macro postgres__last_day(date, datepart) -%}
  {#- There is no interval of a quarter. -#}
  {%- set span = "interval '3 month'" if datepart == 'quarter' else "interval '1 " ~ datepart ~ "'" -%}
cast({{ date_trunc(datepart, date) }} + {{ span }} - interval '1 day' as date)
{%- endmacro %}
