with

orders as (

    select
        *,
        {{ local_date('confirmed_at', "(select build_context.time_zone from " ~ source('build', 'build_context') ~ " as build_context)") }}
            as confirmed_on
    from {{ ref('fct_order') }}
    where not is_cancelled

),

lines as (

    select * from {{ ref('fct_order_line') }}
    where kind_code = 'sale' and not is_cancelled

),

products as (

    select * from {{ ref('dim_product') }}

),

context as (

    -- The last instant of the business date, in UTC as the systems' stamps are.
    select
        build_context.as_of_on,
        timezone('UTC', timezone(build_context.time_zone, cast(build_context.as_of_on + 1 as timestamp))) as ends_at
    from {{ source('build', 'build_context') }} as build_context

),

productions as (

    select
        stg_mes__production_orders.order_id,
        stg_mes__production_orders.line_no,
        stg_mes__production_orders.product_id,
        min(stg_mes__production_orders.received_at) as received_at,
        bool_and(stg_mes__production_orders.status_code = 'cancelled') as is_refused
    from {{ ref('stg_mes__production_orders') }} as stg_mes__production_orders
    cross join context
    where stg_mes__production_orders.received_at < context.ends_at
    group by all

),

picks as (

    select
        stg_wms__picks.order_id,
        stg_wms__picks.line_no,
        min(stg_wms__picks.received_at) as received_at,
        bool_and(stg_wms__picks.status_code = 'cancelled') as is_refused
    from {{ ref('stg_wms__picks') }} as stg_wms__picks
    cross join context
    where stg_wms__picks.received_at < context.ends_at
    group by all

),

-- What the factory has made once, it makes: a product or, for a new one, its category.
made_categories as (

    select distinct products.category_code
    from products
    semi join productions on products.product_id = productions.product_id

),

made_products as (

    select product_id from productions
    union
    select products.product_id
    from products
    semi join made_categories on products.category_code = made_categories.category_code

),

-- A system that names no line holds the whole order.
line_states as (

    select
        lines.order_line_id,
        lines.order_id,
        made_products.product_id is not null as is_made,
        least(min(productions.received_at), min(whole_productions.received_at)) as in_production_at,
        coalesce(bool_and(coalesce(productions.is_refused, whole_productions.is_refused)), false) as is_refused,
        least(min(picks.received_at), min(whole_picks.received_at)) as in_warehouse_at,
        coalesce(bool_and(coalesce(picks.is_refused, whole_picks.is_refused)), false) as is_pick_refused
    from lines
    left join made_products on lines.product_id = made_products.product_id
    left join productions on lines.order_id = productions.order_id and lines.line_no = productions.line_no
    left join productions as whole_productions
        on lines.order_id = whole_productions.order_id and whole_productions.line_no is null
    left join picks on lines.order_id = picks.order_id and lines.line_no = picks.line_no
    left join picks as whole_picks on lines.order_id = whole_picks.order_id and whole_picks.line_no is null
    group by lines.order_line_id, lines.order_id, made_products.product_id

),

order_states as (

    select
        order_id,
        count(*) as line_count,
        count(*) filter (is_made) as made_line_count,
        count(*) filter (is_made and in_production_at is not null and not is_refused) as production_line_count,
        count(*) filter (in_warehouse_at is not null and not is_pick_refused) as pick_line_count,
        count(*) filter (
            (not is_made or (in_production_at is not null and not is_refused))
            and in_warehouse_at is not null and not is_pick_refused
        ) as synced_line_count,
        max(in_production_at) filter (is_made) as in_production_at,
        max(in_warehouse_at) as in_warehouse_at,
        max(case when is_made then greatest(in_production_at, in_warehouse_at) else in_warehouse_at end) as synced_at,
        coalesce(bool_or(is_refused and is_made), false) as has_refused_production,
        coalesce(bool_or(is_pick_refused), false) as has_refused_pick
    from line_states
    group by order_id

),

joined as (

    select
        orders.order_id,
        orders.customer_id,
        orders.project_id,
        orders.status_code,
        orders.confirmed_at,
        orders.confirmed_on,
        coalesce(order_states.line_count, 0) as line_count,
        coalesce(order_states.made_line_count, 0) as made_line_count,
        coalesce(order_states.production_line_count, 0) as production_line_count,
        coalesce(order_states.pick_line_count, 0) as pick_line_count,
        coalesce(order_states.synced_line_count, 0) as synced_line_count,
        order_states.in_production_at,
        order_states.in_warehouse_at,
        order_states.synced_at,
        coalesce(order_states.has_refused_production, false) as has_refused_production,
        coalesce(order_states.has_refused_pick, false) as has_refused_pick,
        orders.confirmed_on <= context.as_of_on - cast({{ figure_default('order_sync_days') }} as integer) as is_due,
        coalesce(order_states.line_count, 0) > 0 and order_states.synced_line_count = order_states.line_count as is_synced,
        context.ends_at
    from orders
    cross join context
    left join order_states on orders.order_id = order_states.order_id
    where orders.confirmed_at < context.ends_at

)

select
    order_id,
    customer_id,
    project_id,
    status_code,
    {{ as_of_on() }} as as_of_on,
    confirmed_at,
    confirmed_on,
    cast(date_trunc('month', confirmed_on) as date) as confirmed_month_on,
    line_count,
    made_line_count,
    production_line_count,
    pick_line_count,
    case when is_due then line_count - synced_line_count end as stuck_line_count,
    in_production_at,
    in_warehouse_at,
    -- There before the confirmation was written down: nobody waited.
    cast(
        case when is_synced then round(greatest(date_diff('second', confirmed_at, synced_at), 0) / 3600.0, 2) end
        as decimal(12, 2)
    ) as lag_hours,
    case
        when not is_synced then cast(round(date_diff('second', confirmed_at, ends_at) / 3600.0, 2) as decimal(12, 2))
    end as waiting_hours,
    is_due,
    is_synced,
    is_due and not is_synced as is_stuck,
    case when is_due then {{ share('case when is_synced then 1 else 0 end', '1') }} end as synced_share,
    case
        when is_synced then 'synced'
        when not is_due then 'waiting'
        else 'stuck'
    end as state_code,
    case
        when is_synced or not is_due then null
        when line_count = 0 then 'no_lines'
        when has_refused_production then 'production_cancelled'
        when has_refused_pick then 'pick_cancelled'
        when production_line_count < made_line_count and pick_line_count < line_count then 'in_neither'
        when production_line_count < made_line_count then 'not_in_mes'
        else 'not_in_wms'
    end as stuck_reason_code
from joined
