{#-
    Excess and need of a product laid end to end on one line each, the richest giver first, the most urgent receiver
    first; where two stretches overlap, that much goes from the one to the other. So nobody gives more than its excess.
-#}
with

positions as (

    select * from {{ ref('mart_stock_position') }}

),

products as (

    select * from {{ ref('dim_product') }}

),

tariffs as (

    select * from {{ ref('stg_ref__freight_tariffs') }}
    where
        coalesce(valid_from_on <= {{ as_of_on() }}, true)
        and coalesce(valid_to_on >= {{ as_of_on() }}, true)

),

rates as (

    select * from {{ ref('int_exchange_rate') }}

),

-- Whole pieces that can leave at once and leave the giver its reorder point, of its position too.
givers as (

    select
        stock_position_id,
        warehouse_id,
        product_id,
        region_code,
        floor(least(quantity_available, quantity_position) - coalesce(reorder_point_quantity, 0)) as quantity
    from positions
    where floor(least(quantity_available, quantity_position) - coalesce(reorder_point_quantity, 0)) > 0

),

takers as (

    select
        stock_position_id,
        warehouse_id,
        product_id,
        region_code,
        stockout_share,
        ceil(reorder_point_quantity - quantity_position) as quantity
    from positions
    where is_short

),

laid_givers as (

    select
        *,
        sum(quantity) over (
            partition by product_id order by quantity desc, warehouse_id
            rows between unbounded preceding and current row
        ) as ends_at_quantity
    from givers

),

laid_takers as (

    select
        *,
        sum(quantity) over (
            partition by product_id order by stockout_share desc nulls last, warehouse_id
            rows between unbounded preceding and current row
        ) as ends_at_quantity
    from takers

),

matched as (

    select
        giver.stock_position_id as from_position_id,
        taker.stock_position_id as to_position_id,
        giver.warehouse_id as from_warehouse_id,
        taker.warehouse_id as to_warehouse_id,
        giver.region_code as from_region_code,
        taker.region_code as to_region_code,
        giver.product_id,
        least(giver.ends_at_quantity, taker.ends_at_quantity)
        - greatest(giver.ends_at_quantity - giver.quantity, taker.ends_at_quantity - taker.quantity) as quantity
    from laid_givers as giver
    inner join laid_takers as taker
        on
            giver.product_id = taker.product_id
            and giver.ends_at_quantity > taker.ends_at_quantity - taker.quantity
            and taker.ends_at_quantity > giver.ends_at_quantity - giver.quantity

),

weighed as (

    select
        matched.*,
        cast(products.weight_kg as decimal(18, 3)) * matched.quantity as weight_kg
    from matched
    left join products on matched.product_id = products.product_id

),

-- The cheapest tariff whose weight bracket fits.
freights as (

    select
        weighed.from_position_id,
        weighed.to_position_id,
        min_by(tariffs.tariff_id, (tariffs.base_amount + tariffs.price_per_kg_amount * weighed.weight_kg, tariffs.tariff_id))
            as tariff_id
    from weighed
    inner join tariffs
        on
            weighed.from_region_code = tariffs.origin_region_code
            and weighed.to_region_code = tariffs.destination_region_code
            and weighed.weight_kg >= coalesce(tariffs.min_weight_kg, 0)
            and weighed.weight_kg < coalesce(tariffs.max_weight_kg, 'infinity'::double)
    group by weighed.from_position_id, weighed.to_position_id

),

priced as (

    select
        weighed.*,
        {{ as_of_on() }} as priced_on,
        tariffs.tariff_id,
        tariffs.transit_days,
        tariffs.currency_code as freight_currency_code,
        cast(
            coalesce(tariffs.base_amount, 0) + coalesce(tariffs.price_per_kg_amount, 0) * weighed.weight_kg
            as decimal(18, 2)
        ) as freight_amount
    from weighed
    left join freights
        on weighed.from_position_id = freights.from_position_id and weighed.to_position_id = freights.to_position_id
    left join tariffs on freights.tariff_id = tariffs.tariff_id

),

converted as (

    select
        priced.*,
        case
            when priced.tariff_id is not null
                then {{ converted('priced.freight_amount', 'priced.freight_currency_code', 'rates.rate') }}
        end as freight_reporting_amount
    from priced
    asof left join rates on priced.freight_currency_code = rates.currency_code and priced.priced_on >= rates.rate_on

)

select
    converted.from_position_id || '>' || converted.to_warehouse_id as transfer_proposal_id,
    {{ as_of_on() }} as as_of_on,
    converted.product_id,
    giver.product_name,
    giver.unit_code,
    converted.from_position_id,
    converted.from_warehouse_id,
    giver.warehouse_name as from_warehouse_name,
    converted.to_position_id,
    converted.to_warehouse_id,
    taker.warehouse_name as to_warehouse_name,
    cast(converted.quantity as decimal(18, 3)) as quantity,
    least(giver.quantity_available, giver.quantity_position) as from_quantity_available,
    giver.reorder_point_quantity as from_reorder_point_quantity,
    taker.quantity_position as to_quantity_position,
    taker.reorder_point_quantity as to_reorder_point_quantity,
    taker.stockout_share as to_stockout_share,
    giver.is_idle as is_idle_stock,
    cast(converted.weight_kg as decimal(18, 3)) as weight_kg,
    converted.tariff_id,
    converted.transit_days,
    {{ reporting_currency() }} as currency_code,
    cast(converted.quantity * giver.unit_cost_amount as decimal(18, 2)) as goods_amount,
    converted.freight_reporting_amount as freight_amount,
    {{ share('converted.freight_reporting_amount', 'converted.quantity * giver.unit_cost_amount') }} as freight_share
from converted
inner join positions as giver on converted.from_position_id = giver.stock_position_id
inner join positions as taker on converted.to_position_id = taker.stock_position_id
