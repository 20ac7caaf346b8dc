{# The n-th part of a text; a negative number counts from its end. #}
{% macro split_part(string_text, delimiter_text, part_number) -%}
  {{- return(adapter.dispatch('split_part', 'dbt')(string_text, delimiter_text, part_number)) -}}
{%- endmacro %}

{% macro default__split_part(string_text, delimiter_text, part_number) -%}
split_part({{ string_text }}, {{ delimiter_text }}, {{ part_number }})
{%- endmacro %}

{# Counts the delimiters, as servers before 14 take no negative number; like dbt it takes each of them for one letter. #}
{% macro _split_part_negative(string_text, delimiter_text, part_number) -%}
split_part(
    {{ string_text }},
    {{ delimiter_text }},
    length({{ string_text }}) - length(replace({{ string_text }}, {{ delimiter_text }}, '')) + 2 + ({{ part_number }})
)
{%- endmacro %}
