with

milestones as (

    select * from {{ ref('fct_milestone') }}

),

projects as (

    select * from {{ ref('dim_project') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

forecasts as (

    select * from {{ source('ml', 'ml_delay_forecast') }}

),

quality as (

    select
        project_id,
        bool_and(is_schedule_trusted) as is_schedule_trusted
    from {{ ref('mart_project_schedule_quality') }}
    group by project_id

)

select
    milestones.milestone_id,
    milestones.project_id,
    projects.name as project_name,
    milestones.customer_id,
    customers.name as customer_name,
    milestones.name,
    milestones.phase_code,
    milestones.sequence_no,
    milestones.owner_id,
    milestones.region_code,
    milestones.type_code,
    {{ as_of_on() }} as as_of_on,
    milestones.planned_start_on,
    milestones.planned_finish_on,
    milestones.started_on,
    milestones.forecast_finish_on,
    milestones.forecast_changed_by,
    milestones.forecast_changed_at,
    milestones.forecast_reason,
    milestones.forecast_origin_code,
    milestones.progress_pct,
    milestones.threshold_days,
    milestones.state_code,
    milestones.days_late,
    milestones.is_overdue,
    milestones.is_over_threshold,
    date_diff('day', milestones.planned_finish_on, milestones.forecast_finish_on) as planner_delay_days,
    forecasts.milestone_id is not null as has_forecast,
    forecasts.method_code,
    forecasts.reference_class,
    cast(forecasts.reference_count as bigint) as reference_count,
    cast(forecasts.delay_p10_days as bigint) as delay_p10_days,
    cast(forecasts.delay_p50_days as bigint) as delay_p50_days,
    cast(forecasts.delay_p80_days as bigint) as delay_p80_days,
    cast(forecasts.delay_p90_days as bigint) as delay_p90_days,
    forecasts.finish_p10_on,
    forecasts.finish_p50_on,
    forecasts.finish_p80_on,
    forecasts.finish_p90_on,
    case
        when milestones.is_over_threshold or forecasts.delay_p50_days > milestones.threshold_days then 'bad'
        when forecasts.delay_p80_days > milestones.threshold_days then 'watch'
        when forecasts.milestone_id is null then 'no_data'
        else 'good'
    end as outlook_code,
    quality.is_schedule_trusted
from milestones
left join projects on milestones.project_id = projects.project_id
left join customers on milestones.customer_id = customers.customer_id
left join quality on milestones.project_id = quality.project_id
left join forecasts
    on milestones.milestone_id = forecasts.milestone_id and forecasts.as_of_on = {{ as_of_on() }}
where milestones.state_code in ('not_started', 'started') and milestones.planned_finish_on is not null
