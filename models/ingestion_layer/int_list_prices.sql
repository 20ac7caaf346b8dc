{# The list price of a product on a day: the price of most of its lines, the lowest on a tie. #}
{{ config(materialized='ephemeral') }}

with counted as (

    select
        stock_code,
        batch_day,
        unit_price,
        count(*) as lines
    from {{ ref('stg_invoice_lines') }}
    where rejected_because is null
        and not is_cancellation
    group by stock_code, batch_day, unit_price

)

select distinct on (stock_code, batch_day)
    stock_code,
    batch_day,
    unit_price as list_price
from counted
order by stock_code, batch_day, lines desc, unit_price
