{# Customers by recency, frequency and value, each in up to three classes. #}
with totals as (

    select
        customers.customer_id,
        customers.country,
        max(sales.sold_at)::date as last_bought_on,
        count(distinct sales.invoice_no) filter (where not sales.is_cancellation) as invoices,
        sum(sales.amount) as revenue
    from {{ ref('fct_sales') }} as sales
    join {{ ref('dim_customers') }} as customers using (customer_key)
    where customers.customer_id is not null
    group by customers.customer_id, customers.country

)

select
    totals.*,
    (select max(batch_day) from {{ ref('fct_sales') }}) - last_bought_on as days_since,
    ntile(3) over (order by last_bought_on, customer_id) as recency_class,
    ntile(3) over (order by invoices, customer_id) as frequency_class,
    ntile(3) over (order by revenue, customer_id) as value_class
from totals
