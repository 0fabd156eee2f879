with

history as (

    select * from {{ ref('int_product_month') }}

),

forecasts as (

    select * from {{ source('ml', 'ml_demand_forecast') }}
    where as_of_on = {{ as_of_on() }}

),

products as (

    select * from {{ ref('dim_product') }}

),

joined as (

    select
        coalesce(history.product_id, forecasts.product_id) as product_id,
        coalesce(history.period_on, forecasts.period_on) as period_on,
        history.quantity as quantity_actual,
        coalesce(history.order_line_count, 0) as order_line_count,
        forecasts.product_id is not null as is_forecast,
        forecasts.quantity_p10,
        forecasts.quantity_p50,
        forecasts.quantity_p80,
        forecasts.quantity_p90,
        forecasts.method_code,
        forecasts.horizon_months,
        forecasts.history_months
    from history
    full outer join forecasts
        on history.product_id = forecasts.product_id and history.period_on = forecasts.period_on

)

select
    joined.product_id || '/' || strftime(joined.period_on, '%Y-%m') as product_month_id,
    joined.product_id,
    products.name as product_name,
    products.category_code,
    products.unit_code,
    joined.period_on,
    {{ as_of_on() }} as as_of_on,
    joined.is_forecast,
    last_day(joined.period_on) <= {{ as_of_on() }} as is_whole_month,
    joined.quantity_actual,
    joined.order_line_count,
    cast(joined.quantity_p10 as decimal(18, 3)) as quantity_p10,
    cast(joined.quantity_p50 as decimal(18, 3)) as quantity_p50,
    cast(joined.quantity_p80 as decimal(18, 3)) as quantity_p80,
    cast(joined.quantity_p90 as decimal(18, 3)) as quantity_p90,
    joined.method_code,
    cast(joined.horizon_months as bigint) as horizon_months,
    cast(joined.history_months as bigint) as history_months
from joined
left join products on joined.product_id = products.product_id
