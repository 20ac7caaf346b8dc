{{ config(materialized='incremental', unique_key='id', on_schema_change='fail', tags=['mart'], contract={'enforced': true}, post_hook="select 1") }}
select id, amount from {{ ref('raw_orders') }}
