-- Everything that publishing has to know, as one JSON value.
-- $1: oid of the target, null when there is none; $2: oid of the new relation, null for a drop;
-- $3: name of the target; $4: name of the new relation; $5: whether the queries of dependants are wanted, which locks all they read.
with recursive reached (oid, depth) as (
  select $1, 0
  where $1 is not null
  union
  select ev_class, depth + 1
  from reached
  join pg_catalog.pg_depend on refclassid = 'pg_catalog.pg_class'::regclass and refobjid = reached.oid
    and classid = 'pg_catalog.pg_rewrite'::regclass and deptype = 'n'
  join pg_catalog.pg_rewrite w on w.oid = objid and ev_class <> refobjid
  join pg_catalog.pg_class c on c.oid = ev_class and relkind in ('v', 'm')
), tree as materialized (
  select oid, max(depth) as depth
  from reached
  group by oid
), standing as (
  select tree.oid, depth, nspname as schema, relname as name, relkind as kind,
    pg_catalog.pg_get_userbyid(relowner) as owner,
    pg_catalog.pg_has_role(relowner, 'usage') as is_ours,
    pg_catalog.has_schema_privilege(relowner, relnamespace, 'create') as owner_may_create,
    relispopulated as is_populated, relrowsecurity as has_policies, relforcerowsecurity as forces_policies,
    relreplident as replica_identity,
    coalesce(reloptions, '{}') as options,
    case when $5 and depth > 0 then rtrim(pg_catalog.pg_get_viewdef(tree.oid), '; ') end as definition,
    coalesce((
      select json_agg(distinct refobjid::text)
      from pg_catalog.pg_rewrite w
      join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_rewrite'::regclass and d.objid = w.oid
        and d.refclassid = 'pg_catalog.pg_class'::regclass and d.deptype = 'n'
      where ev_class = tree.oid and refobjid <> tree.oid and refobjid in (select oid from tree)
    ), '[]') as parents,
    coalesce((
      select json_agg(json_build_object('privilege', lower(privilege_type), 'column', attname, 'is_grantable', is_grantable,
        'grantee', case when grantee <> 0 then pg_catalog.pg_get_userbyid(grantee) end))
      from (
        select a.*, null::name as attname
        from pg_catalog.aclexplode(relacl) a
        union all
        select a.*, attname
        from pg_catalog.pg_attribute, pg_catalog.aclexplode(attacl) a
        where attrelid = tree.oid and attnum > 0 and not attisdropped
      ) as acl
      where grantee <> relowner
    ), '[]') as grants,
    coalesce((
      select json_agg(json_build_object('column', attname, 'text', description) order by objsubid)
      from pg_catalog.pg_description
      left join pg_catalog.pg_attribute on attrelid = objoid and attnum = objsubid and objsubid > 0
      where classoid = 'pg_catalog.pg_class'::regclass and objoid = tree.oid
    ), '[]') as comments,
    coalesce((
      select json_agg(json_build_object('name', i.relname, 'definition', pg_catalog.pg_get_indexdef(indexrelid)) order by i.relname)
      from pg_catalog.pg_index
      join pg_catalog.pg_class i on i.oid = indexrelid
      where indrelid = tree.oid and pg_catalog.pg_get_indexdef(indexrelid) is not null
    ), '[]') as indexes
  from tree
  join pg_catalog.pg_class c on c.oid = tree.oid
  join pg_catalog.pg_namespace n on n.oid = relnamespace
), shapes as (
  select c.oid,
    coalesce(reloptions, '{}') as options,
    case when relkind in ('v', 'm') then rtrim(pg_catalog.pg_get_viewdef(c.oid), '; ') end as definition,
    coalesce((
      select json_agg(json_build_array(attname, pg_catalog.format_type(atttypid, atttypmod), attcollation::text) order by attnum)
      from pg_catalog.pg_attribute
      where attrelid = c.oid and attnum > 0 and not attisdropped
    ), '[]') as columns,
    case when relkind in ('r', 'p') then array['kind ' || relkind::text, 'persistence ' || relpersistence::text]
      || array(select pg_catalog.pg_get_constraintdef(t.oid) from pg_catalog.pg_constraint t where conrelid = c.oid and contype <> 'n')
      || array(
        select attname::text || case when attnotnull then ' not null' else '' end || attgenerated::text || attidentity::text
        from pg_catalog.pg_attribute
        where attrelid = c.oid and attnum > 0 and not attisdropped and (attnotnull or attgenerated <> '' or attidentity <> ''))
    else '{}' end as terms,
    coalesce((
      select json_agg(json_build_object('name', i.relname, 'definition', pg_catalog.pg_get_indexdef(indexrelid)) order by i.relname)
      from pg_catalog.pg_index
      join pg_catalog.pg_class i on i.oid = indexrelid
      where indrelid = c.oid and pg_catalog.pg_get_indexdef(indexrelid) is not null
    ), '[]') as indexes
  from pg_catalog.pg_class c
  where c.oid in ($1, $2)
), obstacles as (
  -- What depends on a relation or its row type, and is neither a part of it nor a view that can be carried over.
  select tree.oid as stands_on, pg_catalog.pg_describe_object(classid, objid, objsubid) as what,
    (select pg_catalog.pg_get_userbyid(s.refobjid) from pg_catalog.pg_shdepend s
     where s.classid = d.classid and s.objid = d.objid and s.deptype = 'o'
       and s.dbid in (0, (select oid from pg_catalog.pg_database where datname = current_database()))) as owner
  from tree
  join pg_catalog.pg_class c on c.oid = tree.oid
  left join pg_catalog.pg_type row_type on row_type.oid = reltype
  join pg_catalog.pg_depend d on deptype = 'n' and (
    refclassid = 'pg_catalog.pg_class'::regclass and refobjid = tree.oid
    or refclassid = 'pg_catalog.pg_type'::regclass and refobjid in (reltype, row_type.typarray))
  where case classid
    when 'pg_catalog.pg_rewrite'::regclass then (select ev_class from pg_catalog.pg_rewrite where oid = objid) not in (select oid from tree)
    when 'pg_catalog.pg_class'::regclass then objid not in (select oid from tree)
      and objid not in (select indexrelid from pg_catalog.pg_index where indrelid = tree.oid)
    when 'pg_catalog.pg_constraint'::regclass then (
      select conrelid <> tree.oid and contype <> 'f' from pg_catalog.pg_constraint where oid = objid)
    when 'pg_catalog.pg_attrdef'::regclass then (select adrelid from pg_catalog.pg_attrdef where oid = objid) <> tree.oid
    when 'pg_catalog.pg_policy'::regclass then (select polrelid from pg_catalog.pg_policy where oid = objid) <> tree.oid
    when 'pg_catalog.pg_trigger'::regclass then (select tgrelid from pg_catalog.pg_trigger where oid = objid) <> tree.oid
    when 'pg_catalog.pg_type'::regclass then objid not in (reltype, row_type.typarray)
    else true
  end
  union
  select tree.oid, 'its place below ' || inhparent::regclass, null
  from tree
  join pg_catalog.pg_inherits on inhrelid = tree.oid
), foreign_keys as (
  select confrelid as stands_on, conname as name, convalidated as is_valid, nspname as schema, relname as table_name,
    pg_catalog.pg_get_userbyid(relowner) as owner, pg_catalog.pg_has_role(relowner, 'usage') as is_ours,
    pg_catalog.pg_get_constraintdef(f.oid) as definition
  from pg_catalog.pg_constraint f
  join pg_catalog.pg_class c on c.oid = conrelid
  join pg_catalog.pg_namespace n on n.oid = relnamespace
  where contype = 'f' and confrelid = $1 and conrelid <> confrelid and conparentid = 0
), followers as (
  -- Triggers, rules and policies; `is_there` finds the one of that name on the relation `$`.
  select tgrelid as stands_on, 'trigger' as what, tgname as name, pg_catalog.pg_get_triggerdef(oid)
      || case tgenabled
        when 'D' then format('; alter table %s disable trigger %I', tgrelid::regclass, tgname)
        when 'A' then format('; alter table %s enable always trigger %I', tgrelid::regclass, tgname)
        when 'R' then format('; alter table %s enable replica trigger %I', tgrelid::regclass, tgname)
        else ''
      end as statement,
    format('select from pg_catalog.pg_trigger where tgrelid = $ and tgname = %L', tgname) as is_there
  from pg_catalog.pg_trigger
  where tgrelid in (select oid from tree) and not tgisinternal and tgparentid = 0
  union all
  select ev_class, 'rule', rulename, rtrim(pg_catalog.pg_get_ruledef(oid), '; '),
    format('select from pg_catalog.pg_rewrite where ev_class = $ and rulename = %L', rulename)
  from pg_catalog.pg_rewrite
  where ev_class in (select oid from tree) and rulename <> '_RETURN'
  union all
  select polrelid, 'policy', polname,
    format('create policy %I on %s as %s for %s to %s', polname, polrelid::regclass,
        case when polpermissive then 'permissive' else 'restrictive' end,
        case polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
        (select string_agg(case when role = 0 then 'public' else quote_ident(pg_catalog.pg_get_userbyid(role)) end, ', ')
         from unnest(polroles) as role))
      || coalesce(' using (' || pg_catalog.pg_get_expr(polqual, polrelid) || ')', '')
      || coalesce(' with check (' || pg_catalog.pg_get_expr(polwithcheck, polrelid) || ')', ''),
    format('select from pg_catalog.pg_policy where polrelid = $ and polname = %L', polname)
  from pg_catalog.pg_policy
  where polrelid in (select oid from tree)
  union all
  select prrelid, 'publication', pubname,
    format('alter publication %I add table %s', pubname, prrelid::regclass),
    format('select from pg_catalog.pg_publication_rel r join pg_catalog.pg_publication p on p.oid = prpubid where prrelid = $ and pubname = %L', pubname)
  from pg_catalog.pg_publication_rel
  join pg_catalog.pg_publication p on p.oid = prpubid
  where prrelid in (select oid from tree)
), parts as (
  -- What bears a name of its own that Postgres made from the name of the new relation.
  select 'index' as what, i.relname as name, i.relnamespace as space
  from pg_catalog.pg_index
  join pg_catalog.pg_class i on i.oid = indexrelid
  where indrelid = $2
  union all
  select 'constraint', conname, null
  from pg_catalog.pg_constraint
  where conrelid = $2 and conindid = 0 or conrelid = $2 and contype = 'f'
  union all
  select 'sequence', s.relname, s.relnamespace
  from pg_catalog.pg_depend
  join pg_catalog.pg_class s on s.oid = objid and s.relkind = 'S'
  where classid = 'pg_catalog.pg_class'::regclass and refclassid = 'pg_catalog.pg_class'::regclass and refobjid = $2
    and deptype in ('a', 'i')
), renamed as (
  select what, name, $3 || substr(name, length($4) + 1) as wanted, space
  from parts
  where left(name, length($4)) = $4
)
select json_build_object(
  'user', current_user,
  'target', $1::text,
  'new', $2::text,
  'old_shape', (select to_jsonb(shapes) from shapes where oid = $1),
  'new_shape', (select to_jsonb(shapes) from shapes where oid = $2),
  'standing', coalesce((select json_agg(to_jsonb(standing) || jsonb_build_object('oid', oid::text) order by depth, oid) from standing), '[]'),
  'obstacles', coalesce((select json_agg(jsonb_build_object('stands_on', stands_on::text, 'what', what, 'owner', owner) order by what) from obstacles
    where what is not null), '[]'),
  -- What somebody drops while this is read has no definition any more.
  'foreign_keys', coalesce((select json_agg(to_jsonb(foreign_keys) order by schema, table_name, name) from foreign_keys
    where definition is not null), '[]'),
  'followers', coalesce((select json_agg(jsonb_build_object('stands_on', stands_on::text, 'what', what, 'name', name,
    'statement', statement, 'is_there', is_there) order by what, name) from followers where statement is not null), '[]'),
  'renamed', coalesce((
    select json_agg(json_build_object('what', what, 'name', name, 'wanted', wanted) order by what, name)
    from renamed
    where octet_length(wanted) <= 63 and not exists (
      select
      from pg_catalog.pg_class taken
      where relname = wanted and relnamespace = space
        and taken.oid not in (select indexrelid from pg_catalog.pg_index where indrelid = $1)
        and taken.oid not in (select objid from pg_catalog.pg_depend
          where classid = 'pg_catalog.pg_class'::regclass and refclassid = 'pg_catalog.pg_class'::regclass
            and refobjid = $1 and deptype in ('a', 'i')))
  ), '[]')
)
