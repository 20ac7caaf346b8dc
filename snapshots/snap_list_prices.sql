{% snapshot snap_list_prices %}

{{ config(
    unique_key='stock_code',
    strategy='check',
    check_cols=['list_price'],
    updated_at='priced_on'
) }}

with latest as (

    select distinct on (stock_code)
        stock_code,
        list_price,
        batch_day::timestamp as priced_on
    from {{ ref('int_list_prices') }}
    where batch_day <= {{ loaded_until() }}
    order by stock_code, batch_day desc

)

select latest.*
from latest
{% if load_relation(this) is not none %}
-- A day that is run again must not close versions that began after it.
where not exists (
    select 1
    from {{ this }} as known
    where known.stock_code = latest.stock_code
        and known.dbt_valid_from > latest.priced_on
)
{% endif %}

{% endsnapshot %}
