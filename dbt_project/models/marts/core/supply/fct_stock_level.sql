{#-
    What lay in each warehouse: as counted, the last count of each month, and for the business date the newest count
    carried on by the movements since. What a count leaves out is not there.
-#}
with

counts as (

    select * from {{ ref('stg_erp__inventory') }}
    where stock_on <= {{ as_of_on() }}

),

products as (

    select * from {{ ref('stg_erp__products') }}

),

movements as (

    select
        stg_erp__stock_movements.warehouse_id,
        stg_erp__stock_movements.product_id,
        {{ local_date('stg_erp__stock_movements.moved_at', 'build_context.time_zone') }} as moved_on,
        stg_erp__stock_movements.kind_code,
        case
            when stg_erp__stock_movements.kind_code in ('issue', 'transfer_out') then -abs(stg_erp__stock_movements.quantity)
            when stg_erp__stock_movements.kind_code in ('receipt', 'transfer_in', 'return')
                then abs(stg_erp__stock_movements.quantity)
            else stg_erp__stock_movements.quantity
        end as quantity
    from {{ ref('stg_erp__stock_movements') }} as stg_erp__stock_movements
    cross join {{ source('build', 'build_context') }} as build_context

),

known_movements as (

    select * from movements
    where moved_on <= {{ as_of_on() }}

),

reservations as (

    select
        *,
        -- Released on a day nobody wrote down: it held nothing on any day we could name.
        coalesce(
            released_on, case when coalesce(status_code, 'open') = 'open' then date '9999-12-31' else reserved_on end
        ) as held_until_on
    from {{ ref('stg_erp__reservations') }}
    where reserved_on <= {{ as_of_on() }}

),

month_counts as (

    select * from counts
    where date_trunc('month', stock_on) < date_trunc('month', {{ as_of_on() }})
    qualify row_number() over (partition by warehouse_id, product_id, date_trunc('month', stock_on) order by stock_on desc) = 1

),

newest_counts as (

    select * from counts
    qualify row_number() over (partition by warehouse_id, product_id order by stock_on desc) = 1

),

places as (

    select warehouse_id, product_id from newest_counts
    union
    select warehouse_id, product_id from known_movements
    union
    select warehouse_id, product_id from reservations
    where warehouse_id is not null and held_until_on > {{ as_of_on() }}

),

carried as (

    select
        places.warehouse_id,
        places.product_id,
        coalesce(sum(movements.quantity), 0) as quantity_moved
    from places
    left join newest_counts
        on places.warehouse_id = newest_counts.warehouse_id and places.product_id = newest_counts.product_id
    left join known_movements as movements
        on
            places.warehouse_id = movements.warehouse_id
            and places.product_id = movements.product_id
            and movements.moved_on > coalesce(newest_counts.stock_on, date '0001-01-01')
    group by places.warehouse_id, places.product_id

),

levels as (

    select
        warehouse_id,
        product_id,
        stock_on,
        stock_on as counted_on,
        quantity_on_hand,
        quantity_reserved as quantity_reserved_told,
        unit_cost_amount,
        currency_code,
        last_issued_on,
        last_received_on,
        false as is_current
    from month_counts
    union all by name
    select
        carried.warehouse_id,
        carried.product_id,
        {{ as_of_on() }} as stock_on,
        newest_counts.stock_on as counted_on,
        coalesce(newest_counts.quantity_on_hand, 0) + carried.quantity_moved as quantity_on_hand,
        newest_counts.quantity_reserved as quantity_reserved_told,
        newest_counts.unit_cost_amount,
        newest_counts.currency_code,
        newest_counts.last_issued_on,
        newest_counts.last_received_on,
        true as is_current
    from carried
    left join newest_counts
        on carried.warehouse_id = newest_counts.warehouse_id and carried.product_id = newest_counts.product_id

),

issue_days as (

    select distinct warehouse_id, product_id, moved_on from known_movements
    where kind_code = 'issue'

),

-- Goods never issued lie idle from the day they were first seen.
first_seen as (

    select
        warehouse_id,
        product_id,
        min(seen_on) as first_seen_on
    from (
        select warehouse_id, product_id, moved_on as seen_on from known_movements
        union all
        select warehouse_id, product_id, least(stock_on, last_received_on) as seen_on from counts
    ) as sightings
    group by warehouse_id, product_id

),

held as (

    select
        levels.warehouse_id,
        levels.product_id,
        levels.stock_on,
        sum(reservations.quantity) as quantity_held
    from levels
    inner join reservations
        on
            levels.warehouse_id = reservations.warehouse_id
            and levels.product_id = reservations.product_id
            and levels.stock_on between reservations.reserved_on and reservations.held_until_on - 1
    group by levels.warehouse_id, levels.product_id, levels.stock_on

),

rates as (

    select * from {{ ref('int_exchange_rate') }}

),

measured as (

    select
        levels.warehouse_id,
        levels.product_id,
        levels.stock_on,
        levels.counted_on,
        levels.is_current,
        -- Issued before it was booked in: less than nothing lies nowhere.
        cast(greatest(levels.quantity_on_hand, 0) as decimal(18, 3)) as quantity_on_hand,
        levels.quantity_on_hand < 0 as is_count_due,
        cast(coalesce(held.quantity_held, levels.quantity_reserved_told, 0) as decimal(18, 3)) as quantity_reserved,
        coalesce(levels.unit_cost_amount, products.standard_cost_amount) as unit_cost_amount,
        case when levels.unit_cost_amount is not null then levels.currency_code else products.currency_code end
            as currency_code,
        greatest(
            issue_days.moved_on, case when levels.last_issued_on <= levels.stock_on then levels.last_issued_on end
        ) as last_issued_on,
        first_seen.first_seen_on
    from levels
    asof left join issue_days
        on
            levels.warehouse_id = issue_days.warehouse_id
            and levels.product_id = issue_days.product_id
            and levels.stock_on >= issue_days.moved_on
    left join first_seen on levels.warehouse_id = first_seen.warehouse_id and levels.product_id = first_seen.product_id
    left join held
        on
            levels.warehouse_id = held.warehouse_id
            and levels.product_id = held.product_id
            and levels.stock_on = held.stock_on
    left join products on levels.product_id = products.product_id

),

valued as (

    select
        measured.*,
        date_diff('day', coalesce(measured.last_issued_on, measured.first_seen_on), measured.stock_on) as still_days,
        cast(
            case
                when measured.currency_code = {{ reporting_currency() }} then measured.unit_cost_amount
                else measured.unit_cost_amount * rates.rate
            end as decimal(18, 4)
        ) as unit_cost_reporting_amount
    from measured
    asof left join rates on measured.currency_code = rates.currency_code and measured.stock_on >= rates.rate_on

),

judged as (

    select
        valued.*,
        cast(
            case
                when still_days >= {{ figure_default('idle_days') }} then greatest(quantity_on_hand - quantity_reserved, 0)
                else 0
            end as decimal(18, 3)
        ) as quantity_idle
    from valued

)

select
    warehouse_id || '/' || product_id || '/' || stock_on as stock_level_id,
    warehouse_id,
    product_id,
    stock_on,
    cast(date_trunc('month', stock_on) as date) as stock_month_on,
    is_current,
    counted_on,
    quantity_on_hand,
    quantity_reserved,
    quantity_idle,
    last_issued_on,
    still_days,
    unit_cost_reporting_amount,
    cast(quantity_on_hand * unit_cost_reporting_amount as decimal(18, 2)) as stock_amount,
    cast(quantity_idle * unit_cost_reporting_amount as decimal(18, 2)) as idle_amount,
    quantity_idle > 0 as is_idle,
    is_count_due
from judged
