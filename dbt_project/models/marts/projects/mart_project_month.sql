with

months as (

    select * from {{ ref('fct_project_month') }}

),

projects as (

    select * from {{ ref('dim_project') }}

),

curve as (

    -- The planned curve as corners: where it is level, its last month; each with the one that comes next.
    select
        project_id,
        curve_amount,
        max(curve_months) as curve_months,
        lead(curve_amount) over (partition by project_id order by curve_amount) as next_amount,
        lead(max(curve_months)) over (partition by project_id order by curve_amount) as next_months
    from months
    where curve_amount is not null
    group by project_id, curve_amount

),

first_corner as (

    -- Before its first month a project has planned nothing: the curve begins at 0.
    select
        project_id,
        arg_min(curve_amount, curve_amount) as first_amount,
        arg_min(curve_months, curve_amount) as first_months
    from curve
    group by project_id

),

schedule as (

    -- Earned schedule: when the value that is earned was to be earned.
    select
        months.*,
        projects.customer_id,
        projects.type_code,
        projects.region_code,
        projects.manager_id,
        case
            when months.earned_amount is null then null
            when curve.curve_amount is null
                then months.earned_amount / nullif(first_corner.first_amount, 0)::double * first_corner.first_months
            when curve.next_amount is null then curve.curve_months::double
            else
                curve.curve_months
                + (months.earned_amount - curve.curve_amount)
                / (curve.next_amount - curve.curve_amount)::double
                * (curve.next_months - curve.curve_months)
        end as earned_time,
        try_cast(round(earned_time, 6) as decimal(18, 6)) as earned_months
    from months
    left join projects on months.project_id = projects.project_id
    asof left join curve on months.project_id = curve.project_id and months.earned_amount >= curve.curve_amount
    left join first_corner on months.project_id = first_corner.project_id

),

indexed as (

    select
        schedule.*,
        schedule.earned_amount / nullif(schedule.planned_amount, 0)::double as spi,
        schedule.earned_amount / nullif(schedule.actual_amount, 0)::double as cpi,
        schedule.earned_months / nullif(schedule.elapsed_months, 0)::double as spi_t,
        try_cast(
            round(schedule.earned_amount / nullif(schedule.budget_at_completion_amount, 0)::double, 6) as decimal(18, 6)
        ) as earned_share
    from schedule

)

select
    project_month_id,
    project_id,
    customer_id,
    type_code,
    region_code,
    manager_id,
    month_on,
    status_on,
    is_known,
    is_to_date,
    {{ as_of_on() }} as as_of_on,
    {{ reporting_currency() }} as currency_code,
    budget_at_completion_amount,
    curve_amount,
    planned_amount,
    earned_amount,
    actual_amount,
    cost_source_code,
    earned_share,
    cast(earned_amount - planned_amount as decimal(18, 2)) as schedule_variance_amount,
    cast(earned_amount - actual_amount as decimal(18, 2)) as cost_variance_amount,
    {{ index_of('spi') }} as schedule_performance_index,
    {{ index_of('cpi') }} as cost_performance_index,
    try_cast(
        round(budget_at_completion_amount / nullif(earned_amount, 0)::double * nullif(actual_amount, 0), 2)
        as decimal(18, 2)
    ) as estimate_by_cost_amount,
    cast(actual_amount + budget_at_completion_amount - earned_amount as decimal(18, 2)) as estimate_by_rest_amount,
    coalesce(estimate_by_cost_amount, estimate_by_rest_amount) as estimate_at_completion_amount,
    case
        when estimate_by_cost_amount is not null then 'cost_index'
        when estimate_by_rest_amount is not null then 'rest_as_planned'
    end as estimate_method_code,
    coalesce(earned_share < {{ figure_default('estimate_unstable_share') }}, false) as is_estimate_unstable,
    elapsed_months,
    planned_duration_months,
    earned_months as earned_schedule_months,
    {{ index_of('spi_t') }} as schedule_time_index,
    cast(earned_months - elapsed_months as decimal(18, 6)) as schedule_time_variance_months,
    {{ index_of('planned_duration_months / nullif(spi_t, 0)') }} as estimated_duration_months,
    -- Past its planned duration no pace is quick enough any more.
    case
        when elapsed_months < planned_duration_months
            then {{ index_of(
                '(planned_duration_months - earned_months) / (planned_duration_months - elapsed_months)::double'
            ) }}
    end as time_index_to_complete
from indexed
