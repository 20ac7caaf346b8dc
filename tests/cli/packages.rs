//! What packages build on: the cross-database macros, rows of queries in Jinja, the graph, and the results of a run.

use crate::sandbox::Sandbox;

/// An expression with what dbt gives for it on Postgres, as text.
const CROSS_DATABASE: &[(&str, &str)] = &[
    (r#"{{ dbt.dateadd('day', 10, "'2024-01-31'::date") }}"#, "2024-02-10 00:00:00"),
    (r#"{{ dbt.dateadd('month', 1, "'2024-01-31'::timestamp") }}"#, "2024-02-29 00:00:00"),
    (
        r#"{{ dbt.dateadd(datepart='hour', interval=-3, from_date_or_timestamp="'2024-01-31 01:00'::timestamp") }}"#,
        "2024-01-30 22:00:00",
    ),
    (r#"{{ dbt.dateadd('year', '1 + 1', "'2024-02-29'::date") }}"#, "2026-02-28 00:00:00"),
    (r#"{{ dbt.dateadd('week', 2, "'2024-02-29'::date") }}"#, "2024-03-14 00:00:00"),
    (r#"{{ dbt.datediff("'2023-12-30 23:59:58'::timestamp", "'2024-03-04 01:02:03'::timestamp", 'year') }}"#, "1"),
    (r#"{{ dbt.datediff("'2024-03-04'", "'2023-12-30'", 'year') }}"#, "-1"),
    (r#"{{ dbt.datediff("'2023-12-30 23:59:58'::timestamp", "'2024-03-04 01:02:03'::timestamp", 'quarter') }}"#, "1"),
    (r#"{{ dbt.datediff("'2024-03-04'", "'2023-12-30'", 'quarter') }}"#, "-1"),
    (r#"{{ dbt.datediff("'2023-12-30 23:59:58'::timestamp", "'2024-03-04 01:02:03'::timestamp", 'month') }}"#, "3"),
    (r#"{{ dbt.datediff("'2024-03-04'", "'2023-12-30'", 'month') }}"#, "-3"),
    (r#"{{ dbt.datediff("'2023-12-30 23:59:58'::timestamp", "'2024-03-04 01:02:03'::timestamp", 'week') }}"#, "10"),
    (r#"{{ dbt.datediff("'2024-03-04'", "'2023-12-30'", 'week') }}"#, "-10"),
    (r#"{{ dbt.datediff("'2023-12-30 23:59:58'::timestamp", "'2024-03-04 01:02:03'::timestamp", 'day') }}"#, "65"),
    (r#"{{ dbt.datediff("'2024-03-04'", "'2023-12-30'", 'day') }}"#, "-65"),
    (r#"{{ dbt.datediff("'2023-12-30 23:59:58'::timestamp", "'2024-03-04 01:02:03'::timestamp", 'hour') }}"#, "1538"),
    (r#"{{ dbt.datediff("'2024-03-04'", "'2023-12-30'", 'hour') }}"#, "-1560"),
    (
        r#"{{ dbt.datediff("'2023-12-30 23:59:58'::timestamp", "'2024-03-04 01:02:03'::timestamp", 'minute') }}"#,
        "92223",
    ),
    (r#"{{ dbt.datediff("'2024-03-04'", "'2023-12-30'", 'minute') }}"#, "-93600"),
    (
        r#"{{ dbt.datediff("'2023-12-30 23:59:58'::timestamp", "'2024-03-04 01:02:03'::timestamp", 'second') }}"#,
        "5533325",
    ),
    (r#"{{ dbt.datediff("'2024-03-04'", "'2023-12-30'", 'second') }}"#, "-5616000"),
    (
        r#"{{ dbt.datediff("'2023-12-30 23:59:58'::timestamp", "'2024-03-04 01:02:03'::timestamp", 'millisecond') }}"#,
        "5533325000",
    ),
    (r#"{{ dbt.datediff("'2024-03-04'", "'2023-12-30'", 'millisecond') }}"#, "-5616000000"),
    (r#"{{ dbt.date_trunc('year', "'2024-05-15 10:20:30'::timestamp") }}"#, "2024-01-01 00:00:00"),
    (r#"{{ dbt.date_trunc('quarter', "'2024-05-15 10:20:30'::timestamp") }}"#, "2024-04-01 00:00:00"),
    (r#"{{ dbt.date_trunc('month', "'2024-05-15 10:20:30'::timestamp") }}"#, "2024-05-01 00:00:00"),
    (r#"{{ dbt.date_trunc('week', "'2024-05-15 10:20:30'::timestamp") }}"#, "2024-05-13 00:00:00"),
    (r#"{{ dbt.date_trunc('day', "'2024-05-15 10:20:30'::timestamp") }}"#, "2024-05-15 00:00:00"),
    (r#"{{ dbt.date_trunc('hour', "'2024-05-15 10:20:30'::timestamp") }}"#, "2024-05-15 10:00:00"),
    (r#"{{ dbt.last_day("'2024-02-15'::date", 'year') }}"#, "2024-12-31"),
    (r#"{{ dbt.last_day("'2024-02-15'::date", 'quarter') }}"#, "2024-03-31"),
    (r#"{{ dbt.last_day("'2024-02-15'::date", 'month') }}"#, "2024-02-29"),
    (r#"{{ dbt.last_day("'2024-02-15'::date", 'week') }}"#, "2024-02-18"),
    (r#"{{ dbt.split_part("'a|b|c'", "'|'", 1) }}"#, "a"),
    (r#"{{ dbt.split_part(string_text="'a|b|c'", delimiter_text="'|'", part_number=2) }}"#, "b"),
    (r#"{{ dbt.split_part("'a|b|c'", "'|'", 9) }}"#, ""),
    (r#"{{ dbt.split_part("'a|b|c'", "'|'", -1) }}"#, "c"),
    (r#"{{ dbt.split_part("'a|b|c'", "'|'", -3) }}"#, "a"),
    (r#"{{ dbt.split_part("'a--b--c'", "'--'", -2) }}"#, ""),
    (r#"{{ dbt.concat(["'a'", "'-'", "1::text"]) }}"#, "a-1"),
    (r#"{{ dbt.concat(["'a'", "null"]) }}"#, "(null)"),
    (r#"{{ dbt.hash("'abc'") }}"#, "900150983cd24fb0d6963f7d28e17f72"),
    ("{{ dbt.hash(5) }}", "e4da3b7fbbce2345d7772b0674a318d5"),
    (r#"{{ dbt.length("'abcd'") }}"#, "4"),
    (r#"{{ dbt.position("'c'", "'abcd'") }}"#, "3"),
    (r#"{{ dbt.replace("'aXbX'", "'X'", "'-'") }}"#, "a-b-"),
    (r#"{{ dbt.right("'abcd'", 2) }}"#, "cd"),
    (r#"{{ dbt.right("'abcd'", 0) }}"#, ""),
    (r#"{{ dbt.safe_cast("'5'", api.Column.translate_type('integer')) }}"#, "5"),
    (r#"{{ dbt.cast("'2024-01-01'", dbt.type_timestamp()) }}"#, "2024-01-01 00:00:00"),
    ("{{ dbt.cast_bool_to_text('true') }}", "true"),
    ("{{ dbt.cast_bool_to_text('null::boolean') }}", "(null)"),
    ("{{ dbt.string_literal('a b') }}", "a b"),
    (r#"'{{ dbt.escape_single_quotes("it's") }}'"#, "it's"),
    ("(select {{ dbt.any_value('x') }} from (values (3), (3)) v (x))", "3"),
    ("(select {{ dbt.bool_or('x > 2') }} from (values (1), (3)) v (x))", "true"),
    ("(select {{ dbt.bool_or('x > 5') }} from (values (1), (3)) v (x))", "false"),
    (r#"(select {{ dbt.listagg('x', "'|'", 'order by x desc') }} from (values ('a'), ('b'), ('c')) v (x))"#, "c|b|a"),
    (r#"(select {{ dbt.listagg('x', "', '", 'order by x', 2) }} from (values ('c'), ('a'), ('b')) v (x))"#, "a, b"),
    ("(select length({{ dbt.listagg('x') }}) from (values ('c'), ('a')) v (x))", "3"),
    ("{{ dbt.array_construct([1, 2, 3]) }}", "{1,2,3}"),
    ("{{ dbt.array_construct([], 'integer') }}", "{}"),
    ("{{ dbt.array_append(dbt.array_construct([1, 2]), 3) }}", "{1,2,3}"),
    ("{{ dbt.array_concat(dbt.array_construct([1]), dbt.array_construct([2, 3])) }}", "{1,2,3}"),
    ("(select count(*) from (select 1 as a {{ dbt.except() }} select 1) x)", "0"),
    ("(select count(*) from (select 1 as a {{ dbt.intersect() }} select 1) x)", "1"),
    ("(select {{ dbt.equals('a', 'b') }} from (values (null::int, null::int)) v (a, b))", "(null)"),
    ("{{ dbt.date(2024, 1, 31) }}", "2024-01-31"),
    (
        "'{{ dbt.type_string() }} {{ dbt.type_int() }} {{ dbt.type_bigint() }} {{ dbt.type_float() }} {{ dbt.type_numeric() }} {{ dbt.type_timestamp() }} {{ dbt.type_boolean() }}'",
        "TEXT integer bigint float numeric(28,6) timestamp boolean",
    ),
    ("{{ dbt.current_timestamp() }} = now()", "true"),
    ("{{ dbt.current_timestamp_backcompat() }} = now()::timestamp", "true"),
    ("{{ dbt.current_timestamp_in_utc_backcompat() }} = (now() at time zone 'utc')::timestamp", "true"),
    ("{{ dbt.snapshot_get_time() }} = now()::timestamp", "true"),
    (
        r#"(select string_agg(date_month::date::text, ' ' order by 1) from ({{ dbt.date_spine('month', "'2024-01-01'::date", "'2024-04-15'::date") }}) s)"#,
        "2024-01-01 2024-02-01 2024-03-01",
    ),
    (
        r#"(select count(*) || ' ' || min(date_day)::date || ' ' || max(date_day)::date from ({{ dbt.date_spine(datepart='day', start_date="'2024-02-27'::date", end_date="'2024-03-02'::date") }}) s)"#,
        "4 2024-02-27 2024-03-01",
    ),
    (
        "(select string_agg(generated_number::int::text, ',' order by generated_number) from ({{ dbt.generate_series(5) }}) s)",
        "1,2,3,4,5",
    ),
    ("'{{ dbt.get_powers_of_two(1) }} {{ dbt.get_powers_of_two(2) }} {{ dbt.get_powers_of_two(100) }}'", "1 1 7"),
    (
        "'{{ dbt.dates_in_range('2024-01-30', '2024-02-01', in_fmt='%Y-%m-%d', out_fmt='%d.%m.') | join(' ') }}'",
        "30.01. 31.01. 01.02.",
    ),
    (
        "'{{ dbt.partition_range('20240130, 20240201') | join(' ') }} {{ dbt.partition_range('20240130') | join(' ') }}'",
        "20240130 20240131 20240201 20240130",
    ),
    ("'{{ dbt.convert_datetime('2024-01-30', '%Y-%m-%d').strftime('%j') }}'", "030"),
    (r#"'{{ dbt.get_intervals_between("'2024-01-01'::date", "'2024-03-01'::date", 'month') if execute }}'"#, "2.0"),
];

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn cross_database_macros_give_dbt_s_values() {
    let one = |(at, (expression, _)): (usize, &(&str, &str))| {
        format!("select {at} as place, coalesce(({expression})::text, '(null)') as given")
    };
    let text: Vec<String> = CROSS_DATABASE.iter().enumerate().map(one).collect();
    let model = format!("{{{{ config(materialized='table') }}}}\n{}", text.join("\nunion all\n"));
    let shop = Sandbox::new().file("models/given.sql", &model);
    shop.succeeds("run");
    let given = shop.sql("select given from shop.given order by place");
    let wrong: Vec<String> = CROSS_DATABASE
        .iter()
        .zip(given.split('\n'))
        .filter(|((_, wanted), given)| wanted != given)
        .map(|((expression, wanted), given)| format!("{expression}\n  wanted {wanted}\n  given  {given}"))
        .collect();
    assert_eq!(given.split('\n').count(), CROSS_DATABASE.len(), "{given}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Puts relations with different columns under each other, as packages do: relations are keys, columns are compared.
const STACK: &str = "
{% macro stack(relations, except=none) %}
  {% if not execute %}{{ return('select 1 as none_yet') }}{% endif %}
  {% set known = {} %}
  {% set all = {} %}
  {% for relation in relations %}
    {% if not (relation is mapping and relation.get('metadata', {}).get('type', '').endswith('Relation')) %}
      {% do exceptions.raise_compiler_error('not a relation: ' ~ relation) %}
    {% endif %}
    {% do known.update({relation: []}) %}
    {% for column in adapter.get_columns_in_relation(relation) if column.name | lower not in except | map('lower') %}
      {% do known[relation].append(column.name) %}
      {% if column.name not in all or column.is_string() and column.string_size() > all[column.name].string_size() %}
        {% do all.update({column.name: column}) %}
      {% endif %}
    {% endfor %}
  {% endfor %}
  {% for relation in relations %}
    select '{{ relation.identifier }}' as origin
    {%- for name, column in all.items() %},
      cast({{ column.quoted if name in known[relation] else 'null' }} as {{ column.data_type }}) as {{ name }}
    {%- endfor %}
    from {{ relation }}
    {{ 'union all' if not loop.last }}
  {% endfor %}
{% endmacro %}
";

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_package_stacks_relations_of_different_columns() {
    let shop = Sandbox::new()
        .file("macros/stack.sql", STACK)
        .file("models/old.sql", "select 1 as id, 'a'::varchar(3) as name, true as gone")
        .file("models/new.sql", "select 2 as id, 'abcdef'::varchar(9) as name, 1.5 as price")
        .file("models/every.sql", "select * from ({{ stack([ref('old'), ref('new')]) }}) as x")
        .file(
            "models/some.sql",
            "select * from ({{ stack([ref('old'), ref('new')], except=['GONE', 'Price']) }}) as x",
        );
    shop.succeeds("run");
    assert_eq!(
        shop.sql("select origin, id, name, gone, price from shop.every order by id"),
        "old | 1 | a | t | null\nnew | 2 | abcdef | null | 1.5"
    );
    assert_eq!(shop.sql("select * from shop.some order by id"), "old | 1 | a\nnew | 2 | abcdef");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn rows_of_a_query_write_a_model() {
    let shop = Sandbox::new().file("models/orders.sql", "select * from (values (1, 'red', 1.50), (2, 'blue', 2.25), (3, 'red', null)) v (id, colour, price)").file(
        "models/wide.sql",
        "{% set rows = run_query('select colour, count(*) as orders, sum(price) as total from ' ~ ref('orders') ~ ' group by 1 order by 1') %}
         {% if execute %}
         {% set totals = dict(zip(rows.columns['colour'].values(), rows.columns[2].values())) %}
         select {{ rows.rows | length }} as colours, '{{ rows.columns[0].values() | join(\"/\") }}' as names,
           {{ totals['red'] + totals['blue'] }} as total, {{ totals['blue'] > 2 }} as is_dear,
           '{{ \"{:,.3f}\".format(totals[\"blue\"] * 1000) }}' as shown,
           {{ rows.order_by('orders', reverse=true).rows[0]['orders'] }} as most
         {% else %} select 1 as none_yet {% endif %}",
    );
    shop.succeeds("run");
    assert_eq!(shop.sql("select * from shop.wide"), "2 | blue/red | 3.75 | t | 2,250.000 | 2");
}

/// Writes what the end of a run sees into a table, a row for each result.
const AUDIT: &str = "
{% macro audit(results) %}
  {% if execute %}
  create table {{ target.schema }}.audit as
  select * from (values
  {% for result in results | sort(attribute='node.unique_id') %}
    {% set run = result.timing | selectattr('name', 'eq', 'execute') | first | default({}) %}
    ('{{ result.node.unique_id }}', '{{ result.status }}', '{{ result.failures }}',
     {{ (run.completed_at - run.started_at).total_seconds() >= 0 if run else 'null' }},
     '{{ result.to_dict().node.name }}', '{{ result.node.is_refable }}', '{{ schemas | join(\",\") }}')
    {{- ',' if not loop.last }}
  {% endfor %}
  ) as v (id, status, failures, has_times, name, is_refable, schemas)
  {% endif %}
{% endmacro %}
";

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn the_end_of_a_run_sees_every_result_as_an_object() {
    let shop = Sandbox::new()
        .file("dbt_project.yml", "name: shop\nprofile: shop\nversion: '1'\non-run-end: \"{{ audit(results) }}\"\n")
        .file("macros/audit.sql", AUDIT)
        .file("models/bad.sql", "{{ config(materialized='table') }} select 1 / 0 as id")
        .file("models/child.sql", "select * from {{ ref('bad') }}")
        .file("models/good.sql", "select 1 as id")
        .file("tests/holds.sql", "select 1 from {{ ref('good') }} where false")
        .file("tests/warns.sql", "{{ config(severity='warn') }} select 1 from {{ ref('good') }}")
        .file(
            "models/good.yml",
            "unit_tests:\n  - name: given\n    model: good\n    given: []\n    expect: {rows: [{id: 1}]}\n",
        );
    assert_eq!(shop.kiln("build").code, 1);
    insta::assert_snapshot!(shop.sql("select id, status, failures, has_times, name, is_refable, schemas from shop.audit order by id"), @"
    model.shop.bad | error | None | t | bad | True | shop
    model.shop.child | skipped | None | null | child | True | shop
    model.shop.good | success | None | t | good | True | shop
    test.shop.holds | pass | 0 | t | holds | False | shop
    test.shop.warns | warn | 1 | t | warns | False | shop
    unit_test.shop.good.given | pass | 0 | t | given | False | shop
    ");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn tables_of_queries_are_reshaped_and_printed_as_agate_s() {
    let shop = Sandbox::new().file(
        "macros/shape.sql",
        "{% macro by_letter(row) %}{{ return(row['g'] == 'a') }}{% endmacro %}\n\
         {% macro shape() %}\n\
         {% set t = run_query(\"select * from (values (1, 'a', 1.5), (2, 'b', null), (3, 'a', 4)) x(id, g, n) order by id\") %}\n\
         {{ print('PIVOT ' ~ t.pivot('g').rows | map('list') | list ~ t.pivot('g').row_names) }}\n\
         {{ print('NORMALIZED ' ~ t.normalize('id', ['n']).column_names) }}\n\
         {{ print('GROUPS ' ~ t.group_by('g').merge().rows | length ~ t.group_by(by_letter).keys()) }}\n\
         {{ print('MERGED ' ~ t.merge([t, t]).rows | length) }}\n\
         {% do t.group_by('g').print_structure() %}\n\
         {% do t.print_json(key='id') %}\n\
         {% do t.select('n').print_csv() %}\n\
         {% set x = run_query(\"select timetz '10:00+02' a, array[1.5, 2] b, 'NaN'::numeric c, 'Infinity'::float8 d\").rows[0] %}\n\
         {{ print('VALUES ' ~ x.values() ~ (x.c == x.c) ~ (x.d > 5) ~ (x.c + 1)) }}\n\
         {% set r = api.Relation.create(schema='s', identifier='i').replace(type='view') %}\n\
         {{ print('RELATION ' ~ r.type ~ ' ' ~ r.render_limited()) }}\n\
         {% endmacro %}",
    );
    let told = shop.succeeds("run-operation shape --quiet").stdout;
    insta::assert_snapshot!(told, @r#"
    PIVOT [['a', Decimal('2')], ['b', Decimal('1')]]('a', 'b')
    NORMALIZED ('id', 'property', 'value')
    GROUPS 3('True', 'False')
    MERGED 6
    | table | rows |
    | ----- | ---- |
    | a     | 2    |
    | b     | 1    |
    {"1": {"id": 1, "g": "a", "n": 1.5}, "2": {"id": 2, "g": "b", "n": null}, "3": {"id": 3, "g": "a", "n": 4.0}}
    n
    1.5
    ""
    4
    VALUES ('10:00:00+02:00', '[1.5, 2.0]', Decimal('NaN'), Decimal('Infinity'))FalseTrueNaN
    RELATION view "s"."i"
    "#);
}
