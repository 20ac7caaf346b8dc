-- Whatever the facts hold shows in the report of days, and nothing else.
with facts as (

    select sum(amount) as revenue from {{ ref('fct_sales') }}

),

days as (

    select sum(revenue) as revenue from {{ ref('daily_revenue') }}

)

select facts.revenue as of_facts, days.revenue as of_days
from facts
cross join days
where facts.revenue is distinct from days.revenue
