{{ config(materialized='incremental', unique_key='id', tags=['mart'], contract={'enforced': true}, post_hook="select 1") }}
select id, amount from {{ ref('raw_orders') }}
