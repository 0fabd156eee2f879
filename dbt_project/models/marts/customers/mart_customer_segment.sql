with

customer_years as (

    select * from {{ ref('fct_customer_year') }}

),

counted as (

    select
        segment_code,
        year_on,
        bool_and(is_whole_year) as is_whole_year,
        count(*) as customer_count,
        count(*) filter (is_buyer) as buyer_count,
        sum(order_count) as order_count,
        case when count(*) = count(order_amount) then cast(sum(order_amount) as decimal(18, 2)) end as order_amount,
        count(*) filter (is_earlier_buyer) as earlier_buyer_count,
        count(*) filter (is_repurchase) as repurchase_count,
        {{ share('count(*) filter (is_repurchase)', 'count(*) filter (is_earlier_buyer)') }} as repurchase_share,
        {{ share('count(*) filter (is_prior_repurchase)', 'count(*) filter (is_prior_earlier_buyer)') }}
            as prior_repurchase_share,
        cast(
            round(
                count(*) filter (is_repurchase) / nullif(cast(count(*) filter (is_earlier_buyer) as double), 0)
                / nullif(
                    count(*) filter (is_prior_repurchase) / nullif(cast(count(*) filter (is_prior_earlier_buyer) as double), 0), 0
                ) - 1, 6
            ) as decimal(12, 6)
        ) as growth_share,
        cast(
            round(
                100 * (
                    count(*) filter (is_repurchase) / nullif(cast(count(*) filter (is_earlier_buyer) as double), 0)
                    - count(*) filter (is_prior_repurchase)
                    / nullif(cast(count(*) filter (is_prior_earlier_buyer) as double), 0)
                ), 4
            ) as decimal(9, 4)
        ) as growth_points
    from customer_years
    group by segment_code, year_on

)

select
    segment_code || '/' || year(year_on) as customer_segment_id,
    segment_code,
    year_on,
    is_whole_year,
    {{ as_of_on() }} as as_of_on,
    {{ reporting_currency() }} as currency_code,
    customer_count,
    buyer_count,
    cast(order_count as bigint) as order_count,
    order_amount,
    earlier_buyer_count,
    repurchase_count,
    repurchase_share,
    prior_repurchase_share,
    -- A year that is not over yet is no match for a whole one.
    case when is_whole_year then growth_share end as repurchase_growth_share,
    case when is_whole_year then growth_points end as repurchase_growth_points
from counted
