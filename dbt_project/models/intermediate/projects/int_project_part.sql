with

inspections as (

    select * from {{ ref('stg_work__inspections') }}

),

milestones as (

    select * from {{ ref('fct_milestone') }}

),

ratings as (

    select * from {{ ref('int_rating_subject') }}

),

work_orders as (

    select * from {{ ref('stg_work__work_orders') }}

),

complaints as (

    select * from {{ ref('stg_work__complaints') }}

),

projects as (

    select * from {{ ref('dim_project') }}

),

cost as (

    -- Earned value: budget × progress, a finished milestone has earned all of it.
    select
        project_id,
        count(*) as cost_count,
        case
            -- Amounts in several currencies do not add up; such a project has no cost part.
            when count(distinct currency_code) <= 1
                then cast(
                    round(
                        sum(budget_amount * case when is_finished then 100 else progress_pct end / 100)
                        / nullif(cast(sum(actual_amount) as double), 0), 4
                    ) as decimal(18, 4)
                )
        end as cost_performance_index,
        case when count(distinct currency_code) <= 1 then sum(actual_amount) end as actual_amount
    from milestones
    where
        state_code <> 'cancelled'
        and budget_amount is not null
        and actual_amount is not null
        and (is_finished or progress_pct is not null)
    group by project_id

),

estimates as (

    -- What the project will cost by its own estimate, against its budget: milestones that have both.
    select
        project_id,
        case
            when count(distinct currency_code) <= 1
                then cast(
                    round(sum(estimate_amount) / nullif(cast(sum(budget_amount) as double), 0) - 1, 6) as decimal(18, 6)
                )
        end as estimate_overrun_share
    from milestones
    where state_code <> 'cancelled' and budget_amount is not null and estimate_amount is not null
    group by project_id

),

quality as (

    select
        coalesce(inspections.project_id, milestones.project_id) as project_id,
        count(*) as quality_count,
        count(*) filter (inspections.is_passed) as quality_passed_count
    from inspections
    left join milestones on inspections.milestone_id = milestones.milestone_id
    where inspections.attempt_no = 1 and inspections.inspected_on <= {{ as_of_on() }}
    group by coalesce(inspections.project_id, milestones.project_id)

),

rework as (

    select
        project_id,
        coalesce(sum(cost_amount) filter (is_rework or kind_code = 'rework'), 0) as rework_amount
    from work_orders
    where finished_at is not null and cast(finished_at as date) <= {{ as_of_on() }}
    group by project_id

),

customer as (

    select
        project_id,
        count(*) as customer_count,
        sum(stars) as star_count
    from ratings
    where cast(rated_at as date) <= {{ as_of_on() }}
    group by project_id

),

complained as (

    select
        project_id,
        count(*) as complaint_count,
        count(*) filter (severity_code in ('major', 'critical')) as major_complaint_count
    from complaints
    where status_code is distinct from 'rejected' and cast(received_at as date) <= {{ as_of_on() }}
    group by project_id

),

listened as (

    -- A company that records no complaints at all has not none: it has no data.
    select count(*) as complaint_count from complaints

)

select
    projects.project_id,
    coalesce(cost.cost_count, 0) as cost_count,
    cost.cost_performance_index,
    estimates.estimate_overrun_share,
    coalesce(quality.quality_count, 0) as quality_count,
    coalesce(quality.quality_passed_count, 0) as quality_passed_count,
    case
        when rework.project_id is not null
            then cast(round(rework.rework_amount / nullif(cast(cost.actual_amount as double), 0), 6) as decimal(18, 6))
    end as rework_cost_share,
    coalesce(customer.customer_count, 0) as customer_count,
    cast(coalesce(customer.star_count, 0) as bigint) as star_count,
    case when listened.complaint_count > 0 then coalesce(complained.complaint_count, 0) end as complaint_count,
    case when listened.complaint_count > 0 then coalesce(complained.major_complaint_count, 0) end
        as major_complaint_count
from projects
cross join listened
left join cost on projects.project_id = cost.project_id
left join estimates on projects.project_id = estimates.project_id
left join quality on projects.project_id = quality.project_id
left join rework on projects.project_id = rework.project_id
left join customer on projects.project_id = customer.project_id
left join complained on projects.project_id = complained.project_id
