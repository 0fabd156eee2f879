{#-
    Working time without a row per order and hour: each day of a calendar knows the working seconds before it, so any
    moment has a position on the working clock, and the time between two moments is the difference of two positions.
    Positions are read off the wall clock of the company, which no change to summer time disturbs.
-#}
with

work_orders as (

    select * from {{ ref('stg_work__work_orders') }}

),

projects as (

    select * from {{ ref('stg_projects__projects') }}

),

sites as (

    select * from {{ ref('stg_ref__sites') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

calendar_days as (

    select * from {{ ref('stg_ref__work_calendar') }}

),

shifts as (

    select * from {{ ref('stg_ref__shifts') }}

),

context as (

    select
        as_of_on,
        time_zone
    from {{ source('build', 'build_context') }}

),

calendars as (

    select
        calendar_code,
        count(*) as day_count
    from calendar_days
    group by calendar_code
    union all
    -- Stands in for a company that keeps no calendar.
    select
        '' as calendar_code,
        0 as day_count

),

main_calendar as (

    select calendar_code
    from calendars
    order by day_count desc, calendar_code asc
    limit 1

),

-- The calendar says how long people work on a day; their shifts say from when.
shift_starts as (

    select
        date_diff(
            'second',
            date_trunc('day', {{ local_at('shifts.starts_at', 'context.time_zone') }}),
            {{ local_at('shifts.starts_at', 'context.time_zone') }}
        ) as opening_second,
        count(*) as shift_count
    from shifts
    cross join context
    where shifts.kind_code = 'work'
    group by all

),

opening as (

    select
        coalesce(
            arg_max(shift_starts.opening_second, (shift_starts.shift_count, -shift_starts.opening_second)),
            cast({{ figure_default('workday_start_hours') }} * 3600 as bigint)
        ) as opening_second
    from shift_starts

),

located as (

    select
        work_orders.work_order_id,
        coalesce(work_orders.customer_id, projects.customer_id) as customer_id,
        work_orders.project_id,
        coalesce(calendars.calendar_code, main_calendar.calendar_code) as calendar_code,
        work_orders.created_at,
        work_orders.due_at,
        work_orders.waiting_hours,
        coalesce(work_orders.status_code = 'cancelled', false) as is_cancelled,
        -- A cancelled order ran until it was closed.
        coalesce(work_orders.finished_at, case when work_orders.status_code = 'cancelled' then work_orders.closed_at end)
            as ended_at
    from work_orders
    cross join main_calendar
    left join projects on work_orders.project_id = projects.project_id
    left join sites on coalesce(work_orders.site_id, projects.site_id) = sites.site_id
    left join calendars on sites.country_code = calendars.calendar_code

),

known as (

    -- What is to happen after the business date is not known yet.
    select
        located.work_order_id,
        located.customer_id,
        located.project_id,
        located.calendar_code,
        located.is_cancelled,
        located.waiting_hours,
        {{ local_at('located.created_at', 'context.time_zone') }} as created_local_at,
        {{ local_at('located.due_at', 'context.time_zone') }} as due_local_at,
        case
            when {{ local_date('located.ended_at', 'context.time_zone') }} <= context.as_of_on
                then {{ local_at('located.ended_at', 'context.time_zone') }}
        end as ended_local_at
    from located
    cross join context
    where {{ local_date('located.created_at', 'context.time_zone') }} <= context.as_of_on

),

span as (

    -- Dates out of all reason count as the edge of this span; a year ahead is far enough for a deadline.
    select
        greatest(min(cast(known.created_local_at as date)), max(context.as_of_on) - interval 20 year) as first_at,
        max(context.as_of_on) + interval 1 year as last_at
    from known
    cross join context

),

dates as (

    select cast(unnest(generate_series(span.first_at, span.last_at, interval 1 day)) as date) as day_on
    from span

),

day_lengths as (

    select
        calendars.calendar_code,
        dates.day_on,
        cast(
            case
                when coalesce(calendar_days.is_working, isodow(dates.day_on) <= 5)
                    then coalesce(calendar_days.working_hours, {{ figure_default('workday_hours') }}) * 3600
                else 0
            end as bigint
        ) as working_seconds
    from dates
    cross join calendars
    left join calendar_days
        on calendars.calendar_code = calendar_days.calendar_code and dates.day_on = calendar_days.day_on

),

days as (

    select
        day_lengths.calendar_code,
        day_lengths.day_on,
        day_lengths.working_seconds,
        least(opening.opening_second, 86400 - day_lengths.working_seconds) as opening_second,
        cast(
            sum(day_lengths.working_seconds) over (partition by day_lengths.calendar_code order by day_lengths.day_on)
            - day_lengths.working_seconds as bigint
        ) as seconds_before
    from day_lengths
    cross join opening

),

moments as (

    select
        work_order_id,
        calendar_code,
        'created' as moment_code,
        created_local_at as local_at
    from known
    union all
    select
        work_order_id,
        calendar_code,
        'due' as moment_code,
        due_local_at as local_at
    from known
    where due_local_at is not null
    union all
    select
        known.work_order_id,
        known.calendar_code,
        'ended' as moment_code,
        coalesce(known.ended_local_at, context.as_of_on + interval 1 day) as local_at
    from known
    cross join context

),

bounded as (

    select
        moments.work_order_id,
        moments.calendar_code,
        moments.moment_code,
        greatest(least(moments.local_at, span.last_at + interval 1 day - interval 1 second), span.first_at) as local_at
    from moments
    cross join span

),

readings as (

    select
        bounded.work_order_id,
        bounded.moment_code,
        days.seconds_before + greatest(
            0,
            least(
                days.working_seconds,
                date_diff('second', cast(days.day_on as timestamp), bounded.local_at) - days.opening_second
            )
        ) as working_second
    from bounded
    inner join days
        on
            bounded.calendar_code = days.calendar_code
            and cast(bounded.local_at as date) = days.day_on

),

positions as (

    select
        work_order_id,
        max(working_second) filter (moment_code = 'created') as created_second,
        max(working_second) filter (moment_code = 'due') as due_second,
        max(working_second) filter (moment_code = 'ended') as ended_second
    from readings
    group by work_order_id

),

clocked as (

    select
        known.*,
        positions.created_second,
        greatest(
            coalesce(
                positions.due_second - positions.created_second,
                cast({{ figure_default('sla_target_hours') }} * 3600 as bigint)
            ),
            0
        ) as target_seconds,
        -- Time on hold, for the customer or for parts, is not the engineer's.
        greatest(
            positions.ended_second - positions.created_second - coalesce(cast(round(known.waiting_hours * 3600) as bigint), 0), 0
        ) as used_seconds
    from known
    inner join positions on known.work_order_id = positions.work_order_id

),

deadlines as (

    -- Without a deadline of the source: the day on which the target's last working second falls.
    select
        clocked.*,
        coalesce(cast(clocked.due_local_at as date), working_days.day_on) as due_on
    from clocked
    asof left join (select * from days where working_seconds > 0) as working_days
        on
            clocked.calendar_code = working_days.calendar_code
            and clocked.created_second + clocked.target_seconds > working_days.seconds_before

),

judged as (

    -- Open orders count once they have used up their time, cancelled ones when they had done so before: what has
    -- failed stays failed.
    select
        deadlines.*,
        deadlines.due_on <= context.as_of_on
        and (
            deadlines.used_seconds > deadlines.target_seconds
            or (not deadlines.is_cancelled and deadlines.ended_local_at is not null)
        ) as is_sla_due
    from deadlines
    cross join context

)

select
    judged.work_order_id,
    coalesce(customers.survivor_id, judged.customer_id) as customer_id,
    judged.project_id,
    judged.calendar_code,
    judged.due_on,
    cast(date_trunc('month', judged.due_on) as date) as due_month_on,
    judged.is_cancelled,
    not judged.is_cancelled and judged.ended_local_at is not null as is_finished,
    case when not judged.is_cancelled then cast(judged.ended_local_at as date) end as finished_on,
    cast(judged.target_seconds / 3600 as decimal(12, 2)) as target_hours,
    cast(judged.used_seconds / 3600 as decimal(12, 2)) as working_hours_used,
    judged.is_sla_due,
    case when judged.is_sla_due then judged.used_seconds <= judged.target_seconds end as is_sla_met
from judged
left join customers on judged.customer_id = customers.customer_id
