{% macro postgres__get_replace_view_sql(relation, sql) -%}
create or replace view {{ relation.render() }} as (
{{ sql }}
);
{%- endmacro %}

{# Built under the intermediate name, then renamed over the old table, whose name gives way first. #}
{% macro postgres__get_replace_table_sql(relation, sql) -%}
{%- set backup_relation = make_backup_relation(relation, 'table') -%}
{%- set intermediate_relation = make_intermediate_relation(relation) -%}
{{ get_create_table_as_sql(false, intermediate_relation, sql) }}
{{ get_rename_table_sql(relation, backup_relation.identifier) }};
{{ get_rename_table_sql(intermediate_relation, relation.identifier) }};
{{ get_drop_sql(backup_relation) }}
{%- endmacro %}
