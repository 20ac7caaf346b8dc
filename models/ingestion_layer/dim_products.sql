with lines as (

    select * from {{ ref('stg_invoice_lines') }}
    where rejected_because is null

),

latest_prices as (

    select distinct on (stock_code) stock_code, list_price
    from {{ ref('int_list_prices') }}
    order by stock_code, batch_day desc

)

select
    {{ surrogate_key(['lines.stock_code']) }} as product_key,
    lines.stock_code,
    (array_agg(lines.description order by lines.sold_at desc, lines.row_in_batch desc)
        filter (where lines.description is not null))[1] as description,
    max(latest_prices.list_price) as list_price
from lines
left join latest_prices using (stock_code)
group by lines.stock_code
