{# Changes of an existing table's columns. #}

{% macro alter_column_type(relation, column_name, new_column_type) -%}
  {{- return(adapter.dispatch('alter_column_type', 'dbt')(relation, column_name, new_column_type)) -}}
{%- endmacro %}

{# In place: the table keeps the order of its columns, and what stands on the column makes Postgres refuse by name. #}
{% macro default__alter_column_type(relation, column_name, new_column_type) -%}
  {%- set column = adapter.quote(column_name) -%}
  {%- call statement() -%}
    alter table {{ relation.render() }} alter column {{ column }} type {{ new_column_type }} using {{ column }}::{{ new_column_type }}
  {%- endcall -%}
{%- endmacro %}

{% macro alter_relation_add_remove_columns(relation, add_columns=none, remove_columns=none) -%}
  {{- return(adapter.dispatch('alter_relation_add_remove_columns', 'dbt')(relation, add_columns, remove_columns)) -}}
{%- endmacro %}

{% macro default__alter_relation_add_remove_columns(relation, add_columns, remove_columns) -%}
  {%- set changes = [] -%}
  {%- for column in add_columns or [] -%}
    {%- do changes.append('add column ' ~ column.quoted ~ ' ' ~ column.expanded_data_type) -%}
  {%- endfor -%}
  {%- for column in remove_columns or [] -%}
    {%- do changes.append('drop column ' ~ column.quoted) -%}
  {%- endfor -%}
  {%- if changes -%}
    {%- call statement() -%}
      alter {{ relation.type or 'table' }} {{ relation.render() }}
      {{ changes | join(', ') }}
    {%- endcall -%}
  {%- endif -%}
{%- endmacro %}

{# Makes text columns of fixed length as wide as those of the same name that are about to be put into them. Asks for the
   new rows' columns only where the target has such a column. #}
{% macro widen_columns(from_relation, target_relation, target_columns) -%}
  {%- set sized = [] -%}
  {%- for column in target_columns if column.is_string() and column.char_size is not none -%}
    {%- do sized.append(column) -%}
  {%- endfor -%}
  {%- if sized -%}
    {%- set incoming = {} -%}
    {%- for column in adapter.get_columns_in_relation(from_relation) -%}
      {%- do incoming.update({column.name: column}) -%}
    {%- endfor -%}
    {%- for column in sized if column.name in incoming and column.can_expand_to(incoming[column.name]) -%}
      {%- do alter_column_type(target_relation, column.name, incoming[column.name].data_type) -%}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}
