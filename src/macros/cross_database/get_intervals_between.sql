{# How many days, months... lie between two times; asks the database. #}
{% macro get_intervals_between(start_date, end_date, datepart) -%}
  {{- return(adapter.dispatch('get_intervals_between', 'dbt')(start_date, end_date, datepart)) -}}
{%- endmacro %}

{% macro default__get_intervals_between(start_date, end_date, datepart) -%}
  {%- call statement('get_intervals_between', fetch_result=true) -%}
    select {{ datediff(start_date, end_date, datepart) }}
  {%- endcall -%}
  {%- if execute -%}
    {%- for row in load_result('get_intervals_between').data -%}
      {{- return(row[0]) -}}
    {%- endfor -%}
  {%- endif -%}
  {{- return(1) -}}
{%- endmacro %}
