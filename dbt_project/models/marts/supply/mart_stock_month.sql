with

levels as (

    select * from {{ ref('fct_stock_level') }}

),

warehouses as (

    select * from {{ ref('dim_warehouse') }}

),

months as (

    select
        warehouse_id,
        stock_month_on as period_on,
        max(stock_on) as stock_on,
        count(*) filter (quantity_on_hand > 0) as stocked_product_count,
        count(*) filter (is_idle) as idle_product_count,
        count(*) filter (quantity_on_hand > 0 and stock_amount is null) as unvalued_product_count,
        cast(coalesce(sum(stock_amount), 0) as decimal(18, 2)) as stock_amount,
        cast(coalesce(sum(idle_amount), 0) as decimal(18, 2)) as idle_amount
    from levels
    group by warehouse_id, stock_month_on

)

select
    months.warehouse_id || '/' || strftime(months.period_on, '%Y-%m') as stock_month_id,
    months.warehouse_id,
    warehouses.name as warehouse_name,
    warehouses.region_code,
    months.period_on,
    months.stock_on,
    {{ as_of_on() }} as as_of_on,
    {{ reporting_currency() }} as currency_code,
    months.stocked_product_count,
    months.idle_product_count,
    months.unvalued_product_count,
    months.stock_amount,
    months.idle_amount,
    {{ share('months.idle_amount', 'months.stock_amount') }} as idle_share,
    year_ago.stock_amount as earlier_stock_amount,
    year_ago.idle_amount as earlier_idle_amount,
    {{ share('year_ago.idle_amount', 'year_ago.stock_amount') }} as earlier_idle_share,
    cast(
        round(
            100 * (
                months.idle_amount / nullif(cast(months.stock_amount as double), 0)
                - year_ago.idle_amount / nullif(cast(year_ago.stock_amount as double), 0)
            ), 2
        ) as decimal(9, 2)
    ) as idle_change_points,
    cast(
        round(
            (months.idle_amount / nullif(cast(months.stock_amount as double), 0))
            / nullif(year_ago.idle_amount / nullif(cast(year_ago.stock_amount as double), 0), 0) - 1, 6
        ) as decimal(12, 6)
    ) as idle_change_share
from months
left join months as year_ago
    on months.warehouse_id = year_ago.warehouse_id and months.period_on = year_ago.period_on + interval 12 month
left join warehouses on months.warehouse_id = warehouses.warehouse_id
