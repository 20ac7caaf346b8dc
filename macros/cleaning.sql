{# A number written with a decimal comma. #}
{% macro decimal_comma(column) %}replace({{ column }}, ',', '.')::numeric(12, 2){% endmacro %}

{# A key that stays the same for the same values, null among them. #}
{% macro surrogate_key(columns) -%}
    md5({% for column in columns %}coalesce({{ column }}::text, ''){% if not loop.last %} || '|' || {% endif %}{% endfor %})
{%- endmacro %}
