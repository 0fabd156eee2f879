with

milestones as (

    select * from {{ ref('fct_milestone') }}

),

links as (

    select * from {{ ref('fct_milestone_link') }}

),

projects as (

    select * from {{ ref('dim_project') }}

),

network as (

    select * from {{ source('network', 'int_milestone_network') }}

),

forecasts as (

    select * from {{ source('ml', 'ml_delay_forecast') }}

),

before as (

    select
        successor_id as milestone_id,
        count(*) as predecessor_count,
        list(predecessor_id order by predecessor_id) as predecessor_ids,
        string_agg(
            predecessor_id || ' ' || type_code
            || case when lag_days <> 0 then printf('%+d', lag_days) else '' end,
            ', ' order by predecessor_id
        ) as predecessor_text
    from links
    where is_within_project
    group by successor_id

),

behind as (

    select
        predecessor_id as milestone_id,
        count(*) as successor_count
    from links
    where is_within_project
    group by predecessor_id

),

plans as (

    select
        project_id,
        max(planned_finish_on) as project_planned_finish_on
    from milestones
    where state_code <> 'cancelled'
    group by project_id

)

select
    milestones.milestone_id,
    milestones.project_id,
    projects.name as project_name,
    milestones.customer_id,
    milestones.name,
    milestones.phase_code,
    milestones.sequence_no,
    milestones.owner_id,
    milestones.crew_id,
    milestones.region_code,
    milestones.type_code,
    projects.stage_code,
    projects.manager_id,
    projects.is_open as is_project_open,
    {{ as_of_on() }} as as_of_on,
    milestones.baseline_version_no,
    milestones.planned_start_on,
    milestones.planned_finish_on,
    milestones.started_on,
    milestones.finished_on,
    milestones.forecast_finish_on,
    forecasts.finish_p10_on,
    forecasts.finish_p50_on,
    forecasts.finish_p90_on,
    -- What is to be drawn: what happened, else the model's P50, else the planner's date, else the plan.
    coalesce(milestones.finished_on, forecasts.finish_p50_on, milestones.forecast_finish_on, milestones.planned_finish_on)
        as expected_finish_on,
    case
        when milestones.finished_on is not null then 'actual'
        when forecasts.finish_p50_on is not null then 'forecast'
        when milestones.forecast_finish_on is not null then 'planner'
        when milestones.planned_finish_on is not null then 'plan'
        else 'no_data'
    end as expected_source_code,
    network.early_start_on,
    network.early_finish_on,
    network.late_start_on,
    network.late_finish_on,
    network.total_float_days,
    network.free_float_days,
    network.total_float_days + date_diff('day', network.project_finish_on, plans.project_planned_finish_on)
        as plan_float_days,
    coalesce(network.is_critical, false) as is_critical,
    network.is_computable,
    network.has_duration,
    network.cycle_text,
    network.project_finish_on,
    plans.project_planned_finish_on,
    network.critical_test_days,
    coalesce(before.predecessor_count, 0) as predecessor_count,
    coalesce(before.predecessor_ids, []::varchar[]) as predecessor_ids,
    coalesce(before.predecessor_text, '') as predecessor_text,
    coalesce(behind.successor_count, 0) as successor_count,
    milestones.progress_pct,
    milestones.threshold_days,
    milestones.weight,
    {{ reporting_currency() }} as currency_code,
    milestones.frozen_reporting_amount as budget_amount,
    milestones.actual_reporting_amount as actual_amount,
    milestones.state_code,
    milestones.days_late,
    milestones.is_finished,
    milestones.is_overdue,
    milestones.is_over_threshold
from milestones
inner join network on milestones.milestone_id = network.milestone_id
left join projects on milestones.project_id = projects.project_id
left join plans on milestones.project_id = plans.project_id
left join before on milestones.milestone_id = before.milestone_id
left join behind on milestones.milestone_id = behind.milestone_id
left join forecasts on milestones.milestone_id = forecasts.milestone_id and forecasts.as_of_on = {{ as_of_on() }}
