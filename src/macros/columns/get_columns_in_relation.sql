{# The columns of a relation as they are in the database now. #}
{% macro get_columns_in_relation(relation) -%}
  {{- return(adapter.dispatch('get_columns_in_relation', 'dbt')(relation)) -}}
{%- endmacro %}

{# Columns from rows of (name, type, length, precision, scale). #}
{% macro sql_convert_columns_in_relation(table) -%}
  {%- set columns = [] -%}
  {%- for row in table -%}
    {%- do columns.append(api.Column(*row)) -%}
  {%- endfor -%}
  {{- return(columns) -}}
{%- endmacro %}

{% macro get_list_of_column_names(columns) -%}
  {{- return(columns | map(attribute='name') | list) -}}
{%- endmacro %}
