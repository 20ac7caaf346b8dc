select id, {{ doubled('amount') }} as amount from {{ ref('orders') }}
