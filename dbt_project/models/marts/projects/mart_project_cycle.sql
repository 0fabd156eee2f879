with

projects as (

    select * from {{ ref('dim_project') }}

),

acceptances as (

    select
        project_id,
        min(accepted_on) as accepted_on
    from {{ ref('stg_erp__acceptances') }}
    where kind_code = 'final' and accepted_on <= {{ as_of_on() }}
    group by project_id

),

commissioning as (

    -- Commissioned when the last milestone of the phase is done; one undone milestone keeps it open.
    select
        project_id,
        case when count(*) = count(finished_on) then max(finished_on) end as commissioned_on
    from {{ ref('fct_milestone') }}
    where upper(phase_code) = 'COMMISSIONING' and state_code <> 'cancelled'
    group by project_id

),

devices as (

    -- Companies whose plans have no such phase: when the last of the project's devices went into service.
    select
        project_id,
        case when count(*) = count(commissioned_on) then max(commissioned_on) end as commissioned_on
    from {{ ref('stg_iot__devices') }}
    where coalesce(kind_code <> 'sensor', true)
    group by project_id

),

events as (

    select * from {{ ref('fct_stage_event') }}

),

context as (

    select * from {{ source('build', 'build_context') }}

),

lifecycles as (

    select
        project_id,
        count(*) as stage_event_count,
        (epoch_ms(max(entered_at)) // 1000) - (epoch_ms(min(entered_at)) // 1000) as lifecycle_seconds,
        sum(work_seconds) as work_seconds,
        sum(wait_seconds) as wait_seconds
    from events
    group by project_id

),

dated as (

    select
        projects.*,
        context.as_of_on,
        context.time_zone,
        case when projects.started_on <= context.as_of_on then projects.started_on end as begun_on,
        coalesce(commissioning.commissioned_on, case when commissioning.project_id is null then devices.commissioned_on end)
            as all_commissioned_on,
        coalesce(acceptances.accepted_on, projects.finished_on) as all_accepted_on,
        case when all_commissioned_on <= context.as_of_on then all_commissioned_on end as commissioned_on,
        case when all_accepted_on <= context.as_of_on then all_accepted_on end as accepted_on
    from projects
    cross join context
    left join acceptances on projects.project_id = acceptances.project_id
    left join commissioning on projects.project_id = commissioning.project_id
    left join devices on projects.project_id = devices.project_id

),

measured as (

    -- A cancelled project has no cycle; dates in the wrong order give none either.
    select
        dated.*,
        coalesce(dated.status_code <> 'cancelled', true) as is_counted,
        case
            when is_counted and dated.accepted_on >= dated.initiated_on
                then date_diff('day', dated.initiated_on, dated.accepted_on)
        end as cycle_days,
        case
            when is_counted and dated.commissioned_on >= dated.contract_signed_on
                then date_diff('day', dated.contract_signed_on, dated.commissioned_on)
        end as delivery_cycle_days,
        case
            when is_counted and dated.begun_on >= dated.initiated_on
                then date_diff('day', dated.initiated_on, dated.begun_on)
        end as start_days,
        case
            when dated.planned_finish_on > dated.initiated_on
                then date_diff('day', dated.initiated_on, dated.planned_finish_on)
        end as planned_days
    from dated

),

starts as (

    -- The hand-offs before the start on site, as far as they lie between the two local midnights.
    select
        measured.project_id,
        sum(
            greatest(
                least(
                    epoch_ms(events.entered_at) // 1000,
                    epoch_ms(timezone('UTC', timezone(measured.time_zone, cast(measured.begun_on as timestamp)))) // 1000
                )
                - greatest(
                    epoch_ms(events.released_at) // 1000,
                    epoch_ms(timezone('UTC', timezone(measured.time_zone, cast(measured.initiated_on as timestamp)))) // 1000
                ),
                0
            )
        ) as wait_seconds
    from measured
    inner join events on measured.project_id = events.project_id
    where measured.start_days is not null and events.released_at is not null
    group by measured.project_id

)

select
    measured.project_id,
    measured.name as project_name,
    measured.customer_id,
    measured.type_code,
    measured.region_code,
    measured.city,
    measured.manager_id,
    measured.status_code,
    measured.is_pilot,
    measured.pilot_code,
    measured.pilot_started_on,
    {{ reporting_currency() }} as currency_code,
    measured.contract_reporting_amount as contract_amount,
    measured.budget_reporting_amount as budget_amount,
    measured.initiated_on,
    measured.contract_signed_on,
    measured.begun_on as started_on,
    measured.commissioned_on,
    measured.accepted_on,
    measured.planned_finish_on,
    cast(date_trunc('month', measured.begun_on) as date) as started_month_on,
    cast(date_trunc('month', measured.commissioned_on) as date) as commissioned_month_on,
    cast(date_trunc('month', measured.accepted_on) as date) as accepted_month_on,
    measured.cycle_days,
    measured.delivery_cycle_days,
    measured.start_days,
    cast(round(starts.wait_seconds / 86400.0, 2) as decimal(18, 2)) as start_wait_days,
    cast(measured.start_days - round(starts.wait_seconds / 86400.0, 2) as decimal(18, 2)) as start_work_days,
    measured.planned_days,
    cast(round((measured.planned_days - measured.cycle_days) / cast(measured.planned_days as double), 6) as decimal(18, 6))
        as compression_share,
    cast(coalesce(lifecycles.stage_event_count, 0) as bigint) as stage_event_count,
    {{ days_of('lifecycles.lifecycle_seconds') }} as lifecycle_days,
    {{ days_of('coalesce(lifecycles.work_seconds, case when lifecycles.stage_event_count = 1 then 0 end)') }} as stage_days,
    {{ days_of('coalesce(lifecycles.wait_seconds, case when lifecycles.stage_event_count = 1 then 0 end)') }} as wait_days
from measured
left join starts on measured.project_id = starts.project_id
left join lifecycles on measured.project_id = lifecycles.project_id
