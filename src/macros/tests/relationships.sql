{# Rows: the values of a column that have no counterpart in the column `field` of the relation `to`. #}
{% test relationships(model, column_name, to, field) %}
  {{- adapter.dispatch('test_relationships', 'dbt')(model, column_name, to, field) -}}
{% endtest %}

{% macro default__test_relationships(model, column_name, to, field) %}
with referring as (
    select {{ column_name }} as from_field
    from {{ model }}
    where {{ column_name }} is not null
),
referred as (
    select {{ field }} as to_field
    from {{ to }}
)
select referring.from_field
from referring
left join referred on referring.from_field = referred.to_field
where referred.to_field is null
{% endmacro %}
