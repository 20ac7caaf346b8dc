{# The time as SQL. #}

{% macro current_timestamp() -%}
  {{- adapter.dispatch('current_timestamp', 'dbt')() -}}
{%- endmacro %}

{# The time at which a snapshot is taken. #}
{% macro snapshot_get_time() -%}
  {{- adapter.dispatch('snapshot_get_time', 'dbt')() -}}
{%- endmacro %}

{% macro default__snapshot_get_time() -%}
  {{- current_timestamp() -}}
{%- endmacro %}

{# The SQL type of that time. #}
{% macro get_snapshot_get_time_data_type() -%}
  {%- set columns = adapter.get_column_schema_from_query('select ' ~ snapshot_get_time() ~ ' as dbt_snapshot_time') -%}
  {{- return(columns[0].dtype) -}}
{%- endmacro %}

{# A moment of this program's clock as the SQL of a snapshot time. #}
{% macro snapshot_string_as_time(timestamp) -%}
  {{- adapter.dispatch('snapshot_string_as_time', 'dbt')(timestamp) -}}
{%- endmacro %}

{% macro current_timestamp_backcompat() -%}
  {{- return(adapter.dispatch('current_timestamp_backcompat', 'dbt')()) -}}
{%- endmacro %}

{% macro default__current_timestamp_backcompat() -%}
current_timestamp::timestamp
{%- endmacro %}

{% macro current_timestamp_in_utc_backcompat() -%}
  {{- return(adapter.dispatch('current_timestamp_in_utc_backcompat', 'dbt')()) -}}
{%- endmacro %}

{% macro default__current_timestamp_in_utc_backcompat() -%}
  {{- return(current_timestamp_backcompat()) -}}
{%- endmacro %}
