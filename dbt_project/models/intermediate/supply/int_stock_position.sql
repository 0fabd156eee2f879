{#-
    What each warehouse has of a product, what comes to it and what of it is promised. Read by the forecasts too, so
    that a warning and a position count the same pieces.
-#}
with

levels as (

    select * from {{ ref('fct_stock_level') }}
    where is_current

),

warehouses as (

    select * from {{ ref('dim_warehouse') }}

),

receipt_lines as (

    select * from {{ ref('fct_receipt_line') }}
    where warehouse_id is not null

),

-- Nobody writes where an order will be delivered: where its first part came in, else where the product usually does.
order_places as (

    select
        purchase_order_id,
        min_by(warehouse_id, (received_on, receipt_id)) as warehouse_id
    from receipt_lines
    group by purchase_order_id

),

product_places as (

    select
        product_id,
        warehouse_id
    from receipt_lines
    where product_id is not null
    group by product_id, warehouse_id
    qualify row_number() over (partition by product_id order by sum(quantity_received) desc, warehouse_id) = 1

),

open_purchases as (

    select
        coalesce(order_places.warehouse_id, product_places.warehouse_id, central.warehouse_id) as warehouse_id,
        lines.product_id,
        sum(lines.quantity_open) as quantity
    from {{ ref('fct_purchase_line') }} as lines
    left join order_places on lines.purchase_order_id = order_places.purchase_order_id
    left join product_places on lines.product_id = product_places.product_id
    left join warehouses as central on central.preference_no = 1
    where not lines.is_cancelled and lines.quantity_open > 0 and lines.product_id is not null
    group by all

),

context as (

    select
        build_context.as_of_on,
        timezone('UTC', timezone(build_context.time_zone, cast(build_context.as_of_on + 1 as timestamp))) as ends_at
    from {{ source('build', 'build_context') }} as build_context

),

picks as (

    select stg_wms__picks.*
    from {{ ref('stg_wms__picks') }} as stg_wms__picks
    cross join context
    where stg_wms__picks.received_at < context.ends_at and stg_wms__picks.status_code is distinct from 'cancelled'

),

-- Goods in production go to the warehouse that will pick them, else to the central one.
open_production as (

    select
        coalesce(order_picks.warehouse_id, central.warehouse_id) as warehouse_id,
        productions.product_id,
        sum(greatest(productions.quantity_planned - coalesce(productions.quantity_finished, 0), 0)) as quantity
    from {{ ref('stg_mes__production_orders') }} as productions
    cross join context
    left join (
        select
            order_id,
            product_id,
            min(warehouse_id) as warehouse_id
        from picks
        group by order_id, product_id
    ) as order_picks
        on productions.order_id = order_picks.order_id and productions.product_id = order_picks.product_id
    left join warehouses as central on central.preference_no = 1
    where
        productions.received_at < context.ends_at
        and productions.status_code is distinct from 'cancelled'
        and (productions.finished_at is null or productions.finished_at >= context.ends_at)
        and productions.status_code is distinct from 'finished'
    group by all

),

-- What a customer's order waits for without having reserved it.
claims as (

    select
        picks.warehouse_id,
        picks.product_id,
        sum(greatest(picks.quantity_requested - coalesce(picks.quantity_picked, 0), 0)) as quantity
    from picks
    cross join context
    anti join {{ ref('stg_erp__reservations') }} as reservations
        on picks.order_id = reservations.order_id and picks.product_id = reservations.product_id
    where
        (picks.picked_at is null or picks.picked_at >= context.ends_at)
        and picks.status_code is distinct from 'picked'
    group by picks.warehouse_id, picks.product_id

),

places as (

    select warehouse_id, product_id from levels
    union
    select warehouse_id, product_id from open_purchases
    where warehouse_id is not null
    union
    select warehouse_id, product_id from open_production
    where warehouse_id is not null
    union
    select warehouse_id, product_id from claims

)

select
    places.warehouse_id || '/' || places.product_id as stock_position_id,
    places.warehouse_id,
    places.product_id,
    cast(coalesce(levels.quantity_on_hand, 0) as decimal(18, 3)) as quantity_on_hand,
    cast(coalesce(levels.quantity_reserved, 0) as decimal(18, 3)) as quantity_reserved,
    cast(coalesce(claims.quantity, 0) as decimal(18, 3)) as quantity_claimed,
    cast(coalesce(open_production.quantity, 0) as decimal(18, 3)) as quantity_in_production,
    cast(coalesce(open_purchases.quantity, 0) + coalesce(open_production.quantity, 0) as decimal(18, 3))
        as quantity_on_order
from places
left join levels on places.warehouse_id = levels.warehouse_id and places.product_id = levels.product_id
left join open_purchases
    on places.warehouse_id = open_purchases.warehouse_id and places.product_id = open_purchases.product_id
left join open_production
    on places.warehouse_id = open_production.warehouse_id and places.product_id = open_production.product_id
left join claims on places.warehouse_id = claims.warehouse_id and places.product_id = claims.product_id
