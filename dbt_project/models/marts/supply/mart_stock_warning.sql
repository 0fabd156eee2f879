with

peaks as (

    select * from {{ source('ml', 'ml_stock_risk') }}
    where as_of_on = {{ as_of_on() }}

),

products as (

    select * from {{ ref('dim_product') }}

),

costs as (

    select
        product_id,
        max(unit_cost_reporting_amount) as unit_cost_amount
    from {{ ref('fct_stock_level') }}
    where is_current
    group by product_id

)

select
    peaks.product_id || '/' || strftime(peaks.period_on, '%Y-%m') as stock_warning_id,
    peaks.product_id,
    products.name as product_name,
    products.category_code,
    products.unit_code,
    peaks.period_on,
    peaks.peak_on,
    peaks.ahead_days,
    peaks.as_of_on,
    {{ reporting_currency() }} as currency_code,
    cast(peaks.quantity_usual as decimal(18, 3)) as quantity_usual,
    cast(peaks.quantity_p80 as decimal(18, 3)) as quantity_p80,
    cast(peaks.safety_stock_quantity as decimal(18, 3)) as safety_stock_quantity,
    cast(peaks.quantity_on_hand as decimal(18, 3)) as quantity_on_hand,
    cast(peaks.quantity_on_order as decimal(18, 3)) as quantity_on_order,
    cast(peaks.quantity_short as decimal(18, 3)) as quantity_short,
    costs.unit_cost_amount,
    cast(cast(peaks.quantity_short as decimal(18, 3)) * costs.unit_cost_amount as decimal(18, 2)) as short_amount,
    peaks.order_by_on,
    peaks.order_by_on < peaks.as_of_on as is_order_late,
    peaks.is_short,
    peaks.is_told,
    peaks.told_on
from peaks
left join products on peaks.product_id = products.product_id
left join costs on peaks.product_id = costs.product_id
