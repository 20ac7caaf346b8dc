{# The names under which projects that call Postgres' own macros find them. #}

{% macro postgres__drop_view(relation) -%}
drop view if exists {{ relation.render() }}
{%- endmacro %}

{% macro postgres__drop_table(relation) -%}
drop table if exists {{ relation.render() }}
{%- endmacro %}

{% macro postgres__drop_materialized_view(relation) -%}
drop materialized view if exists {{ relation.render() }}
{%- endmacro %}
