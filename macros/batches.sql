{# Days of the batches that have arrived, as they stand in the names of their files. A new file gets a line here. #}
{% macro batch_days() %}
    {{ return(['2010_12_01', '2010_12_02', '2010_12_03', '2010_12_05']) }}
{% endmacro %}

{# The last day that counts, as a date. #}
{% macro loaded_until() %}date '{{ var('loaded_until') }}'{% endmacro %}
