{# A new relation has only the privileges that Postgres gives new relations. #}
{% macro postgres__copy_grants() -%}
  {{- return(false) -}}
{%- endmacro %}

{# What this role has granted to others. The information schema does not know materialized views. #}
{% macro postgres__get_show_grant_sql(relation) -%}
select grantee, privilege_type
from {{ relation.information_schema('role_table_grants') }}
where grantor = current_role
  and grantee != current_role
  and table_schema = '{{ relation.schema }}'
  and table_name = '{{ relation.identifier }}'
union all
select pg_catalog.pg_get_userbyid(acl.grantee), acl.privilege_type
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
cross join pg_catalog.aclexplode(c.relacl) as acl
where c.relkind = 'm'
  and n.nspname = '{{ relation.schema }}'
  and c.relname = '{{ relation.identifier }}'
  and pg_catalog.pg_get_userbyid(acl.grantor) = current_role
  and acl.grantee not in (0, acl.grantor)
{%- endmacro %}
