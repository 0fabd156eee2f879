with

months as (

    select * from {{ ref('mart_project_month') }}

),

projects as (

    select * from {{ ref('dim_project') }}

),

frames as (

    select * from {{ ref('fct_project_month') }}

)

select
    months.project_id,
    projects.name as project_name,
    months.customer_id,
    months.type_code,
    months.region_code,
    months.manager_id,
    projects.is_open,
    months.month_on,
    months.status_on,
    frames.baseline_start_on,
    frames.baseline_finish_on,
    frames.finished_on,
    frames.milestone_count,
    frames.budget_count,
    months.as_of_on,
    months.currency_code,
    months.budget_at_completion_amount,
    months.planned_amount,
    months.earned_amount,
    months.actual_amount,
    months.cost_source_code,
    months.earned_share,
    months.schedule_variance_amount,
    months.cost_variance_amount,
    months.schedule_performance_index,
    months.cost_performance_index,
    months.estimate_by_cost_amount,
    months.estimate_by_rest_amount,
    months.estimate_at_completion_amount,
    months.estimate_method_code,
    months.is_estimate_unstable,
    months.elapsed_months,
    months.planned_duration_months,
    months.earned_schedule_months,
    months.schedule_time_index,
    months.schedule_time_variance_months,
    months.estimated_duration_months,
    months.time_index_to_complete
from months
inner join frames on months.project_month_id = frames.project_month_id
left join projects on months.project_id = projects.project_id
where months.is_to_date
