with

order_lines as (

    select * from {{ ref('fct_order_line') }}

),

activity as (

    select * from {{ ref('int_customer_activity') }}

),

recent as (

    select
        order_lines.*,
        order_lines.ordered_on > {{ as_of_on() }} - interval 12 month and order_lines.ordered_on <= {{ as_of_on() }}
            as is_recent
    from order_lines
    where not order_lines.is_cancelled and order_lines.customer_id is not null

),

amounts as (

    select
        customer_id,
        count(distinct order_id) as order_count,
        {{ whole_sum('line_reporting_amount', 'line_amount') }} as order_amount,
        count(distinct order_id) filter (is_recent) as order_12m_count,
        {{ whole_sum('case when is_recent then line_reporting_amount end', 'case when is_recent then line_amount end') }}
            as order_12m_amount,
        min(ordered_on) as first_order_on,
        max(ordered_on) as last_order_on
    from recent
    group by customer_id

),

gaps as (

    select
        customer_id,
        date_diff('day', lag(active_on) over (partition by customer_id order by active_on), active_on) as gap_days
    from activity
    where order_count > 0

),

rhythm as (

    select
        customer_id,
        cast(round(median(gap_days), 2) as decimal(12, 2)) as median_gap_days
    from gaps
    where gap_days is not null
    group by customer_id

)

select
    amounts.*,
    rhythm.median_gap_days
from amounts
left join rhythm on amounts.customer_id = rhythm.customer_id
