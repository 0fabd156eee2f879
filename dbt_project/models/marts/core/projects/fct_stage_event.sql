with

events as (

    select * from {{ ref('stg_projects__stage_events') }}

),

projects as (

    select * from {{ ref('dim_project') }}

),

context as (

    select * from {{ source('build', 'build_context') }}

),

known as (

    select
        events.*,
        cast(list_position({{ stages() }}, events.stage_code) as bigint) as stage_no,
        {{ local_date('events.entered_at', 'context.time_zone') }} as entered_on
    from events
    cross join context
    -- What the source plans ahead has not happened yet.
    where {{ local_date('events.entered_at', 'context.time_zone') }} <= context.as_of_on

),

ordered as (

    select
        known.*,
        row_number() over trace as event_no,
        lag(known.event_id) over trace as previous_event_id,
        lag(known.stage_code) over trace as previous_stage_code,
        lag(known.team_code) over trace as previous_team_code,
        lag(known.entered_at) over trace as previous_entered_at,
        lead(known.event_id) over trace as next_event_id,
        max(known.stage_no) over (
            partition by known.project_id
            order by known.entered_at, known.stage_no, known.event_id
            rows between unbounded preceding and 1 preceding
        ) as furthest_no
    from known
    window trace as (
        partition by known.project_id
        order by known.entered_at, known.stage_no, known.event_id
    )

),

released as (

    -- The team before lets go when it says so, but not before it had the project itself nor after it was taken over.
    select
        ordered.*,
        case
            when ordered.previous_entered_at is not null
                then least(
                    greatest(coalesce(ordered.handed_over_at, ordered.entered_at), ordered.previous_entered_at),
                    ordered.entered_at
                )
        end as released_at
    from ordered

)

select
    released.event_id,
    released.project_id,
    projects.customer_id,
    projects.region_code,
    projects.type_code,
    projects.city,
    released.event_no,
    released.stage_code,
    released.stage_no,
    released.entered_at,
    released.entered_on,
    cast(date_trunc('month', released.entered_on) as date) as entered_month_on,
    released.actor_id,
    released.team_code,
    released.handed_over_at,
    released.source_row,
    released.note,
    released.previous_event_id,
    released.previous_stage_code,
    released.previous_team_code,
    released.previous_entered_at,
    released.released_at,
    -- Whole seconds, so that work and waits add up to the second.
    (epoch_ms(released.released_at) // 1000) - (epoch_ms(released.previous_entered_at) // 1000) as work_seconds,
    (epoch_ms(released.entered_at) // 1000) - (epoch_ms(released.released_at) // 1000) as wait_seconds,
    released.next_event_id is null as is_last,
    coalesce(released.stage_no < released.furthest_no, false) as is_out_of_order,
    released.actor_id is not null and released.source_row is not null as has_trace
from released
left join projects on released.project_id = projects.project_id
