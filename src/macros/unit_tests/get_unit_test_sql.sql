{# The rows of the tested query and the expected ones, told apart by their last column. #}
{% macro get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) -%}
  {{- adapter.dispatch('get_unit_test_sql', 'dbt')(main_sql, expected_fixture_sql, expected_column_names) -}}
{%- endmacro %}

{% macro default__get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) -%}
with dbt_internal_unit_test_actual as (
    select
        {{ expected_column_names | join(',\n        ') }},
        'actual' as actual_or_expected
    from (
{{ main_sql }}
    ) as tested
),
dbt_internal_unit_test_expected as (
    select
        {{ expected_column_names | join(',\n        ') }},
        'expected' as actual_or_expected
    from (
{{ expected_fixture_sql }}
    ) as wanted
)
select * from dbt_internal_unit_test_actual
union all
select * from dbt_internal_unit_test_expected
{%- endmacro %}
