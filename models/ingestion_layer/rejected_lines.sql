{{ config(materialized='view') }}

select
    line_key,
    batch_day,
    invoice_no,
    line_number,
    stock_code,
    description,
    quantity,
    unit_price,
    rejected_because
from {{ ref('stg_invoice_lines') }}
where rejected_because is not null
