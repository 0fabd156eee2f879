with

customers as (

    select
        customer.customer_id,
        customer.name as customer_name,
        customer.segment_code,
        coalesce(customer.industry_code, customer.segment_code) as industry_code,
        customer.industry_code as known_industry_code,
        customer.depth_code,
        case when orders.customer_id is null then 0 else orders.order_amount end as order_amount,
        case when orders.customer_id is null then 0 else orders.order_24m_amount - orders.order_prior_12m_amount end
            as year_amount,
        case when orders.customer_id is null then 0 else orders.order_prior_12m_amount end as prior_year_amount,
        coalesce(orders.order_count, 0) as order_count,
        relation.depth_score,
        relation.earlier_depth_score,
        relation.contract_count + relation.project_count as depth_count,
        relation.satisfaction_stars,
        relation.earlier_satisfaction_stars,
        relation.rating_count,
        payment.payment_grade,
        payment.earlier_payment_grade,
        coalesce(payment.invoice_count, 0) as invoice_count
    from {{ ref('dim_customer') }} as customer
    inner join {{ ref('int_customer_relation') }} as relation on customer.customer_id = relation.customer_id
    left join {{ ref('int_customer_order') }} as orders on customer.customer_id = orders.customer_id
    left join {{ ref('int_customer_payment') }} as payment on customer.customer_id = payment.customer_id
    where not customer.is_merged

),

weighed as (

    select
        customers.*,
        100 * customers.year_amount
        / nullif(cast(sum(customers.year_amount) over (partition by customers.industry_code) as double), 0) as industry_pct,
        100 * customers.prior_year_amount
        / nullif(cast(sum(customers.prior_year_amount) over (partition by customers.industry_code) as double), 0)
            as earlier_industry_pct
    from customers

),

-- One shape for all five: what it is, what it was a year before, how much stands behind it; more is better but for
-- the payment grade.
dimensions as (

    select
        customer_id,
        1 as dimension_no,
        'industry' as dimension_code,
        known_industry_code as value_code,
        industry_pct as value,
        earlier_industry_pct as earlier_value,
        industry_pct as rank_value,
        order_count as row_count
    from weighed
    union all
    select
        customer_id,
        2 as dimension_no,
        'depth' as dimension_code,
        depth_code as value_code,
        depth_score as value,
        earlier_depth_score as earlier_value,
        depth_score as rank_value,
        depth_count as row_count
    from weighed
    union all
    select
        customer_id,
        3 as dimension_no,
        'order_amount' as dimension_code,
        null as value_code,
        order_amount as value,
        order_amount - year_amount + prior_year_amount as earlier_value,
        order_amount as rank_value,
        order_count as row_count
    from weighed
    union all
    select
        customer_id,
        4 as dimension_no,
        'payment' as dimension_code,
        null as value_code,
        payment_grade as value,
        earlier_payment_grade as earlier_value,
        -payment_grade as rank_value,
        invoice_count as row_count
    from weighed
    union all
    select
        customer_id,
        5 as dimension_no,
        'satisfaction' as dimension_code,
        null as value_code,
        satisfaction_stars as value,
        earlier_satisfaction_stars as earlier_value,
        satisfaction_stars as rank_value,
        rating_count as row_count
    from weighed

)

select
    dimensions.customer_id || '/' || dimensions.dimension_code as customer_dimension_id,
    dimensions.customer_id,
    customers.customer_name,
    customers.segment_code,
    {{ as_of_on() }} as as_of_on,
    {{ reporting_currency() }} as currency_code,
    cast(dimensions.dimension_no as bigint) as dimension_no,
    dimensions.dimension_code,
    dimensions.value_code,
    cast(round(dimensions.value, 4) as decimal(22, 4)) as dimension_value,
    cast(round(dimensions.value - dimensions.earlier_value, 4) as decimal(22, 4)) as trend_value,
    {{ peer_share('round(dimensions.rank_value, 4)', 'dimensions.dimension_code, customers.segment_code') }} as peer_share,
    count(dimensions.rank_value) over (partition by dimensions.dimension_code, customers.segment_code) as peer_count,
    cast(dimensions.row_count as bigint) as row_count
from dimensions
inner join customers on dimensions.customer_id = customers.customer_id
