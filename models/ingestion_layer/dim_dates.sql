with days as (

    select generate_series(min(batch_day), max(batch_day), interval '1 day')::date as day
    from {{ ref('stg_invoice_lines') }}

)

select
    to_char(day, 'YYYYMMDD')::integer as date_key,
    day,
    extract(year from day)::integer as year,
    extract(month from day)::integer as month,
    extract(day from day)::integer as day_of_month,
    extract(isodow from day)::integer as weekday,
    to_char(day, 'FMDay') as weekday_name,
    extract(isodow from day) >= 6 as is_weekend
from days
