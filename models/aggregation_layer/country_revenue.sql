select
    countries.country,
    countries.is_domestic,
    sum(sales.amount) as revenue,
    count(*) filter (where sales.is_cancellation) as returned_lines,
    count(*) as lines,
    round(
        coalesce(-sum(sales.amount) filter (where sales.is_cancellation), 0)
        / nullif(sum(sales.amount) filter (where not sales.is_cancellation), 0),
        4
    ) as return_rate
from {{ ref('fct_sales') }} as sales
join {{ ref('dim_countries') }} as countries using (country_key)
group by countries.country, countries.is_domestic
