with

customers as (

    select * from {{ ref('dim_customer') }}

),

bought as (

    select
        customer_id,
        cast(date_trunc('year', ordered_on) as date) as year_on,
        count(distinct order_id) as order_count,
        count(*) filter (kind_code = 'sale') > 0 as has_bought,
        {{ whole_sum('line_reporting_amount', 'line_amount') }} as order_amount
    from {{ ref('fct_order_line') }}
    where not is_cancelled and customer_id is not null and ordered_on <= {{ as_of_on() }}
    group by customer_id, cast(date_trunc('year', ordered_on) as date)

),

-- A row also for years without an order, from the first one on: who bought before is asked about in every year.
years as (

    select
        spans.customer_id,
        cast(unnest(generate_series(spans.first_year_on, date_trunc('year', {{ as_of_on() }}), interval 1 year)) as date)
            as year_on
    from (
        select
            customer_id,
            min(year_on) as first_year_on
        from bought
        group by customer_id
    ) as spans

),

flagged as (

    select
        years.customer_id,
        years.year_on,
        coalesce(bought.order_count, 0) as order_count,
        case when bought.customer_id is null then 0 else bought.order_amount end as order_amount,
        coalesce(bought.has_bought, false) as is_buyer,
        coalesce(
            bool_or(coalesce(bought.has_bought, false)) over (
                partition by years.customer_id order by years.year_on rows between unbounded preceding and 1 preceding
            ), false
        ) as is_earlier_buyer
    from years
    left join bought on years.customer_id = bought.customer_id and years.year_on = bought.year_on

)

select
    flagged.customer_id || '/' || year(flagged.year_on) as customer_year_id,
    flagged.customer_id,
    customers.segment_code,
    customers.region_code,
    flagged.year_on,
    last_day(flagged.year_on + interval 11 month) <= {{ as_of_on() }} as is_whole_year,
    flagged.order_count,
    flagged.order_amount,
    flagged.is_buyer,
    flagged.is_earlier_buyer,
    flagged.is_buyer and flagged.is_earlier_buyer as is_repurchase,
    -- The same two for the year before, so that the growth of a rate is a figure of one year's rows.
    coalesce(lag(flagged.is_earlier_buyer) over same_customer, false) as is_prior_earlier_buyer,
    coalesce(lag(flagged.is_buyer and flagged.is_earlier_buyer) over same_customer, false) as is_prior_repurchase
from flagged
left join customers on flagged.customer_id = customers.customer_id
window same_customer as (partition by flagged.customer_id order by flagged.year_on)
