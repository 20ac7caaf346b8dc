{# One row a line of an invoice. A cancellation is a new negative row, not a change of an old one. #}
{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='line_key',
    on_schema_change='append_new_columns',
    indexes=[{'columns': ['line_key'], 'unique': true}, {'columns': ['date_key']}]
) }}

with lines as (

    select * from {{ ref('stg_invoice_lines') }}
    where rejected_because is null
    {% if is_incremental() %}
        -- What is not loaded yet, and the last day, which may be run again.
        and (
            batch_day = {{ loaded_until() }}
            or batch_day not in (select loaded.batch_day from {{ this }} as loaded)
        )
    {% endif %}

),

prices as (

    select
        stock_code,
        list_price,
        dbt_scd_id as price_version_key,
        -- A sale before the first known price gets that price.
        case when row_number() over (partition by stock_code order by dbt_valid_from) = 1
            then timestamp '-infinity' else dbt_valid_from end as valid_from,
        coalesce(dbt_valid_to, timestamp 'infinity') as valid_to
    from {{ ref('snap_list_prices') }}

)

select
    lines.line_key,
    lines.invoice_no,
    lines.line_number::integer as line_number,
    to_char(lines.sold_at, 'YYYYMMDD')::integer as date_key,
    {{ surrogate_key(['lines.customer_id']) }} as customer_key,
    {{ surrogate_key(['lines.stock_code']) }} as product_key,
    {{ surrogate_key(['lines.country']) }} as country_key,
    prices.price_version_key,
    lines.is_cancellation,
    lines.quantity,
    lines.unit_price,
    prices.list_price,
    lines.quantity * lines.unit_price as amount,
    lines.sold_at,
    lines.batch_day,
    lines.loaded_at
from lines
left join prices
    on prices.stock_code = lines.stock_code
    and lines.sold_at >= prices.valid_from
    and lines.sold_at < prices.valid_to
