{# Weeks begin on Sunday. #}
{% macro postgres__datediff(first_date, second_date, datepart) -%}
  {%- set part = datepart | lower -%}
  {%- set days = '((' ~ second_date ~ ')::date - (' ~ first_date ~ ')::date)' -%}
  {%- if part == 'year' -%}
{{ postgres__date_part_difference('year', first_date, second_date) }}
  {%- elif part == 'quarter' -%}
({{ postgres__date_part_difference('year', first_date, second_date) }} * 4
    + {{ postgres__date_part_difference('quarter', first_date, second_date) }})
  {%- elif part == 'month' -%}
({{ postgres__date_part_difference('year', first_date, second_date) }} * 12
    + {{ postgres__date_part_difference('month', first_date, second_date) }})
  {%- elif part == 'week' -%}
((date_trunc('week', ({{ second_date }})::date + 1)::date - date_trunc('week', ({{ first_date }})::date + 1)::date) / 7)
  {%- elif part == 'day' -%}
{{ days }}
  {%- elif part == 'hour' -%}
({{ days }} * 24 + {{ postgres__date_part_difference('hour', first_date, second_date) }})
  {%- elif part == 'minute' -%}
({{ postgres__datediff(first_date, second_date, 'hour') }} * 60
    + {{ postgres__date_part_difference('minute', first_date, second_date) }})
  {%- elif part == 'second' -%}
({{ postgres__datediff(first_date, second_date, 'minute') }} * 60
    + {{ postgres__date_part_difference('second', first_date, second_date) }})
  {%- elif part == 'millisecond' -%}
({{ postgres__datediff(first_date, second_date, 'minute') }} * 60000
    + {{ postgres__date_part_difference('millisecond', first_date, second_date) }})
  {%- elif part == 'microsecond' -%}
({{ postgres__datediff(first_date, second_date, 'minute') }} * 60000000
    + {{ postgres__date_part_difference('microsecond', first_date, second_date) }})
  {%- else -%}
    {%- do exceptions.raise_compiler_error('`datediff` knows no date part `' ~ datepart ~ '`') -%}
  {%- endif -%}
{%- endmacro %}

{# How far one field of two times is apart, in whole numbers. #}
{% macro postgres__date_part_difference(part, first_date, second_date) -%}
(floor(date_part('{{ part }}', ({{ second_date }})::timestamp)) - floor(date_part('{{ part }}', ({{ first_date }})::timestamp)))
{%- endmacro %}
