with

customers as (

    select * from {{ ref('dim_customer') }}
    where not is_merged

),

orders as (

    select * from {{ ref('int_customer_order') }}

),

payment as (

    select * from {{ ref('int_customer_payment') }}

),

relations as (

    select * from {{ ref('int_customer_relation') }}

),

reviews as (

    select * from {{ ref('fct_customer_review') }}
    where reviewed_on = {{ as_of_on() }}

),

aliases as (

    select * from {{ ref('customer_tier') }}

),

touches as (

    select
        customer_id,
        count(*) as touch_count
    from {{ ref('fct_interaction') }}
    where is_human and is_recent
    group by customer_id

),

reminders as (

    select
        customer_id,
        count(*) filter (is_past) as reminder_past_count,
        count(*) filter (state_code = 'open') as reminder_open_count,
        count(*) filter (is_missed) as reminder_missed_count
    from {{ ref('fct_customer_reminder') }}
    group by customer_id

),

churn as (

    select * from {{ source('ml', 'ml_churn_risk') }}
    where as_of_on = {{ as_of_on() }}

)

select
    customers.customer_id,
    customers.name as customer_name,
    customers.segment_code,
    customers.industry_code,
    customers.depth_code,
    customers.region_code,
    customers.province,
    customers.city,
    customers.country_code,
    customers.account_manager_id,
    customers.since_on,
    customers.is_active,
    {{ as_of_on() }} as as_of_on,
    {{ reporting_currency() }} as currency_code,
    customers.tag_codes,
    reviews.tier_code,
    aliases.alias_code as tier_alias_code,
    reviews.is_growing,
    reviews.tier_score,
    reviews.score_method_code as tier_method_code,
    reviews.value_told_on as tier_value_told_on,
    reviews.reason_1_code as tier_reason_1_code,
    reviews.reason_2_code as tier_reason_2_code,
    reviews.reason_3_code as tier_reason_3_code,
    relations.project_count,
    relations.open_project_count,
    relations.contract_count,
    relations.contract_amount,
    relations.depth_score,
    relations.has_strategic_contract,
    coalesce(orders.order_count, 0) as order_count,
    orders.order_amount,
    orders.order_12m_amount,
    coalesce(orders.order_12m_count, 0) as order_12m_count,
    orders.first_order_on,
    orders.last_order_on,
    date_diff('day', orders.last_order_on, {{ as_of_on() }}) as since_order_days,
    orders.median_gap_days,
    cast(
        round(
            orders.order_count * 365.25 / nullif(cast(date_diff('day', orders.first_order_on, {{ as_of_on() }}) as double), 0), 4
        ) as decimal(12, 4)
    ) as orders_per_year,
    coalesce(payment.invoice_count, 0) as invoice_count,
    payment.receivable_amount,
    payment.current_amount,
    payment.overdue_amount,
    payment.overdue_1_30_amount,
    payment.overdue_31_60_amount,
    payment.overdue_61_90_amount,
    payment.overdue_over_90_amount,
    payment.overdue_share,
    payment.dso_days,
    payment.best_dso_days,
    payment.mean_delinquent_days,
    payment.dso_countback_days,
    payment.collection_share,
    payment.payment_grade,
    relations.rating_count,
    cast(round(relations.star_count / nullif(cast(relations.rating_count as double), 0), 2) as decimal(5, 2)) as mean_rating,
    {{ share('relations.satisfied_count', 'relations.rating_count') }} as csat_share,
    relations.satisfaction_stars,
    relations.complaint_count,
    coalesce(touches.touch_count, 0) as touch_count,
    aliases.touch_limit,
    coalesce(touches.touch_count > aliases.touch_limit, false) as is_over_touch_limit,
    coalesce(reminders.reminder_past_count, 0) as reminder_past_count,
    coalesce(reminders.reminder_open_count, 0) as reminder_open_count,
    coalesce(reminders.reminder_missed_count, 0) as reminder_missed_count,
    cast(churn.silence_days as bigint) as silence_days,
    cast(churn.silence_limit_days as bigint) as silence_limit_days,
    cast(round(churn.churn_probability_share, 6) as decimal(18, 6)) as churn_probability_share,
    churn.is_silent,
    churn.method_code as churn_method_code,
    case
        when orders.order_amount is not null
            then cast(
                round(
                    percent_rank() over (
                        partition by customers.segment_code, orders.order_amount is null order by orders.order_amount
                    ), 6
                ) as decimal(18, 6)
            )
    end as order_amount_peer_share,
    {{ fifth(peer_share('-date_diff(\'day\', orders.last_order_on, ' ~ as_of_on() ~ ')', 'customers.segment_code')) }}
        as recency_quintile,
    {{ fifth(peer_share('orders.order_24m_count', 'customers.segment_code')) }} as frequency_quintile,
    {{ fifth(peer_share('orders.margin_24m_amount', 'customers.segment_code')) }} as margin_quintile
from customers
left join orders on customers.customer_id = orders.customer_id
left join payment on customers.customer_id = payment.customer_id
inner join relations on customers.customer_id = relations.customer_id
left join reviews on customers.customer_id = reviews.customer_id
left join aliases
    on
        reviews.tier_code = aliases.tier_code
        and coalesce(reviews.is_growing = aliases.is_growing, true)
left join touches on customers.customer_id = touches.customer_id
left join reminders on customers.customer_id = reminders.customer_id
left join churn on customers.customer_id = churn.customer_id
