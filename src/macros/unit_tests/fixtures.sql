{# Rows that unit tests write down, as queries. #}

{# The rows of an input, in the types of the relation that they stand for; columns that a row does not name are null. #}
{% macro get_fixture_sql(rows, column_name_to_data_types) -%}
  {%- set given = {'name': model.name, 'types': column_name_to_data_types, 'quoted': {}} -%}
  {%- if not given.types -%}
    {%- do given.update({'types': {}}) -%}
    {%- set columns = adapter.get_columns_in_relation(this) -%}
    {%- if not columns and defer_relation -%}
      {%- set columns = adapter.get_columns_in_relation(defer_relation) -%}
    {%- endif -%}
    {%- for column in columns -%}
      {%- do given.types.update({column.name | lower: unit_test_type(column)}) -%}
      {%- do given.quoted.update({column.name | lower: column.quoted}) -%}
    {%- endfor -%}
    {%- if not given.types -%}
      {%- do exceptions.raise_compiler_error(
            "Not able to get columns for unit test '" ~ given.name ~ "' from relation " ~ this ~ " because the relation doesn't exist") -%}
    {%- endif -%}
  {%- endif -%}
  {%- for row in rows %}
    {%- do validate_fixture_rows(rows, loop.index) -%}
    {%- set values = format_row(row, given.types) %}
select
      {%- for name, type in given.types.items() %}
    {{ values.get(name, 'cast(null as ' ~ type ~ ')') }} as {{ given.quoted.get(name, adapter.quote(name)) }}{{ ',' if not loop.last }}
      {%- endfor %}
    {{- '\nunion all' if not loop.last }}
  {%- endfor %}
  {%- if not rows %}
select
    {%- for name, type in given.types.items() %}
    cast(null as {{ type }}) as {{ given.quoted.get(name, adapter.quote(name)) }}{{ ',' if not loop.last }}
    {%- endfor %}
limit 0
  {%- endif %}
{%- endmacro %}

{# The expected rows, in the types of the tested query; only the columns that they name. #}
{% macro get_expected_sql(rows, column_name_to_data_types, column_name_to_quoted=none) -%}
  {%- set quoted = column_name_to_quoted or {} -%}
  {%- for row in rows %}
    {%- set values = format_row(row, column_name_to_data_types) %}
select
      {%- for name, value in values.items() %}
    {{ value }} as {{ quoted.get(name, adapter.quote(name)) }}{{ ',' if not loop.last }}
      {%- endfor %}
    {{- '\nunion all' if not loop.last }}
  {%- endfor %}
  {%- if not rows %}
select * from dbt_internal_unit_test_actual
limit 0
  {%- endif %}
{%- endmacro %}

{# The values of one row as SQL in their columns' types, by column in lower case. #}
{% macro format_row(row, column_name_to_data_types) -%}
  {%- set values = {} -%}
  {%- for name, value in row.items() -%}
    {%- set type = column_name_to_data_types.get(name | lower) -%}
    {%- if type is none -%}
      {%- set fixture = "'" ~ model.name ~ "'" if model.resource_type != 'unit_test' else 'expected output' -%}
      {%- do exceptions.raise_compiler_error(
            "Invalid column name: '" ~ name ~ "' in unit test fixture for " ~ fixture ~ '.\nAccepted columns for '
            ~ fixture ~ ' are: ' ~ (column_name_to_data_types.keys() | list)) -%}
    {%- endif -%}
    {%- if value is string -%}
      {%- set written = string_literal(escape_single_quotes(value)) -%}
    {%- elif value is none -%}
      {%- set written = 'null' -%}
    {%- else -%}
      {%- set written = value -%}
    {%- endif -%}
    {%- do values.update({name | lower: safe_cast(written, type)}) -%}
  {%- endfor -%}
  {{- return(values) -}}
{%- endmacro %}

{# The type of a column without a length, so that no given value is cut. #}
{% macro unit_test_type(column) -%}
  {%- if column.dtype == 'character' -%}
    {{- return('bpchar') -}}
  {%- endif -%}
  {{- return(column.dtype if column.is_string() else column.data_type) -}}
{%- endmacro %}

{# For adapters that want every row to say something of every column: nothing here. #}
{% macro validate_fixture_rows(rows, row_number) -%}
  {{- return(adapter.dispatch('validate_fixture_rows', 'dbt')(rows, row_number)) -}}
{%- endmacro %}

{% macro default__validate_fixture_rows(rows, row_number) -%}
{%- endmacro %}
