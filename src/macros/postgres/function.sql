{# Postgres knows defaults of arguments. #}
{% macro postgres__formatted_scalar_function_args_sql() -%}
  {%- for argument in model.arguments -%}
    {{ ', ' if not loop.first }}{{ argument.name }} {{ argument.data_type }}
    {{- ' DEFAULT ' ~ argument.default_value if argument.get("default_value") is not none }}
  {%- endfor -%}
{%- endmacro %}
