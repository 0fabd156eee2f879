with

customers as (

    select * from {{ ref('dim_customer') }}

),

orders as (

    select * from {{ ref('int_customer_order') }}

),

payment as (

    select * from {{ ref('int_customer_payment') }}

),

projects as (

    select
        customer_id,
        count(*) as project_count,
        count(*) filter (is_open) as open_project_count
    from {{ ref('dim_project') }}
    group by customer_id

),

rates as (

    select * from {{ ref('int_exchange_rate') }}

),

signed_contracts as (

    select * from {{ ref('stg_crm__contracts') }}
    where status_code in ('signed', 'closed')

),

contracts as (

    select
        contract.customer_id,
        count(*) as contract_count,
        {{ whole_sum('contract.reporting_amount', 'contract.contract_amount') }} as contract_amount
    from (
        select
            signed_contracts.customer_id,
            signed_contracts.contract_amount,
            {{ converted('signed_contracts.contract_amount', 'signed_contracts.currency_code', 'rates.rate') }}
                as reporting_amount
        from signed_contracts
        asof left join rates
            on
                signed_contracts.currency_code = rates.currency_code
                and coalesce(signed_contracts.signed_on, {{ as_of_on() }}) >= rates.rate_on
    ) as contract
    group by contract.customer_id

),

ratings as (

    select
        customer_id,
        count(*) as rating_count,
        sum(stars) as star_count,
        count(*) filter (stars >= 4) as satisfied_count
    from {{ ref('int_rating_subject') }}
    group by customer_id

),

complaints as (

    select
        customer_id,
        count(*) as complaint_count
    from {{ ref('stg_work__complaints') }}
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
    coalesce(projects.project_count, 0) as project_count,
    coalesce(projects.open_project_count, 0) as open_project_count,
    coalesce(contracts.contract_count, 0) as contract_count,
    contracts.contract_amount,
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
    payment.overdue_amount,
    payment.overdue_share,
    payment.mean_delinquent_days,
    payment.payment_grade,
    coalesce(ratings.rating_count, 0) as rating_count,
    cast(round(ratings.star_count / nullif(cast(ratings.rating_count as double), 0), 2) as decimal(5, 2)) as mean_rating,
    {{ share('ratings.satisfied_count', 'ratings.rating_count') }} as csat_share,
    coalesce(complaints.complaint_count, 0) as complaint_count,
    cast(churn.silence_days as bigint) as silence_days,
    cast(churn.silence_limit_days as bigint) as silence_limit_days,
    cast(round(churn.churn_probability_share, 6) as decimal(9, 6)) as churn_probability_share,
    churn.is_silent,
    churn.method_code as churn_method_code,
    case
        when orders.order_amount is not null
            then cast(
                round(
                    percent_rank() over (
                        partition by customers.segment_code, orders.order_amount is null order by orders.order_amount
                    ), 6
                ) as decimal(9, 6)
            )
    end as order_amount_peer_share
from customers
left join orders on customers.customer_id = orders.customer_id
left join payment on customers.customer_id = payment.customer_id
left join projects on customers.customer_id = projects.customer_id
left join contracts on customers.customer_id = contracts.customer_id
left join ratings on customers.customer_id = ratings.customer_id
left join complaints on customers.customer_id = complaints.customer_id
left join churn on customers.customer_id = churn.customer_id
