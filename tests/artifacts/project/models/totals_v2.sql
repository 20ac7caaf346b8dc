select id, {{ function('double_it') }}(amount) as amount, 'x' as more from {{ ref('orders') }}
