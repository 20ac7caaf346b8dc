{% macro postgres__get_catalog(information_schema, schemas) -%}
  {%- set conditions = [] -%}
  {%- for schema in schemas -%}
    {%- do conditions.append("lower(space.nspname) = lower(" ~ postgres__literal(schema) ~ ")") -%}
  {%- endfor -%}
  {{- return(postgres__run_catalog_query(information_schema.database, conditions)) -}}
{%- endmacro %}

{% macro postgres__get_catalog_relations(information_schema, relations) -%}
  {%- set conditions = [] -%}
  {%- for relation in relations -%}
    {%- set in_schema = "lower(space.nspname) = lower(" ~ postgres__literal(relation.schema) ~ ")" -%}
    {%- if relation.identifier -%}
      {%- do conditions.append("(" ~ in_schema ~ " and lower(class.relname) = lower(" ~ postgres__literal(relation.identifier) ~ "))") -%}
    {%- else -%}
      {%- do conditions.append(in_schema) -%}
    {%- endif -%}
  {%- endfor -%}
  {{- return(postgres__run_catalog_query(information_schema.database, conditions)) -}}
{%- endmacro %}

{% macro postgres__run_catalog_query(database, conditions) -%}
  {%- if database -%}
    {%- do adapter.verify_database(database) -%}
  {%- endif -%}
  {%- call statement('catalog', fetch_result=true) -%}
select
    current_database()::text as table_database,
    space.nspname::text as table_schema,
    class.relname::text as table_name,
    case class.relkind
        when 'v' then 'VIEW'
        when 'm' then 'MATERIALIZED VIEW'
        else case when class.relpersistence = 't' then 'LOCAL TEMPORARY' else 'BASE TABLE' end
    end as table_type,
    obj_description(class.oid, 'pg_class') as table_comment,
    attribute.attname::text as column_name,
    attribute.attnum::int as column_index,
    format_type(attribute.atttypid, attribute.atttypmod) as column_type,
    col_description(class.oid, attribute.attnum) as column_comment,
    pg_get_userbyid(class.relowner)::text as table_owner
from pg_class as class
join pg_namespace as space on space.oid = class.relnamespace
join pg_attribute as attribute on attribute.attrelid = class.oid
where class.relkind in ('r', 'v', 'm', 'f', 'p')
  and attribute.attnum > 0
  and not attribute.attisdropped
  and not pg_is_other_temp_schema(space.oid)
  and ({{ conditions | join(' or ') if conditions else 'false' }})
order by table_schema, table_name, column_index
  {%- endcall -%}
  {{- return(load_result('catalog').table) -}}
{%- endmacro %}

{# Text as a literal of SQL. #}
{% macro postgres__literal(text) -%}
  {{- "'" ~ (text | string | replace("'", "''")) ~ "'" -}}
{%- endmacro %}

{% macro postgres__information_schema_name(database) -%}
  {%- if database -%}
    {%- do adapter.verify_database(database) -%}
  {%- endif -%}
information_schema
{%- endmacro %}

{% macro postgres__list_schemas(database) -%}
  {%- if database -%}
    {%- do adapter.verify_database(database) -%}
  {%- endif -%}
  {%- call statement('list_schemas', fetch_result=true, auto_begin=false) -%}
select distinct nspname::text from pg_namespace
  {%- endcall -%}
  {{- return(load_result('list_schemas').table) -}}
{%- endmacro %}

{% macro postgres__check_schema_exists(information_schema, schema) -%}
  {%- if information_schema.database -%}
    {%- do adapter.verify_database(information_schema.database) -%}
  {%- endif -%}
  {%- call statement('check_schema_exists', fetch_result=true, auto_begin=false) -%}
select count(*) from pg_namespace where nspname = {{ postgres__literal(schema) }}
  {%- endcall -%}
  {{- return(load_result('check_schema_exists').table) -}}
{%- endmacro %}

{% macro postgres__list_relations_without_caching(schema_relation) -%}
  {%- call statement('list_relations_without_caching', fetch_result=true) -%}
select
    current_database()::text as database,
    class.relname::text as name,
    space.nspname::text as schema,
    case class.relkind when 'v' then 'view' when 'm' then 'materialized_view' else 'table' end as type
from pg_class as class
join pg_namespace as space on space.oid = class.relnamespace
where class.relkind in ('r', 'p', 'f', 'v', 'm')
  and lower(space.nspname) = lower({{ postgres__literal(schema_relation.schema) }})
  {%- endcall -%}
  {{- return(load_result('list_relations_without_caching').table) -}}
{%- endmacro %}

{% macro postgres__list_function_relations_without_caching(schema_relation) -%}
  {%- call statement('list_function_relations_without_caching', fetch_result=true) -%}
select
    current_database()::text as database,
    function.proname::text as name,
    space.nspname::text as schema,
    'function' as type
from pg_proc as function
join pg_namespace as space on space.oid = function.pronamespace
where lower(space.nspname) = lower({{ postgres__literal(schema_relation.schema) }})
  {%- endcall -%}
  {{- return(load_result('list_function_relations_without_caching').table) -}}
{%- endmacro %}

{% macro postgres__get_relations() -%}
  {%- call statement('relations', fetch_result=true) -%}
select distinct
    below_space.nspname::text as referenced_schema,
    below.relname::text as referenced_name,
    above_space.nspname::text as dependent_schema,
    above.relname::text as dependent_name
from pg_depend as link
join pg_rewrite as rule on rule.oid = link.objid
join pg_class as above on above.oid = rule.ev_class
join pg_namespace as above_space on above_space.oid = above.relnamespace
join pg_class as below on below.oid = link.refobjid
join pg_namespace as below_space on below_space.oid = below.relnamespace
where link.classid = 'pg_rewrite'::regclass
  and link.refclassid = 'pg_class'::regclass
  and above.oid <> below.oid
  and below_space.nspname <> 'information_schema'
  and below_space.nspname not like 'pg\_%'
order by 1, 2, 3, 4
  {%- endcall -%}
  {{- return(load_result('relations').table) -}}
{%- endmacro %}

{% macro postgres_get_relations() -%}
  {{- return(postgres__get_relations()) -}}
{%- endmacro %}
