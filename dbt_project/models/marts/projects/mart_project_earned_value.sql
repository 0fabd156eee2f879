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
    projects.customer_id,
    projects.type_code,
    projects.region_code,
    projects.manager_id,
    projects.is_open,
    months.month_on,
    months.status_on,
    frames.baseline_start_on,
    frames.baseline_finish_on,
    frames.finished_on,
    frames.milestone_count,
    frames.budget_count,
    months.* exclude (project_month_id, project_id, month_on, status_on, is_known, is_to_date, curve_amount)
from months
inner join frames on months.project_month_id = frames.project_month_id
left join projects on months.project_id = projects.project_id
where months.is_to_date
