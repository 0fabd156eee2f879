with

months as (

    select
        series.period_on,
        least(last_day(series.period_on), {{ as_of_on() }}) as period_end_on
    from (
        select
            cast(
                unnest(
                    generate_series(
                        date_trunc('month', {{ as_of_on() }})
                        - to_months(cast({{ figure_default('overview_months') }} as integer) - 1),
                        date_trunc('month', {{ as_of_on() }}),
                        interval 1 month
                    )
                ) as date
            ) as period_on
    ) as series

),

milestones as (

    select * from {{ ref('fct_milestone') }}
    where state_code <> 'cancelled'

),

due_milestones as (

    select
        cast(date_trunc('month', planned_finish_on) as date) as period_on,
        count(*) as milestone_due_count,
        count(*) filter (finished_on <= planned_finish_on) as milestone_on_time_count
    from milestones
    -- Finished on a day nobody wrote down: neither on time nor late.
    where planned_finish_on < {{ as_of_on() }} and (finished_on is not null or not is_finished)
    group by cast(date_trunc('month', planned_finish_on) as date)

),

finished_milestones as (

    select
        cast(date_trunc('month', finished_on) as date) as period_on,
        count(*) as milestone_finished_count
    from milestones
    where finished_on <= {{ as_of_on() }}
    group by cast(date_trunc('month', finished_on) as date)

),

open_milestones as (

    select
        months.period_on,
        count(*) filter (milestones.started_on <= months.period_end_on) as milestone_open_count,
        count(*) filter (milestones.planned_finish_on < months.period_end_on) as milestone_overdue_count
    from months
    inner join milestones
        on
            (milestones.finished_on is null and not milestones.is_finished)
            or months.period_end_on < milestones.finished_on
    group by months.period_on

),

due_lines as (

    select
        cast(date_trunc('month', promised_on) as date) as period_on,
        count(*) as purchase_due_count,
        count(*) filter (is_otif) as purchase_otif_count
    from {{ ref('fct_purchase_line') }}
    where is_due
    group by cast(date_trunc('month', promised_on) as date)

),

receipts as (

    select
        cast(date_trunc('month', received_on) as date) as period_on,
        count(*) as receipt_count,
        count(*) filter (is_late) as late_receipt_count
    from {{ ref('fct_receipt_line') }}
    where received_on <= {{ as_of_on() }}
    group by cast(date_trunc('month', received_on) as date)

),

orders as (

    select
        cast(date_trunc('month', ordered_on) as date) as period_on,
        count(distinct order_id) as order_count,
        count(distinct customer_id) as active_customer_count,
        {{ whole_sum('line_reporting_amount', 'line_amount') }} as order_amount
    from {{ ref('fct_order_line') }}
    where not is_cancelled and ordered_on <= {{ as_of_on() }}
    group by cast(date_trunc('month', ordered_on) as date)

),

deliveries as (

    select
        cast(date_trunc('month', delivered_on) as date) as period_on,
        count(*) as delivery_due_count,
        count(*) filter (not is_late) as delivery_on_time_count
    from {{ ref('fct_order_line') }}
    where
        kind_code = 'sale'
        and not is_cancelled
        and delivered_on <= {{ as_of_on() }}
        and promised_on is not null
    group by cast(date_trunc('month', delivered_on) as date)

),

services as (

    select
        period_on,
        cast(sum(finished_order_count) as bigint) as finished_order_count,
        cast(sum(complaint_count) as bigint) as complaint_count,
        cast(sum(rating_count) as bigint) as rating_count,
        cast(sum(star_count) as bigint) as star_count,
        cast(sum(satisfied_count) as bigint) as satisfied_count,
        cast(sum(rated_order_count) as bigint) as rated_order_count,
        cast(sum(first_inspection_count) as bigint) as first_inspection_count,
        cast(sum(first_passed_count) as bigint) as first_passed_count
    from {{ ref('mart_service_month') }}
    group by period_on

),

stocks as (

    select
        period_on,
        cast(sum(stock_amount) as decimal(18, 2)) as stock_amount,
        cast(sum(idle_amount) as decimal(18, 2)) as idle_amount
    from {{ ref('mart_stock_month') }}
    group by period_on

),

profits as (

    select
        month_on as period_on,
        {{ whole_sum('revenue_amount', 'month_on') }} as revenue_amount
    from {{ ref('mart_profit_month') }}
    group by month_on

),

accepted_projects as (

    select
        accepted_month_on as period_on,
        count(*) as project_accepted_count,
        cast(round(avg(cycle_days), 2) as decimal(18, 2)) as project_cycle_days,
        cast(
            round(
                sum(planned_days - cycle_days) / nullif(cast(sum(planned_days) as double), 0), 6
            ) as decimal(18, 6)
        ) as schedule_compression_share
    from {{ ref('mart_project_cycle') }}
    where cycle_days is not null
    group by accepted_month_on

),

commissioned_projects as (

    select
        commissioned_month_on as period_on,
        count(*) as project_commissioned_count,
        cast(round(avg(delivery_cycle_days), 2) as decimal(18, 2)) as delivery_cycle_days
    from {{ ref('mart_project_cycle') }}
    where delivery_cycle_days is not null
    group by commissioned_month_on

),

started_projects as (

    select
        started_month_on as period_on,
        count(*) as project_started_count,
        cast(round(avg(start_days), 2) as decimal(18, 2)) as project_start_days
    from {{ ref('mart_project_cycle') }}
    where start_days is not null
    group by started_month_on

)

select
    months.period_on,
    months.period_end_on,
    months.period_end_on = last_day(months.period_on) as is_whole_month,
    {{ as_of_on() }} as as_of_on,
    {{ reporting_currency() }} as currency_code,
    coalesce(due_milestones.milestone_due_count, 0) as milestone_due_count,
    coalesce(due_milestones.milestone_on_time_count, 0) as milestone_on_time_count,
    {{ share('due_milestones.milestone_on_time_count', 'due_milestones.milestone_due_count') }}
        as milestone_on_time_share,
    coalesce(finished_milestones.milestone_finished_count, 0) as milestone_finished_count,
    coalesce(open_milestones.milestone_open_count, 0) as milestone_open_count,
    coalesce(open_milestones.milestone_overdue_count, 0) as milestone_overdue_count,
    coalesce(due_lines.purchase_due_count, 0) as purchase_due_count,
    coalesce(due_lines.purchase_otif_count, 0) as purchase_otif_count,
    {{ share('due_lines.purchase_otif_count', 'due_lines.purchase_due_count') }} as purchase_otif_share,
    coalesce(receipts.receipt_count, 0) as receipt_count,
    coalesce(receipts.late_receipt_count, 0) as late_receipt_count,
    coalesce(orders.order_count, 0) as order_count,
    coalesce(orders.active_customer_count, 0) as active_customer_count,
    case when orders.period_on is null then 0 else orders.order_amount end as order_amount,
    coalesce(deliveries.delivery_due_count, 0) as delivery_due_count,
    coalesce(deliveries.delivery_on_time_count, 0) as delivery_on_time_count,
    {{ share('deliveries.delivery_on_time_count', 'deliveries.delivery_due_count') }} as delivery_on_time_share,
    coalesce(accepted_projects.project_accepted_count, 0) as project_accepted_count,
    accepted_projects.project_cycle_days,
    accepted_projects.schedule_compression_share,
    coalesce(commissioned_projects.project_commissioned_count, 0) as project_commissioned_count,
    commissioned_projects.delivery_cycle_days,
    coalesce(started_projects.project_started_count, 0) as project_started_count,
    started_projects.project_start_days,
    coalesce(services.first_inspection_count, 0) as first_inspection_count,
    {{ share('services.first_passed_count', 'services.first_inspection_count') }} as first_pass_share,
    coalesce(services.finished_order_count, 0) as finished_work_count,
    coalesce(services.complaint_count, 0) as complaint_count,
    cast(
        round(100 * services.complaint_count / nullif(cast(services.finished_order_count as double), 0), 2) as decimal(9, 2)
    ) as complaint_rate,
    coalesce(services.rating_count, 0) as rating_count,
    {{ share('services.rated_order_count', 'services.finished_order_count') }} as response_share,
    cast(round(services.star_count / nullif(cast(services.rating_count as double), 0), 2) as decimal(4, 2)) as star_mean,
    {{ share('services.satisfied_count', 'services.rating_count') }} as csat_share,
    stocks.stock_amount,
    {{ share('stocks.idle_amount', 'stocks.stock_amount') }} as idle_stock_share,
    case when profits.period_on is null then 0 else profits.revenue_amount end as revenue_amount
from months
left join due_milestones on months.period_on = due_milestones.period_on
left join finished_milestones on months.period_on = finished_milestones.period_on
left join open_milestones on months.period_on = open_milestones.period_on
left join due_lines on months.period_on = due_lines.period_on
left join receipts on months.period_on = receipts.period_on
left join orders on months.period_on = orders.period_on
left join deliveries on months.period_on = deliveries.period_on
left join accepted_projects on months.period_on = accepted_projects.period_on
left join commissioned_projects on months.period_on = commissioned_projects.period_on
left join started_projects on months.period_on = started_projects.period_on
left join services on months.period_on = services.period_on
left join stocks on months.period_on = stocks.period_on
left join profits on months.period_on = profits.period_on
