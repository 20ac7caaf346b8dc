with totals as (

    select
        products.stock_code,
        products.description,
        sum(sales.amount) as revenue,
        sum(sales.quantity) as units
    from {{ ref('fct_sales') }} as sales
    join {{ ref('dim_products') }} as products using (product_key)
    group by products.stock_code, products.description

)

select
    rank() over (order by revenue desc, stock_code) as place,
    totals.*
from totals
