select distinct
    {{ surrogate_key(['country']) }} as country_key,
    country,
    country = 'United Kingdom' as is_domestic
from {{ ref('stg_invoice_lines') }}
