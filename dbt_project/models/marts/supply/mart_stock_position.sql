with

levels as (

    select * from {{ ref('fct_stock_level') }}
    where is_current

),

demand as (

    select * from {{ ref('int_stock_demand') }}

),

products as (

    select * from {{ ref('dim_product') }}

),

warehouses as (

    select * from {{ ref('dim_warehouse') }}

),

places as (

    select * from {{ ref('int_stock_position') }}

),

-- The first month of the forecast that lies ahead, as pieces a day.
forecasts as (

    select
        product_id,
        min_by(quantity_p10, period_on) as quantity_p10,
        min_by(quantity_p50, period_on) as quantity_p50,
        min_by(quantity_p80, period_on) as quantity_p80,
        min_by(quantity_p90, period_on) as quantity_p90,
        day(last_day(min(period_on))) as month_days
    from {{ source('ml', 'ml_demand_forecast') }}
    where as_of_on = {{ as_of_on() }} and last_day(period_on) > {{ as_of_on() }}
    group by product_id

),

joined as (

    select
        places.warehouse_id,
        places.product_id,
        places.quantity_on_hand,
        places.quantity_reserved,
        places.quantity_claimed,
        places.quantity_in_production,
        places.quantity_on_order,
        coalesce(levels.quantity_idle, 0) as quantity_idle,
        levels.unit_cost_reporting_amount,
        case when levels.stock_level_id is null then 0 else levels.stock_amount end as stock_amount,
        case when levels.stock_level_id is null then 0 else levels.idle_amount end as idle_amount,
        levels.last_issued_on,
        levels.still_days,
        levels.counted_on,
        coalesce(levels.is_idle, false) as is_idle,
        coalesce(levels.is_count_due, false) as is_count_due,
        forecasts.quantity_p50 is not null and demand.order_issue_share is not null as has_forecast,
        demand.demand_method_code,
        demand.daily_demand_quantity as daily_issue_quantity,
        demand.daily_other_quantity,
        demand.demand_deviation_quantity,
        coalesce(demand.lead_time_days, products.lead_time_days) as lead_time_days,
        coalesce(demand.lead_time_deviation_days, 0) as lead_time_deviation_days,
        coalesce(demand.lead_time_count, 0) as lead_time_count,
        demand.is_lumpy,
        demand.lead_demand_quantity,
        demand.order_issue_share / cast(forecasts.month_days as double) as daily_factor,
        forecasts.quantity_p10,
        forecasts.quantity_p50,
        forecasts.quantity_p80,
        forecasts.quantity_p90
    from places
    left join levels on places.warehouse_id = levels.warehouse_id and places.product_id = levels.product_id
    left join demand on places.warehouse_id = demand.warehouse_id and places.product_id = demand.product_id
    left join forecasts on places.product_id = forecasts.product_id
    left join products on places.product_id = products.product_id

),

paced as (

    select
        joined.*,
        cast(quantity_on_hand - quantity_reserved - quantity_claimed as decimal(18, 3)) as quantity_available,
        cast(quantity_on_hand + quantity_on_order - quantity_reserved - quantity_claimed as decimal(18, 3))
            as quantity_position,
        -- The forecast knows of customers' orders; what is drawn for other work goes on as it did.
        cast(
            round(
                case
                    when has_forecast then quantity_p50 * daily_factor + daily_other_quantity
                    else coalesce(daily_issue_quantity, 0)
                end, 6
            ) as decimal(18, 6)
        ) as daily_demand_quantity
    from joined

),

buffered as (

    select
        paced.*,
        -- Seldom and in lots of any size: what the past lead times really asked for, where no forecast knows better.
        case
            when is_lumpy and not has_forecast and lead_demand_quantity is not null then 'empirical'
            when lead_time_days is not null and demand_deviation_quantity is not null then 'normal'
            else 'none'
        end as safety_method_code,
        cast(
            round(
                case
                    when is_lumpy and not has_forecast and lead_demand_quantity is not null
                        then greatest(lead_demand_quantity - daily_demand_quantity * lead_time_days, 0)
                    else {{
                        safety_stock(
                            'cast(daily_demand_quantity as double)', 'cast(demand_deviation_quantity as double)',
                            'cast(lead_time_days as double)', 'cast(lead_time_deviation_days as double)'
                        )
                    }}
                end, 2
            ) as decimal(18, 2)
        ) as safety_stock_quantity,
        -- Demand over the lead time that would just empty the position, less the part no forecast covers.
        (quantity_position - daily_other_quantity * lead_time_days) / nullif(daily_factor * lead_time_days, 0)
            as emptying_quantity,
        (quantity_position - daily_demand_quantity * lead_time_days)
        / nullif(
            sqrt(
                cast(lead_time_days as double) * cast(demand_deviation_quantity as double) ** 2
                + cast(daily_demand_quantity as double) ** 2 * cast(lead_time_deviation_days as double) ** 2
            ), 0
        ) as deviations
    from paced

),

risked as (

    select
        buffered.*,
        cast(round(daily_demand_quantity * lead_time_days + safety_stock_quantity, 2) as decimal(18, 2))
            as reorder_point_quantity,
        case
            when lead_time_days is null or demand_deviation_quantity is null then null
            -- Straight lines between the quantiles; beyond the last as far as that lies from the median.
            when has_forecast and emptying_quantity is not null then
                case
                    when emptying_quantity < 0 then 1
                    when emptying_quantity < quantity_p10 then 1 - 0.1 * emptying_quantity / quantity_p10
                    when emptying_quantity < quantity_p50
                        then 0.9 - 0.4 * (emptying_quantity - quantity_p10) / (quantity_p50 - quantity_p10)
                    when emptying_quantity < quantity_p80
                        then 0.5 - 0.3 * (emptying_quantity - quantity_p50) / (quantity_p80 - quantity_p50)
                    when emptying_quantity < quantity_p90
                        then 0.2 - 0.1 * (emptying_quantity - quantity_p80) / (quantity_p90 - quantity_p80)
                    when emptying_quantity < 2 * quantity_p90 - quantity_p50
                        then 0.1 - 0.1 * (emptying_quantity - quantity_p90) / (quantity_p90 - quantity_p50)
                    else 0
                end
            -- Without any spread the position either lasts or does not.
            when deviations is null then case when quantity_position < daily_demand_quantity * lead_time_days then 1 else 0 end
            else 1 - {{ normal_share('greatest(-8, least(8, deviations))') }}
        end as stockout_probability
    from buffered

)

select
    risked.warehouse_id || '/' || risked.product_id as stock_position_id,
    risked.warehouse_id,
    warehouses.name as warehouse_name,
    warehouses.region_code,
    risked.product_id,
    products.name as product_name,
    products.category_code,
    products.unit_code,
    {{ as_of_on() }} as as_of_on,
    {{ reporting_currency() }} as currency_code,
    risked.quantity_on_hand,
    risked.quantity_reserved,
    risked.quantity_claimed,
    risked.quantity_available,
    risked.quantity_in_production,
    risked.quantity_on_order,
    risked.quantity_position,
    risked.unit_cost_reporting_amount as unit_cost_amount,
    cast(risked.stock_amount as decimal(18, 2)) as stock_amount,
    cast(risked.quantity_idle as decimal(18, 3)) as quantity_idle,
    cast(risked.idle_amount as decimal(18, 2)) as idle_amount,
    {{ share('risked.idle_amount', 'risked.stock_amount') }} as idle_share,
    risked.is_idle,
    risked.last_issued_on,
    risked.still_days,
    risked.counted_on,
    risked.is_count_due,
    case when risked.has_forecast then 'forecast' else coalesce(risked.demand_method_code, 'none') end
        as demand_method_code,
    risked.daily_demand_quantity,
    cast(coalesce(risked.demand_deviation_quantity, 0) as decimal(18, 4)) as demand_deviation_quantity,
    cast(risked.lead_time_days as decimal(12, 2)) as lead_time_days,
    cast(risked.lead_time_deviation_days as decimal(12, 2)) as lead_time_deviation_days,
    risked.lead_time_count,
    risked.safety_method_code,
    risked.safety_stock_quantity,
    risked.reorder_point_quantity,
    cast(
        round(
            greatest(risked.quantity_available, 0) / nullif(cast(risked.daily_demand_quantity as double), 0), 1
        ) as decimal(12, 1)
    ) as supply_days,
    cast(round(risked.stockout_probability, 3) as decimal(9, 3)) as stockout_share,
    case
        when risked.stockout_probability is null then 'no_data'
        when risked.stockout_probability >= {{ figure_default('stockout_bad_share') }} then 'bad'
        when risked.stockout_probability >= {{ figure_default('stockout_watch_share') }} then 'watch'
        else 'good'
    end as stockout_code,
    coalesce(risked.quantity_position < risked.reorder_point_quantity, false) as is_short
from risked
left join products on risked.product_id = products.product_id
left join warehouses on risked.warehouse_id = warehouses.warehouse_id
