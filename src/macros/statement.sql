{# Sends its body as SQL. The text of the statement `main` is what goes to `target/run`, its answer is the node's message.
   A name keeps the answer for `load_result(name)`; a statement without one asks for none, and travels with the next that does. #}
{% macro statement(name=none, fetch_result=false, auto_begin=true, language='sql') -%}
  {%- if execute -%}
    {%- if language != 'sql' -%}
      {%- do exceptions.raise_compiler_error('statements in the language `' ~ language ~ '` cannot be run on Postgres') -%}
    {%- endif -%}
    {%- set text = caller() -%}
    {%- if name == 'main' -%}
      {%- do write(text) -%}
    {%- endif -%}
    {%- set asked = (name is not none) or fetch_result -%}
    {%- set response, table = adapter.execute(text, auto_begin=auto_begin, fetch=fetch_result, answer=asked) -%}
    {%- if name is not none -%}
      {%- do store_result(name, response=response, agate_table=table) -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro %}

{# Stores an answer without sending anything; the body still goes to `target/run` where the name is `main`. #}
{% macro noop_statement(name=none, message=none, code=none, rows_affected=none, res=none) -%}
  {%- set text = caller() -%}
  {%- if name == 'main' -%}
    {%- do write(text) -%}
  {%- endif -%}
  {%- if name is not none -%}
    {%- do store_raw_result(name, message=message, code=code, rows_affected=rows_affected, agate_table=res) -%}
  {%- endif -%}
{%- endmacro %}

{# The rows that a query gives, as a table. #}
{% macro run_query(sql) -%}
  {%- call statement('run_query_statement', fetch_result=true, auto_begin=false) -%}
    {{- sql -}}
  {%- endcall -%}
  {{- return(load_result('run_query_statement').table) -}}
{%- endmacro %}
