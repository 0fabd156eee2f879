with

milestones as (

    select * from {{ ref('stg_projects__milestones') }}

),

projects as (

    select * from {{ ref('dim_project') }}

),

forecasts as (

    -- The planner's newest date, whoever changed it; NULL when it was taken back and there was none.
    select
        milestone_id,
        new_on as forecast_finish_on,
        changed_by as forecast_changed_by,
        changed_at as forecast_changed_at,
        coalesce(reason, reason_code) as forecast_reason,
        origin_code as forecast_origin_code
    from {{ ref('int_milestone_move') }}
    where field_code = 'forecast_finish_on' and is_last

),

-- What people set in the cockpit, the newest of each; a value that was taken back is the source's again.
decided as (

    select
        subject_id as milestone_id,
        arg_max(payload, sequence_no) filter (where kind_code = 'set_milestone') as settings,
        arg_max(payload, sequence_no) filter (where kind_code = 'report_progress') as progress
    from {{ ref('stg_actions__events') }}
    where kind_code in ('set_milestone', 'report_progress') and is_effective
    group by subject_id

),

baselines as (

    select * from {{ ref('fct_milestone_baseline') }}

),

joined as (

    select
        milestones.milestone_id,
        milestones.project_id,
        projects.customer_id,
        milestones.name,
        milestones.phase_code,
        milestones.sequence_no,
        coalesce(decided.settings ->> '$.new_owner_id', milestones.owner_id) as owner_id,
        milestones.crew_id,
        projects.region_code,
        projects.type_code,
        coalesce(approved.planned_start_on, milestones.planned_start_on) as planned_start_on,
        coalesce(approved.planned_finish_on, milestones.planned_finish_on) as planned_finish_on,
        milestones.planned_finish_code,
        approved.version_no as baseline_version_no,
        frozen.planned_start_on as frozen_start_on,
        frozen.planned_finish_on as frozen_finish_on,
        case
            when forecasts.milestone_id is not null then forecasts.forecast_finish_on
            else milestones.forecast_finish_on
        end as forecast_finish_on,
        forecasts.forecast_changed_by,
        forecasts.forecast_changed_at,
        forecasts.forecast_reason,
        case
            when forecasts.milestone_id is not null then forecasts.forecast_origin_code
            when milestones.forecast_finish_on is not null then 'source'
        end as forecast_origin_code,
        milestones.started_on,
        milestones.finished_on,
        cast(coalesce(cast(decided.progress ->> '$.new_pct' as decimal(9, 4)), milestones.progress_pct) as decimal(9, 4))
            as progress_pct,
        cast(coalesce(
            cast(decided.settings ->> '$.new_threshold_days' as bigint),
            milestones.threshold_days, {{ figure_default('milestone_threshold_days') }}
        ) as bigint) as threshold_days,
        milestones.weight,
        milestones.budget_amount,
        milestones.estimate_amount,
        milestones.actual_amount,
        milestones.currency_code,
        frozen.budget_amount as frozen_amount,
        frozen.budget_reporting_amount as frozen_reporting_amount,
        case
            when milestones.currency_code = frozen.currency_code
                then cast(milestones.actual_amount * frozen.reporting_rate as decimal(18, 2))
        end as actual_reporting_amount,
        case
            when milestones.status_code = 'cancelled' then 'cancelled'
            when milestones.finished_on is not null or milestones.status_code = 'finished' then 'finished'
            when milestones.started_on is not null or milestones.status_code = 'started' then 'started'
            else 'not_started'
        end as state_code
    from milestones
    left join projects on milestones.project_id = projects.project_id
    left join forecasts on milestones.milestone_id = forecasts.milestone_id
    left join decided on milestones.milestone_id = decided.milestone_id
    left join baselines as approved on milestones.milestone_id = approved.milestone_id and approved.is_approved
    left join baselines as frozen on milestones.milestone_id = frozen.milestone_id and frozen.is_frozen

),

dated as (

    select
        joined.*,
        case
            when joined.state_code = 'finished' then date_diff('day', joined.planned_finish_on, joined.finished_on)
            when joined.state_code in ('started', 'not_started') and joined.planned_finish_on < {{ as_of_on() }}
                then date_diff('day', joined.planned_finish_on, {{ as_of_on() }})
        end as days_late
    from joined

)

select
    dated.*,
    dated.state_code = 'finished' as is_finished,
    coalesce(dated.days_late > 0, false) as is_late,
    dated.state_code in ('started', 'not_started') and coalesce(dated.days_late > 0, false) as is_overdue,
    coalesce(dated.days_late > dated.threshold_days, false) as is_over_threshold
from dated
