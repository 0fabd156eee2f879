with

milestone_months as (

    select * from {{ ref('fct_milestone_month') }}

),

milestones as (

    select * from {{ ref('fct_milestone') }}

),

ledger as (

    select * from {{ ref('int_project_expense_month') }}

),

context as (

    select * from {{ source('build', 'build_context') }}

),

frames as (

    -- From when to when the frozen baseline runs, and what it is worth; one unconvertible budget makes all unknown.
    select
        milestones.project_id,
        min(coalesce(milestones.frozen_start_on, milestones.frozen_finish_on)) as baseline_start_on,
        max(milestones.frozen_finish_on) as baseline_finish_on,
        count(*) as milestone_count,
        count(milestones.frozen_amount) as budget_count,
        {{ whole_sum('milestones.frozen_reporting_amount', 'milestones.frozen_amount') }}
            as budget_at_completion_amount,
        case
            when bool_and(milestones.is_finished and coalesce(milestones.finished_on <= context.as_of_on, true))
                then coalesce(max(milestones.finished_on), max(milestones.planned_finish_on))
        end as finished_on
    from milestones
    cross join context
    where milestones.state_code <> 'cancelled'
    group by milestones.project_id

),

accounts as (

    -- Where milestones carry their cost, that is the cost of the work; elsewhere the ledger tells it.
    select
        project_id,
        count(actual_amount) > 0 as has_milestone_cost,
        count(actual_amount) = count(actual_reporting_amount) as is_whole
    from milestones
    group by project_id

),

happened as (

    select
        milestone_months.project_id,
        milestone_months.month_on,
        sum(milestone_months.planned_amount) as planned_amount,
        sum(milestone_months.due_amount) as due_amount,
        sum(milestone_months.earned_amount) as earned_amount,
        sum(milestone_months.actual_amount) as milestone_cost_amount,
        0 as ledger_cost_amount,
        false as has_unknown_cost
    from milestone_months
    group by milestone_months.project_id, milestone_months.month_on
    union all by name
    select
        project_id,
        period_on as month_on,
        actual_amount as ledger_cost_amount,
        actual_amount is null as has_unknown_cost
    from ledger
    cross join context
    anti join accounts on ledger.project_id = accounts.project_id and accounts.has_milestone_cost
    where period_on <= context.as_of_on

),

spans as (

    select
        frames.project_id,
        date_trunc('month', least(min(happened.month_on), frames.baseline_start_on))::date as first_on,
        date_trunc('month', greatest(max(happened.month_on), frames.baseline_finish_on, frames.finished_on))::date
            as last_on
    from frames
    left join happened on frames.project_id = happened.project_id
    group by frames.project_id, frames.baseline_start_on, frames.baseline_finish_on, frames.finished_on

),

calendar as (

    -- An open project runs on to the business date, whatever its plan said.
    select
        spans.project_id,
        unnest(
            generate_series(
                spans.first_on,
                case
                    when frames.finished_on is null
                        then greatest(spans.last_on, date_trunc('month', context.as_of_on)::date)
                    else spans.last_on
                end,
                interval 1 month
            )
        )::date as month_on
    from spans
    inner join frames on spans.project_id = frames.project_id
    cross join context

),

monthly as (

    select
        calendar.project_id,
        calendar.month_on,
        sum(happened.planned_amount) as planned_amount,
        sum(happened.due_amount) as due_amount,
        sum(happened.earned_amount) as earned_amount,
        sum(happened.milestone_cost_amount) as milestone_cost_amount,
        sum(happened.ledger_cost_amount) as ledger_cost_amount,
        coalesce(bool_or(happened.has_unknown_cost), false) as has_unknown_cost
    from calendar
    left join happened on calendar.project_id = happened.project_id and calendar.month_on = happened.month_on
    group by calendar.project_id, calendar.month_on

),

standing as (

    select
        monthly.project_id,
        monthly.month_on,
        last_day(monthly.month_on) as month_end_on,
        least(last_day(monthly.month_on), context.as_of_on) as status_on,
        monthly.month_on <= context.as_of_on as is_known,
        row_number() over by_month as period_no,
        sum(monthly.planned_amount) over by_month as planned_amount,
        sum(monthly.due_amount) over by_month as due_amount,
        sum(monthly.earned_amount) over by_month as earned_amount,
        sum(monthly.milestone_cost_amount) over by_month as milestone_cost_amount,
        sum(monthly.ledger_cost_amount) over by_month as ledger_cost_amount,
        bool_or(monthly.has_unknown_cost) over by_month as has_unknown_cost
    from monthly
    cross join context
    window by_month as (partition by monthly.project_id order by monthly.month_on)

),

valued as (

    select
        standing.*,
        frames.* exclude (project_id),
        -- A project without budgets has no value to earn; one whose budgets can't all be converted has an unknown one.
        frames.budget_at_completion_amount is not null and frames.budget_count > 0 as has_value,
        case when accounts.has_milestone_cost then 'milestone' else 'ledger' end as cost_source_code,
        case
            when accounts.has_milestone_cost and accounts.is_whole then coalesce(standing.milestone_cost_amount, 0)
            when not accounts.has_milestone_cost and not standing.has_unknown_cost then standing.ledger_cost_amount
        end as cost_amount
    from standing
    inner join frames on standing.project_id = frames.project_id
    left join accounts on standing.project_id = accounts.project_id

)

select
    project_id || '/' || strftime(month_on, '%Y-%m') as project_month_id,
    project_id,
    month_on,
    period_no,
    case when is_known then status_on end as status_on,
    is_known,
    is_known and month_on = max(month_on) filter (is_known) over (partition by project_id) as is_to_date,
    baseline_start_on,
    baseline_finish_on,
    finished_on,
    milestone_count,
    budget_count,
    cast(case when has_value then budget_at_completion_amount end as decimal(18, 2)) as budget_at_completion_amount,
    cast(case when has_value then coalesce(planned_amount, 0) end as decimal(18, 2)) as curve_amount,
    cast(case when has_value and is_known then coalesce(due_amount, 0) end as decimal(18, 2)) as planned_amount,
    cast(case when has_value and is_known then coalesce(earned_amount, 0) end as decimal(18, 2)) as earned_amount,
    cast(case when is_known then cost_amount end as decimal(18, 2)) as actual_amount,
    cost_source_code,
    -- Time runs in months of equal length from the baseline's start: to the end of the plan, and until all is finished.
    cast(
        round(
            greatest(date_diff('day', baseline_start_on, least(month_end_on, baseline_finish_on)), 0)
            / {{ figure_default('month_days') }}::double, 6
        ) as decimal(12, 6)
    ) as curve_months,
    cast(
        round(
            case
                when is_known
                    then greatest(date_diff('day', baseline_start_on, least(status_on, finished_on)), 0)
            end / {{ figure_default('month_days') }}::double, 6
        ) as decimal(12, 6)
    ) as elapsed_months,
    cast(
        round(
            date_diff('day', baseline_start_on, baseline_finish_on) / {{ figure_default('month_days') }}::double, 6
        ) as decimal(12, 6)
    ) as planned_duration_months
from valued
