{# Days as text, for a project that writes one statement for each. #}

{# A text as a time. #}
{% macro convert_datetime(date_str, date_fmt) -%}
  {%- set message = '`' ~ date_str ~ '` is not a date in the form `' ~ date_fmt ~ '`' -%}
  {{- return(try_or_compiler_error(message, modules.datetime.datetime.strptime, date_str | string | trim, date_fmt)) -}}
{%- endmacro %}

{# Every day from one to another, both included. #}
{% macro dates_in_range(start_date_str, end_date_str=none, in_fmt="%Y%m%d", out_fmt="%Y%m%d") -%}
  {%- set start = convert_datetime(start_date_str, in_fmt) -%}
  {%- set end = convert_datetime(start_date_str if end_date_str is none else end_date_str, in_fmt) -%}
  {%- set days = (end - start).days -%}
  {%- if days < 0 -%}
    {%- do exceptions.raise_compiler_error('the range of dates ends before it starts: ' ~ start ~ ' to ' ~ end) -%}
  {%- endif -%}
  {%- set found = [] -%}
  {%- for day in range(days + 1) -%}
    {%- do found.append((start + modules.datetime.timedelta(days=day)).strftime(out_fmt)) -%}
  {%- endfor -%}
  {{- return(found) -}}
{%- endmacro %}

{# The days of one text: `20240101`, or `20240101, 20240131` for a range. #}
{% macro partition_range(raw_partition_date, date_fmt='%Y%m%d') -%}
  {%- set ends = (raw_partition_date | string).split(',') -%}
  {%- if ends | length > 2 -%}
    {%- do exceptions.raise_compiler_error('`' ~ raw_partition_date ~ '` is neither one date nor two') -%}
  {%- endif -%}
  {{- return(dates_in_range(ends[0], ends[-1], in_fmt=date_fmt)) -}}
{%- endmacro %}

{# The time of this machine as text. #}
{% macro py_current_timestring() -%}
  {{- return(modules.datetime.datetime.now().strftime('%Y%m%d%H%M%S%f')) -}}
{%- endmacro %}
