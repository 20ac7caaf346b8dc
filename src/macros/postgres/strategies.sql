{# Without a name: rows with a key replace those of the same key, rows without are added. #}
{% macro postgres__get_incremental_default_sql(arg_dict) -%}
  {%- if arg_dict['unique_key'] -%}
    {{- return(get_incremental_delete_insert_sql(arg_dict)) -}}
  {%- endif -%}
  {{- return(get_incremental_append_sql(arg_dict)) -}}
{%- endmacro %}

{# Each batch is merged by its key. #}
{% macro postgres__get_incremental_microbatch_sql(arg_dict) -%}
  {%- if not arg_dict['unique_key'] -%}
    {%- do exceptions.raise_compiler_error('the incremental strategy `microbatch` needs a `unique_key` on Postgres') -%}
  {%- endif -%}
  {{- return(get_incremental_merge_sql(arg_dict)) -}}
{%- endmacro %}
