{% macro postgres__dateadd(datepart, interval, from_date_or_timestamp) -%}
({{ from_date_or_timestamp }}) + ((interval '1 {{ datepart }}') * ({{ interval }}))
{%- endmacro %}
