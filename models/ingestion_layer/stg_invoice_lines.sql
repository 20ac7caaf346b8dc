-- depends_on: {{ ref('landed_invoice_lines') }}
{{ config(materialized='view') }}

with landed as (

    select * from {{ source('landing', 'landed_invoice_lines') }}

),

typed as (

    select
        batch_day,
        row_in_batch,
        loaded_at,
        invoice_no,
        row_number() over (partition by batch_day, invoice_no order by row_in_batch) as line_number,
        upper(stock_code) as stock_code,
        nullif(trim(description), '') as description,
        quantity::integer as quantity,
        to_timestamp(invoice_date, 'DD/MM/YYYY HH24:MI')::timestamp as sold_at,
        {{ decimal_comma('unit_price') }} as unit_price,
        nullif(customer_id, '')::integer as customer_id,
        country,
        invoice_no like 'C%' as is_cancellation
    from landed

)

select
    {{ surrogate_key(['invoice_no', 'line_number']) }} as line_key,
    typed.*,
    case
        when stock_code !~ '^[0-9]{5}' then 'no product'
        when unit_price = 0 then 'no price'
    end as rejected_because
from typed
