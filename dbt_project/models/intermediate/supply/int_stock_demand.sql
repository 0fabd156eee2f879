{#-
    How fast each warehouse gives its products out, and how long they take to come again. Means over the last 90 days
    where something went out in them, else over a year; shorter where the history is.
-#}
with

movements as (

    select
        moves.warehouse_id,
        moves.product_id,
        moves.order_id,
        {{ local_date('moves.moved_at', 'build_context.time_zone') }} as moved_on,
        moves.kind_code,
        abs(moves.quantity) as quantity
    from {{ ref('stg_erp__stock_movements') }} as moves
    cross join {{ source('build', 'build_context') }} as build_context

),

known_movements as (

    select
        *,
        date_diff('day', moved_on, {{ as_of_on() }}) as age_days
    from movements
    where moved_on <= {{ as_of_on() }}

),

spans as (

    select
        warehouse_id,
        product_id,
        cast(least(max(age_days) + 1, {{ figure_default('stock_recent_days') }}) as bigint) as recent_days,
        cast(least(max(age_days) + 1, {{ figure_default('stock_year_days') }}) as bigint) as year_days
    from known_movements
    group by warehouse_id, product_id

),

issue_days as (

    select
        warehouse_id,
        product_id,
        moved_on,
        age_days,
        sum(quantity) as quantity,
        sum(quantity) filter (order_id is null) as quantity_other
    from known_movements
    where kind_code = 'issue' and age_days < {{ figure_default('stock_year_days') }}
    group by warehouse_id, product_id, moved_on, age_days

),

issues as (

    select
        warehouse_id,
        product_id,
        count(*) as issue_day_count,
        sum(quantity) as quantity_year,
        coalesce(sum(quantity) filter (age_days < {{ figure_default('stock_recent_days') }}), 0) as quantity_recent,
        coalesce(sum(quantity_other), 0) as quantity_other_year,
        sum(quantity) - coalesce(sum(quantity_other), 0) as quantity_order_year,
        sum(quantity * quantity) as quantity_square_year
    from issue_days
    group by warehouse_id, product_id

),

lead_times as (

    select
        product_id,
        count(*) as lead_time_count,
        sum(lead_time_days) as lead_time_sum,
        sum(lead_time_days * lead_time_days) as lead_time_square_sum
    from {{ ref('fct_receipt_line') }}
    where lead_time_days is not null and product_id is not null
    group by product_id

),

products as (

    select * from {{ ref('dim_product') }}

),

joined as (

    select
        spans.warehouse_id,
        spans.product_id,
        spans.recent_days,
        spans.year_days,
        coalesce(issues.issue_day_count, 0) as issue_day_count,
        coalesce(issues.quantity_recent, 0) as quantity_recent,
        coalesce(issues.quantity_year, 0) as quantity_year,
        coalesce(issues.quantity_other_year, 0) as quantity_other_year,
        coalesce(issues.quantity_order_year, 0) as quantity_order_year,
        coalesce(issues.quantity_square_year, 0) as quantity_square_year,
        sum(issues.quantity_order_year) over (partition by spans.product_id) as quantity_order_everywhere,
        products.lead_time_days as told_lead_time_days,
        coalesce(lead_times.lead_time_count, 0) as lead_time_count,
        lead_times.lead_time_sum,
        lead_times.lead_time_square_sum
    from spans
    left join issues on spans.warehouse_id = issues.warehouse_id and spans.product_id = issues.product_id
    left join lead_times on spans.product_id = lead_times.product_id
    left join products on spans.product_id = products.product_id

),

timed as (

    select
        *,
        case
            when lead_time_count > 0 then lead_time_sum / cast(lead_time_count as double)
            else told_lead_time_days
        end as lead_time_days,
        -- Lumpy: seldom and in very different lots, where a bell curve tells nothing (Syntetos and Boylan's bounds).
        coalesce(
            year_days >= {{ figure_default('lumpy_interval_days') }} * issue_day_count
            and (quantity_square_year * issue_day_count - quantity_year * quantity_year)
            >= {{ figure_default('lumpy_variation') }} * quantity_year * quantity_year
            and issue_day_count > 1, false
        ) as is_lumpy
    from joined

),

-- What was issued in each stretch of one lead time within the year, every day one ending.
lumpy_days as (

    select
        timed.warehouse_id,
        timed.product_id,
        cast(greatest(ceil(timed.lead_time_days), 1) as bigint) as stretch_days,
        series.age_days
    from timed
    cross join range(cast({{ figure_default('stock_year_days') }} as bigint)) as series (age_days)
    where timed.is_lumpy and timed.lead_time_days is not null and series.age_days < timed.year_days

),

running as (

    select
        lumpy_days.*,
        coalesce(issue_days.quantity, 0) as quantity,
        sum(coalesce(issue_days.quantity, 0)) over (
            partition by lumpy_days.warehouse_id, lumpy_days.product_id order by lumpy_days.age_days
        ) as quantity_up_to
    from lumpy_days
    left join issue_days
        on
            lumpy_days.warehouse_id = issue_days.warehouse_id
            and lumpy_days.product_id = issue_days.product_id
            and lumpy_days.age_days = issue_days.age_days

),

stretches as (

    select
        newest.warehouse_id,
        newest.product_id,
        oldest.quantity_up_to - newest.quantity_up_to + newest.quantity as quantity
    from running as newest
    inner join running as oldest
        on
            newest.warehouse_id = oldest.warehouse_id
            and newest.product_id = oldest.product_id
            and newest.age_days + newest.stretch_days - 1 = oldest.age_days

),

lead_demands as (

    select
        warehouse_id,
        product_id,
        -- The least that covers 95 of 100 stretches; quantile_cont() takes no share from a seed.
        cast(
            list(quantity order by quantity)[cast(ceil({{ figure_default('stock_service_share') }} * count(*)) as bigint)]
            as decimal(18, 2)
        ) as lead_demand_quantity
    from stretches
    group by warehouse_id, product_id

)

select
    timed.warehouse_id || '/' || timed.product_id as stock_position_id,
    timed.warehouse_id,
    timed.product_id,
    case when quantity_recent > 0 then 'issues_90' when quantity_year > 0 then 'issues_365' else 'none' end
        as demand_method_code,
    issue_day_count,
    cast(
        round(
            case
                when quantity_recent > 0 then quantity_recent / cast(recent_days as double)
                else quantity_year / cast(year_days as double)
            end, 6
        ) as decimal(18, 6)
    ) as daily_demand_quantity,
    -- Of what goes out, what no customer's order asked for: a forecast of orders does not know of it.
    cast(round(quantity_other_year / cast(year_days as double), 6) as decimal(18, 6)) as daily_other_quantity,
    {{ share('quantity_order_year', 'quantity_order_everywhere') }} as order_issue_share,
    cast(
        round(
            sqrt(
                (quantity_square_year - quantity_year * quantity_year / cast(year_days as double))
                / nullif(year_days - 1, 0)
            ), 4
        ) as decimal(18, 4)
    ) as demand_deviation_quantity,
    lead_time_count,
    cast(round(timed.lead_time_days, 2) as decimal(12, 2)) as lead_time_days,
    -- Of one receipt, or of none, nothing is known of its spread.
    cast(
        case
            when lead_time_count > 1
                then round(
                    sqrt(
                        (lead_time_square_sum - lead_time_sum * lead_time_sum / cast(lead_time_count as double))
                        / (lead_time_count - 1)
                    ), 2
                )
            else 0
        end as decimal(12, 2)
    ) as lead_time_deviation_days,
    timed.is_lumpy,
    lead_demands.lead_demand_quantity
from timed
left join lead_demands on timed.warehouse_id = lead_demands.warehouse_id and timed.product_id = lead_demands.product_id
