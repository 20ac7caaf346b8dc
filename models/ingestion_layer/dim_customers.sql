with lines as (

    select * from {{ ref('stg_invoice_lines') }}
    where customer_id is not null

)

select
    {{ surrogate_key(['customer_id']) }} as customer_key,
    customer_id,
    (array_agg(country order by sold_at desc, row_in_batch desc))[1] as country,
    min(sold_at)::date as first_seen_on,
    max(sold_at)::date as last_seen_on
from lines
group by customer_id

union all

select
    {{ surrogate_key(['null']) }} as customer_key,
    null as customer_id,
    null as country,
    null as first_seen_on,
    null as last_seen_on
