{% test not_before(model, column_name, other) %}
select * from {{ model }}
where {{ column_name }} < {{ other }}
{% endtest %}
