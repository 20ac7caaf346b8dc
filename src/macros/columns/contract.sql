{# An enforced contract: the model must give the columns that its YAML names, in those types. #}

{# The declaration of a table: columns with their types and constraints, then those of the table. #}
{% macro get_table_columns_and_constraints() -%}
  {{- adapter.dispatch('get_table_columns_and_constraints', 'dbt')() -}}
{%- endmacro %}

{% macro default__get_table_columns_and_constraints() -%}
  {{- return(table_columns_and_constraints()) -}}
{%- endmacro %}

{% macro table_columns_and_constraints() -%}
  {%- set lines = adapter.render_raw_columns_constraints(raw_columns=model['columns'])
        + adapter.render_raw_model_constraints(raw_constraints=model['constraints']) %}
(
    {{ lines | join(',\n    ') }}
)
{%- endmacro %}

{# Nothing where the contract holds, else an error that shows both sides. #}
{% macro get_assert_columns_equivalent(sql) -%}
  {{- adapter.dispatch('get_assert_columns_equivalent', 'dbt')(sql) -}}
{%- endmacro %}

{% macro default__get_assert_columns_equivalent(sql) -%}
  {{- return(assert_columns_equivalent(sql)) -}}
{%- endmacro %}

{% macro assert_columns_equivalent(sql) -%}
  {%- set declared = model.columns -%}
  {%- for column in declared.values()
        if (column.data_type or '') | trim | lower in ['numeric', 'decimal'] -%}
    {%- do exceptions.warn('Detected columns with numeric type and unspecified precision/scale, this can lead to unintended rounding: `' ~ column.name ~ '`') -%}
    {%- break -%}
  {%- endfor -%}
  {%- set given_columns = format_columns(get_column_schema_from_query(sql, config.get('sql_header', none))) -%}
  {%- set yaml_columns = format_columns(adapter.get_column_schema_from_query(get_empty_schema_sql(declared))) -%}

  {%- set given = given_columns | map(attribute='formatted') | list -%}
  {%- set wanted = yaml_columns | map(attribute='formatted') | list -%}
  {%- if given | sort != wanted | sort -%}
    {%- do exceptions.raise_contract_error(yaml_columns, given_columns) -%}
  {%- endif -%}
{%- endmacro %}

{% macro format_columns(columns) -%}
  {%- set formatted = [] -%}
  {%- for column in columns -%}
    {%- do formatted.append(adapter.dispatch('format_column', 'dbt')(column)) -%}
  {%- endfor -%}
  {{- return(formatted) -}}
{%- endmacro %}

{% macro default__format_column(column) -%}
  {{- return({
        'name': column.name,
        'data_type': column.dtype,
        'formatted': (column.name | lower) ~ ' ' ~ column.dtype}) -}}
{%- endmacro %}
