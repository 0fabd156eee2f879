with

order_lines as (

    select * from {{ ref('fct_order_line') }}

)

select
    product_id,
    cast(date_trunc('month', ordered_on) as date) as period_on,
    cast(sum(quantity) as decimal(18, 3)) as quantity,
    count(*) as order_line_count
from order_lines
where not is_cancelled and product_id is not null and ordered_on <= {{ as_of_on() }}
group by product_id, cast(date_trunc('month', ordered_on) as date)
