with

inspections as (

    select * from {{ ref('stg_work__inspections') }}

),

milestones as (

    select * from {{ ref('fct_milestone') }}

),

purchase_lines as (

    select * from {{ ref('fct_purchase_line') }}

),

ratings as (

    select * from {{ ref('int_rating_subject') }}

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
        end as cost_performance_index
    from milestones
    where
        state_code <> 'cancelled'
        and budget_amount is not null
        and actual_amount is not null
        and (is_finished or progress_pct is not null)
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

supply as (

    select
        project_id,
        count(*) filter (is_due) as supply_count,
        count(*) filter (is_otif) as supply_otif_count
    from purchase_lines
    group by project_id

),

customer as (

    select
        project_id,
        count(*) as customer_count,
        sum(stars) as star_count
    from ratings
    group by project_id

)

select
    projects.project_id,
    coalesce(cost.cost_count, 0) as cost_count,
    cost.cost_performance_index,
    coalesce(quality.quality_count, 0) as quality_count,
    coalesce(quality.quality_passed_count, 0) as quality_passed_count,
    coalesce(supply.supply_count, 0) as supply_count,
    coalesce(supply.supply_otif_count, 0) as supply_otif_count,
    coalesce(customer.customer_count, 0) as customer_count,
    cast(coalesce(customer.star_count, 0) as bigint) as star_count
from projects
left join cost on projects.project_id = cost.project_id
left join quality on projects.project_id = quality.project_id
left join supply on projects.project_id = supply.project_id
left join customer on projects.project_id = customer.project_id
