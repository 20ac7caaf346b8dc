{# When a row counts as changed. `strategy: x` calls `snapshot_x_strategy`, so a project adds one by that name. Each gives
   back SQL: unique_key, updated_at, row_changed, scd_id; and what to do with deleted rows: invalidate_hard_deletes,
   hard_deletes. #}

{# The macro of a strategy. `package.x` looks in that package. #}
{% macro strategy_dispatch(name) -%}
  {%- if '.' in name -%}
    {%- set package_name, name = name.split('.', 1) -%}
    {%- set place = context.get(package_name) -%}
    {%- if place is none or place is undefined -%}
      {%- do exceptions.raise_compiler_error('Could not find package `' ~ package_name ~ '` of the snapshot strategy `' ~ name ~ '`') -%}
    {%- endif -%}
  {%- else -%}
    {%- set package_name = none -%}
    {%- set place = context -%}
  {%- endif -%}
  {%- set wanted = 'snapshot_' ~ name ~ '_strategy' -%}
  {%- if wanted not in place -%}
    {%- do exceptions.raise_compiler_error(
          'The snapshot strategy `' ~ name ~ '` needs a macro `' ~ wanted ~ '`'
          ~ (' in package `' ~ package_name ~ '`' if package_name else '') ~ ', which does not exist') -%}
  {%- endif -%}
  {{- return(place[wanted]) -}}
{%- endmacro %}

{# The id of one version of a row. #}
{% macro snapshot_hash_arguments(args) -%}
  {{- adapter.dispatch('snapshot_hash_arguments', 'dbt')(args) -}}
{%- endmacro %}

{% macro default__snapshot_hash_arguments(args) -%}
md5(
  {%- for arg in args -%}
    coalesce(cast({{ arg }} as varchar), ''){{ " || '|' || " if not loop.last }}
  {%- endfor -%}
)
{%- endmacro %}

{# A row changed where it says so itself, by its column `updated_at`. #}
{% macro snapshot_timestamp_strategy(node, snapshotted_rel, current_rel, model_config, target_exists) -%}
  {%- set unique_key = model_config.get('unique_key') -%}
  {%- set updated_at = model_config.get('updated_at') -%}
  {%- set hard_deletes = adapter.get_hard_deletes_behavior(model_config) -%}
  {%- set valid_from = snapshotted_rel ~ '.' ~ snapshot_columns().dbt_valid_from -%}
  {{- return({
        'unique_key': unique_key,
        'updated_at': updated_at,
        'row_changed': '(' ~ valid_from ~ ' < ' ~ current_rel ~ '.' ~ updated_at ~ ')',
        'scd_id': snapshot_hash_arguments(api.Relation.scd_args(unique_key, updated_at)),
        'invalidate_hard_deletes': hard_deletes == 'invalidate',
        'hard_deletes': hard_deletes}) -}}
{%- endmacro %}

{# A row changed where any of the columns `check_cols` differs, or where one of them is new. #}
{% macro snapshot_check_strategy(node, snapshotted_rel, current_rel, model_config, target_exists) -%}
  {%- set unique_key = model_config.get('unique_key') -%}
  {%- set updated_at = model_config.get('updated_at') or snapshot_get_time() -%}
  {%- set hard_deletes = adapter.get_hard_deletes_behavior(model_config) -%}
  {%- set column_added, names = snapshot_check_all_get_existing_columns(
        node, target_exists, model_config.get('check_cols')) -%}
  {%- if column_added -%}
    {%- set row_changed = '(' ~ get_true_sql() ~ ')' -%}
  {%- else -%}
    {%- set differences = [] -%}
    {%- for name in names -%}
      {%- do differences.append(snapshotted_rel ~ '.' ~ name ~ ' is distinct from ' ~ current_rel ~ '.' ~ name) -%}
    {%- endfor -%}
    {%- set row_changed = '(' ~ (differences | join(' or ') or 'false') ~ ')' -%}
  {%- endif -%}
  {{- return({
        'unique_key': unique_key,
        'updated_at': updated_at,
        'row_changed': row_changed,
        'scd_id': snapshot_hash_arguments(api.Relation.scd_args(unique_key, updated_at)),
        'invalidate_hard_deletes': hard_deletes == 'invalidate',
        'hard_deletes': hard_deletes}) -}}
{%- endmacro %}

{# A pair: whether a checked column is new to the snapshot, and the quoted names of those that it has. #}
{% macro snapshot_check_all_get_existing_columns(node, target_exists, check_cols_config) -%}
  {%- if check_cols_config == 'all' -%}
    {%- set checked_query = node['compiled_code'] -%}
  {%- elif check_cols_config is not string and check_cols_config is iterable and check_cols_config | length > 0 -%}
    {#- The database says how it spells them. -#}
    {%- set checked_query = 'select ' ~ (check_cols_config | join(', ')) ~ ' from (\n' ~ node['compiled_code'] ~ '\n) subq' -%}
  {%- else -%}
    {%- do exceptions.raise_compiler_error("`check_cols` must be a list of columns or 'all', not " ~ check_cols_config) -%}
  {%- endif -%}
  {%- if not target_exists -%}
    {{- return([false, []]) -}}
  {%- endif -%}
  {%- set target_relation = adapter.get_relation(database=node.database, schema=node.schema, identifier=node.alias) -%}
  {%- set kept = adapter.get_columns_in_relation(target_relation) | map(attribute='name') | list -%}
  {%- set found = namespace(column_added=false) -%}
  {%- set names = [] -%}
  {%- for name in get_columns_in_query(checked_query) -%}
    {%- if name in kept -%}
      {%- do names.append(adapter.quote(name)) -%}
    {%- else -%}
      {%- set found.column_added = true -%}
    {%- endif -%}
  {%- endfor -%}
  {{- return([found.column_added, names]) -}}
{%- endmacro %}

{% macro get_true_sql() -%}
  {{- adapter.dispatch('get_true_sql', 'dbt')() -}}
{%- endmacro %}

{% macro default__get_true_sql() -%}
  {{- return('TRUE') -}}
{%- endmacro %}
