{{ config(severity='error', store_failures=false) }}

select one.stock_code, one.dbt_valid_from, other.dbt_valid_from as also_valid_from
from {{ ref('snap_list_prices') }} as one
join {{ ref('snap_list_prices') }} as other
    on other.stock_code = one.stock_code
    and other.dbt_scd_id <> one.dbt_scd_id
    and other.dbt_valid_from >= one.dbt_valid_from
    and other.dbt_valid_from < coalesce(one.dbt_valid_to, timestamp 'infinity')
