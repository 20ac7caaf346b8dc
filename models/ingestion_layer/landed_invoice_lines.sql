{# Appends each batch once, stamped with the time at which it was loaded. #}
{{ config(materialized='incremental', incremental_strategy='append', schema='landing') }}

with arrived as (

    {% for day in batch_days() %}
    select
        date '{{ day.replace('_', '-') }}' as batch_day,
        "RowNo"::integer as row_in_batch,
        "InvoiceNo" as invoice_no,
        "StockCode" as stock_code,
        "Description" as description,
        "Quantity" as quantity,
        "InvoiceDate" as invoice_date,
        "UnitPrice" as unit_price,
        "CustomerID" as customer_id,
        "Country" as country
    from {{ ref('invoice_lines_' ~ day) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select
    arrived.*,
    now() as loaded_at
from arrived
where batch_day <= {{ loaded_until() }}
{% if is_incremental() %}
    and batch_day not in (select landed.batch_day from {{ this }} as landed)
{% endif %}
