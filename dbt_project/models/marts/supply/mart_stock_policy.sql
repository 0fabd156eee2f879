with

policies as (

    select * from {{ source('ml', 'ml_stock_forecast') }}
    where as_of_on = {{ as_of_on() }}

),

products as (

    select * from {{ ref('dim_product') }}

),

stock as (

    select
        product_id,
        sum(quantity_on_hand) as quantity_on_hand,
        sum(quantity_on_order) as quantity_on_order,
        sum(quantity_on_hand + quantity_on_order - quantity_reserved - quantity_claimed) as quantity_position
    from {{ ref('int_stock_position') }}
    group by product_id

)

select
    policies.product_id,
    products.name as product_name,
    products.category_code,
    products.unit_code,
    policies.as_of_on,
    policies.method_code,
    policies.class_code,
    cast(policies.service_share as decimal(9, 4)) as service_share,
    cast(policies.lead_time_days as decimal(12, 2)) as lead_time_days,
    cast(policies.lead_time_deviation_days as decimal(12, 2)) as lead_time_deviation_days,
    cast(policies.lead_time_p90_days as decimal(12, 2)) as lead_time_p90_days,
    policies.lead_time_count,
    policies.lead_time_source_code,
    cast(policies.lead_demand_quantity as decimal(18, 3)) as lead_demand_quantity,
    cast(policies.safety_stock_quantity as decimal(18, 3)) as safety_stock_quantity,
    cast(policies.reorder_point_quantity as decimal(18, 3)) as reorder_point_quantity,
    cast(coalesce(stock.quantity_on_hand, 0) as decimal(18, 3)) as quantity_on_hand,
    cast(coalesce(stock.quantity_on_order, 0) as decimal(18, 3)) as quantity_on_order,
    cast(coalesce(stock.quantity_position, 0) as decimal(18, 3)) as quantity_position,
    coalesce(coalesce(stock.quantity_position, 0) < policies.reorder_point_quantity, false) as is_below
from policies
left join products on policies.product_id = products.product_id
left join stock on policies.product_id = stock.product_id
