{{ config(severity='warn', warn_if='> 4000') }}

select line_key
from {{ ref('fct_sales') }}
where customer_key = {{ surrogate_key(['null']) }}
