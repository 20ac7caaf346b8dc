{# The name is a hash over the columns, the relation and the time, so an index built aside never meets that of the old table. #}
{% macro postgres__get_create_index_sql(relation, index_dict) -%}
  {%- set index = adapter.parse_index(index_dict) -%}
create {{ 'unique ' if index.unique }}index if not exists "{{ index.render(relation) }}"
on {{ relation.render() }} {{ 'using ' ~ index.type ~ ' ' if index.type }}({{ index.columns | join(', ') }});
{%- endmacro %}

{% macro postgres__get_drop_index_sql(relation, index_name) -%}
drop index if exists {{ relation.without_identifier().include(database=false) }}.{{ adapter.quote(index_name) }};
{%- endmacro %}

{% macro postgres__get_show_indexes_sql(relation) -%}
select
    index_class.relname as name,
    method.amname as method,
    index_entry.indisunique as "unique",
    (
        select string_agg(pg_get_indexdef(index_entry.indexrelid, key_position, true), ',' order by key_position)
        from generate_series(1, index_entry.indnkeyatts) as key_position
    ) as column_names
from pg_index as index_entry
join pg_class as index_class on index_class.oid = index_entry.indexrelid
join pg_am as method on method.oid = index_class.relam
where index_entry.indrelid = to_regclass('{{ relation.include(database=false).render() | replace("'", "''") }}')
order by index_class.relname
{%- endmacro %}
