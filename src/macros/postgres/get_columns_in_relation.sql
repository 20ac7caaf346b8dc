{# Asks `pg_attribute` and not `information_schema.columns`, which knows no materialized views, calls every array `ARRAY`,
   and finds a table of another session by the same name where the relation is temporary. #}
{% macro postgres__get_columns_in_relation(relation) -%}
  {%- call statement('get_columns_in_relation', fetch_result=true) -%}
select
    attribute.attname::text as column_name,
    case type.typtype
        when 'd' then format_type(type.typbasetype, null)
        else format_type(attribute.atttypid, null)
    end as data_type,
    information_schema._pg_char_max_length(
        information_schema._pg_truetypid(attribute, type),
        information_schema._pg_truetypmod(attribute, type)
    )::int as character_maximum_length,
    information_schema._pg_numeric_precision(
        information_schema._pg_truetypid(attribute, type),
        information_schema._pg_truetypmod(attribute, type)
    )::int as numeric_precision,
    information_schema._pg_numeric_scale(
        information_schema._pg_truetypid(attribute, type),
        information_schema._pg_truetypmod(attribute, type)
    )::int as numeric_scale
from pg_attribute as attribute
join pg_type as type on type.oid = attribute.atttypid
where attribute.attrelid = to_regclass('{{ relation.include(database=false).render() | replace("'", "''") }}')
  and attribute.attnum > 0
  and not attribute.attisdropped
order by attribute.attnum
  {%- endcall -%}
  {{- return(sql_convert_columns_in_relation(load_result('get_columns_in_relation').table)) -}}
{%- endmacro %}
