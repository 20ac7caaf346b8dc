{# Makes, empties and fills the table of a seed. Each gives back the SQL it ran, for `target/run`. #}

{% macro create_csv_table(model, agate_table) -%}
  {{- return(adapter.dispatch('create_csv_table', 'dbt')(model, agate_table)) -}}
{%- endmacro %}

{% macro default__create_csv_table(model, agate_table) -%}
  {%- set text = get_create_seed_sql(this, model, agate_table) -%}
  {%- call statement() -%}
    {{- text -}}
  {%- endcall -%}
  {{- return(text) -}}
{%- endmacro %}

{# The file's columns, each with the type that `column_types` gives it, else the one that its values have. #}
{% macro get_create_seed_sql(relation, model, agate_table) -%}
  {%- set types = model['config'].get('column_types') or {} -%}
  {%- set quote_columns = model['config'].get('quote_columns', none) -%}
create table {{ relation.render() }} (
    {%- for name in agate_table.column_names %}
    {{ adapter.quote_seed_column(name | string, quote_columns) }} {{ types.get(name) or adapter.convert_type(agate_table, loop.index0) }}
    {{- ',' if not loop.last }}
    {%- endfor %}
)
{%- endmacro %}

{% macro reset_csv_table(model, full_refresh, old_relation, agate_table) -%}
  {{- return(adapter.dispatch('reset_csv_table', 'dbt')(model, full_refresh, old_relation, agate_table)) -}}
{%- endmacro %}

{% macro default__reset_csv_table(model, full_refresh, old_relation, agate_table) -%}
  {%- if full_refresh -%}
    {%- do adapter.drop_relation(old_relation) -%}
    {{- return(create_csv_table(model, agate_table)) -}}
  {%- endif -%}
  {%- do adapter.truncate_relation(old_relation) -%}
  {{- return('truncate table ' ~ old_relation.render()) -}}
{%- endmacro %}

{% macro load_csv_rows(model, agate_table) -%}
  {{- return(adapter.dispatch('load_csv_rows', 'dbt')(model, agate_table)) -}}
{%- endmacro %}

{% macro default__load_csv_rows(model, agate_table) -%}
  {{- return(copy_rows_of_seed(this, model, agate_table)) -}}
{%- endmacro %}

{# Sends the rows by COPY, and gives back the statement without them. #}
{% macro copy_rows_of_seed(relation, model, agate_table) -%}
  {%- if not flags.EMPTY -%}
    {%- do adapter.copy_seed(relation, agate_table) -%}
  {%- endif -%}
  {%- set columns = get_seed_column_quoted_csv(model, agate_table.column_names) -%}
  {{- return('copy ' ~ relation.render() ~ ' (' ~ columns ~ ') from stdin') -}}
{%- endmacro %}

{% macro get_seed_column_quoted_csv(model, column_names) -%}
  {%- set quote_columns = model['config'].get('quote_columns', none) -%}
  {%- set quoted = [] -%}
  {%- for name in column_names -%}
    {%- do quoted.append(adapter.quote_seed_column(name, quote_columns)) -%}
  {%- endfor -%}
  {{- return(quoted | join(', ')) -}}
{%- endmacro %}

{% macro get_csv_sql(create_or_truncate_sql, insert_sql) -%}
  {{- adapter.dispatch('get_csv_sql', 'dbt')(create_or_truncate_sql, insert_sql) -}}
{%- endmacro %}

{% macro default__get_csv_sql(create_or_truncate_sql, insert_sql) -%}
{{ create_or_truncate_sql }};
-- rows of the file
{{ insert_sql }}
{%- endmacro %}
