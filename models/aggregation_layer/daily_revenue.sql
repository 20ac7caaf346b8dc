select
    dates.day,
    dates.weekday_name,
    coalesce(sum(sales.amount), 0) as revenue,
    coalesce(sum(sales.amount) filter (where not sales.is_cancellation), 0) as gross_revenue,
    coalesce(-sum(sales.amount) filter (where sales.is_cancellation), 0) as returned,
    count(distinct sales.invoice_no) filter (where not sales.is_cancellation) as invoices,
    coalesce(sum(sales.quantity), 0) as units
from {{ ref('dim_dates') }} as dates
left join {{ ref('fct_sales') }} as sales using (date_key)
group by dates.day, dates.weekday_name
