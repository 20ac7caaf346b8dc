{# A unit test: the rows of the tested query, and the expected ones in the same types; kiln compares them. #}
{% materialization unit, default %}
  {%- set expected_rows = config.get('expected_rows') or [] -%}
  {%- set expected_sql = config.get('expected_sql') -%}

  {#- An empty table of the tested query's columns tells their types as DDL knows them. -#}
  {%- set temp_relation = make_temp_relation(this.incorporate(type='table')) -%}
  {%- call statement(auto_begin=true) -%}
    {{ get_create_table_as_sql(true, temp_relation, get_empty_subquery_sql(sql)) }}
  {%- endcall -%}
  {%- set types, quoted = {}, {} -%}
  {%- for column in adapter.get_columns_in_relation(temp_relation) -%}
    {%- do types.update({column.name | lower: unit_test_type(column)}) -%}
    {%- do quoted.update({column.name | lower: column.quoted}) -%}
  {%- endfor -%}

  {%- if expected_sql -%}
    {%- set names = get_columns_in_query(expected_sql) -%}
  {%- else -%}
    {%- set names = (expected_rows | first).keys() | list if expected_rows else types.keys() | list -%}
    {%- set expected_sql = get_expected_sql(expected_rows, types, quoted) -%}
  {%- endif -%}
  {%- set columns = [] -%}
  {%- for name in names -%}
    {%- do columns.append(quoted.get(name | lower, name)) -%}
  {%- endfor -%}

  {%- call statement('main', fetch_result=true, auto_begin=false) -%}
    {{ get_unit_test_sql(sql, expected_sql, columns) }}
  {%- endcall -%}
  {%- do adapter.drop_relation(temp_relation) -%}

  {{- return({'relations': [temp_relation]}) -}}
{% endmaterialization %}
