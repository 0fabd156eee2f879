with

churn as (

    select * from {{ source('ml', 'ml_churn_risk') }}
    where as_of_on = {{ as_of_on() }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

orders as (

    select * from {{ ref('int_customer_order') }}

)

select
    churn.customer_id,
    customers.name as customer_name,
    customers.segment_code,
    customers.industry_code,
    customers.depth_code,
    customers.region_code,
    customers.account_manager_id,
    churn.as_of_on,
    {{ reporting_currency() }} as currency_code,
    churn.last_order_on,
    cast(churn.order_count as bigint) as order_count,
    cast(round(churn.median_gap_days, 2) as decimal(12, 2)) as median_gap_days,
    cast(churn.silence_days as bigint) as silence_days,
    cast(churn.silence_limit_days as bigint) as silence_limit_days,
    cast(round(churn.churn_probability_share, 6) as decimal(18, 6)) as churn_probability_share,
    churn.is_silent,
    churn.has_open_project,
    orders.order_amount,
    orders.order_12m_amount,
    churn.method_code
from churn
left join customers on churn.customer_id = customers.customer_id
left join orders on churn.customer_id = orders.customer_id
