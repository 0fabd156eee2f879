with

milestones as (

    select * from {{ ref('fct_milestone') }}

),

reports as (

    select * from {{ ref('stg_projects__progress_reports') }}

),

context as (

    select * from {{ source('build', 'build_context') }}

),

known_reports as (

    -- The last report of each day; what was reported after the business date is not known yet.
    select
        reports.milestone_id,
        {{ local_date('reports.reported_at', 'context.time_zone') }} as day_on,
        reports.progress_pct
    from reports
    cross join context
    where {{ local_date('reports.reported_at', 'context.time_zone') }} <= context.as_of_on
    qualify
        row_number() over (
            partition by reports.milestone_id, {{ local_date('reports.reported_at', 'context.time_zone') }}
            order by reports.reported_at desc, reports.version_no desc nulls last, reports.report_id desc
        ) = 1

),

evidence as (

    select
        milestone_id,
        count(*) as report_count
    from known_reports
    group by milestone_id

),

nodes as (

    select
        milestones.milestone_id,
        milestones.project_id,
        milestones.state_code,
        milestones.frozen_start_on,
        milestones.frozen_finish_on,
        milestones.frozen_amount,
        milestones.frozen_reporting_amount,
        milestones.actual_amount,
        milestones.actual_reporting_amount,
        case when milestones.started_on <= context.as_of_on then milestones.started_on end as started_on,
        -- Finished on an unknown day: somewhere before the business date, at its plan for want of better.
        case
            when milestones.finished_on <= context.as_of_on then milestones.finished_on
            when milestones.finished_on is null and milestones.state_code = 'finished'
                then least(milestones.planned_finish_on, context.as_of_on)
        end as finished_on,
        case
            when
                coalesce(date_diff('day', milestones.frozen_start_on, milestones.frozen_finish_on), 0)
                <= {{ figure_default('earned_zero_hundred_days') }} then 'zero_hundred'
            when evidence.report_count > 0 then 'reported'
            else 'fifty_fifty'
        end as method_code
    from milestones
    cross join context
    left join evidence on milestones.milestone_id = evidence.milestone_id

),

planned as (

    -- By the frozen baseline: a short milestone at its finish, a long one evenly over its days.
    select
        nodes.milestone_id,
        unnest(
            generate_series(
                date_trunc(
                    'month',
                    case
                        when nodes.method_code = 'zero_hundred' then nodes.frozen_finish_on
                        else nodes.frozen_start_on
                    end
                ),
                date_trunc('month', nodes.frozen_finish_on),
                interval 1 month
            )
        )::date as month_on
    from nodes
    where nodes.state_code <> 'cancelled' and nodes.frozen_finish_on is not null

),

planned_shares as (

    select
        planned.milestone_id,
        planned.month_on,
        case
            when nodes.method_code = 'zero_hundred' or last_day(planned.month_on) >= nodes.frozen_finish_on then 1
            else
                date_diff('day', nodes.frozen_start_on, last_day(planned.month_on))
                / date_diff('day', nodes.frozen_start_on, nodes.frozen_finish_on)::double
        end as planned_share,
        -- Of the running month only what was due by the business date.
        case
            when least(last_day(planned.month_on), context.as_of_on) >= nodes.frozen_finish_on then 1
            when nodes.method_code = 'zero_hundred' then 0
            else
                greatest(
                    date_diff('day', nodes.frozen_start_on, least(last_day(planned.month_on), context.as_of_on)), 0
                ) / date_diff('day', nodes.frozen_start_on, nodes.frozen_finish_on)::double
        end as due_share
    from planned
    inner join nodes on planned.milestone_id = nodes.milestone_id
    cross join context

),

earned_events as (

    select
        milestone_id,
        finished_on as day_on,
        100 as earned_pct
    from nodes
    where state_code <> 'cancelled' and finished_on is not null
    union all
    select
        nodes.milestone_id,
        known_reports.day_on,
        known_reports.progress_pct as earned_pct
    from nodes
    inner join known_reports on nodes.milestone_id = known_reports.milestone_id
    where
        nodes.state_code <> 'cancelled'
        and nodes.method_code = 'reported'
        and (nodes.finished_on is null or known_reports.day_on < nodes.finished_on)
    union all
    select
        milestone_id,
        started_on as day_on,
        50 as earned_pct
    from nodes
    where
        state_code <> 'cancelled'
        and method_code = 'fifty_fifty'
        and started_on is not null
        and (finished_on is null or started_on < finished_on)

),

earned_shares as (

    -- What stood at the end of each month in which something was reported.
    select
        milestone_id,
        date_trunc('month', day_on)::date as month_on,
        arg_max(earned_pct, day_on) / 100.0 as earned_share
    from earned_events
    group by milestone_id, date_trunc('month', day_on)

),

spent as (

    -- The source knows what a milestone has cost so far; it accrues evenly from its start to its finish.
    select
        nodes.milestone_id,
        coalesce(nodes.finished_on, context.as_of_on) as spent_to_on,
        least(coalesce(nodes.started_on, spent_to_on), spent_to_on) as spent_from_on
    from nodes
    cross join context
    where nodes.actual_amount is not null and nodes.actual_amount <> 0

),

spent_months as (

    select
        spent.*,
        unnest(
            generate_series(
                date_trunc('month', spent.spent_from_on), date_trunc('month', spent.spent_to_on), interval 1 month
            )
        )::date as month_on
    from spent

),

spent_shares as (

    select
        milestone_id,
        month_on,
        case
            when last_day(month_on) >= spent_to_on then 1
            else
                date_diff('day', spent_from_on, last_day(month_on))
                / date_diff('day', spent_from_on, spent_to_on)::double
        end as spent_share
    from spent_months

),

months as (

    select
        coalesce(planned_shares.milestone_id, earned_shares.milestone_id, spent_shares.milestone_id) as milestone_id,
        coalesce(planned_shares.month_on, earned_shares.month_on, spent_shares.month_on) as month_on,
        planned_shares.planned_share,
        planned_shares.due_share,
        earned_shares.earned_share,
        spent_shares.spent_share
    from planned_shares
    full join earned_shares
        on
            planned_shares.milestone_id = earned_shares.milestone_id
            and planned_shares.month_on = earned_shares.month_on
    full join spent_shares
        on
            coalesce(planned_shares.milestone_id, earned_shares.milestone_id) = spent_shares.milestone_id
            and coalesce(planned_shares.month_on, earned_shares.month_on) = spent_shares.month_on

),

standing as (

    -- Amounts that stood at each month's end, each rounded once: their differences add up to the last one.
    select
        months.milestone_id,
        months.month_on,
        nodes.project_id,
        nodes.method_code,
        cast(round(nodes.frozen_reporting_amount * months.planned_share, 2) as decimal(18, 2)) as planned_standing,
        cast(round(nodes.frozen_reporting_amount * months.due_share, 2) as decimal(18, 2)) as due_standing,
        cast(round(nodes.frozen_reporting_amount * months.earned_share, 2) as decimal(18, 2)) as earned_standing,
        cast(round(nodes.actual_reporting_amount * months.spent_share, 2) as decimal(18, 2)) as actual_standing
    from months
    inner join nodes on months.milestone_id = nodes.milestone_id

)

select
    milestone_id || '/' || strftime(month_on, '%Y-%m') as milestone_month_id,
    milestone_id,
    project_id,
    month_on,
    method_code,
    {% for name in ('planned', 'due', 'earned', 'actual') %}
    cast(
        {{ name }}_standing
        - coalesce(lag({{ name }}_standing ignore nulls) over (partition by milestone_id order by month_on), 0)
        as decimal(18, 2)
    ) as {{ name }}_amount {{- ',' if not loop.last }}
    {% endfor %}
from standing
