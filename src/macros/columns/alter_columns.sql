{# Changes of an existing table's columns. #}

{% macro alter_column_type(relation, column_name, new_column_type) -%}
  {{- return(adapter.dispatch('alter_column_type', 'dbt')(relation, column_name, new_column_type)) -}}
{%- endmacro %}

{# In place, where no view reads the column; else the table is built again and published, with all that stands on it. #}
{% macro default__alter_column_type(relation, column_name, new_column_type) -%}
  {%- set column = adapter.quote(column_name) -%}
  {%- set in_place = adapter.retype_column(
        'alter table ' ~ relation.render() ~ ' alter column ' ~ column ~ ' type ' ~ new_column_type
        ~ ' using ' ~ column ~ '::' ~ new_column_type) -%}
  {%- if not in_place -%}
    {%- do rebuild_with_column_type(relation, column_name, new_column_type) -%}
  {%- endif -%}
{%- endmacro %}

{# The same table, with its constraints, indexes, defaults and comments, and another type of one column. #}
{% macro rebuild_with_column_type(relation, column_name, new_column_type) -%}
  {%- set column = adapter.quote(column_name) -%}
  {%- set table_relation = relation.incorporate(type='table') -%}
  {%- set new_relation = make_intermediate_relation(table_relation) -%}
  {%- do drop_relation_if_exists(load_cached_relation(new_relation)) -%}
  {%- set names = [] -%}
  {%- set values = [] -%}
  {%- for existing in adapter.get_columns_in_relation(relation) -%}
    {%- do names.append(existing.quoted) -%}
    {%- do values.append(existing.quoted ~ ('::' ~ new_column_type if existing.name == column_name else '')) -%}
  {%- endfor -%}
  {%- call statement() -%}
create table {{ new_relation.render() }} (like {{ relation.render() }} including all)
  {%- endcall -%}
  {%- call statement() -%}
alter table {{ new_relation.render() }} alter column {{ column }} type {{ new_column_type }} using {{ column }}::{{ new_column_type }}
  {%- endcall -%}
  {%- call statement() -%}
insert into {{ new_relation.render() }} ({{ names | join(', ') }})
select {{ values | join(', ') }}
from {{ relation.render() }}
  {%- endcall -%}
  {%- do adapter.publish(new_relation, table_relation) -%}
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
