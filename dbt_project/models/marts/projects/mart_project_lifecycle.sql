with

events as (

    select * from {{ ref('fct_stage_event') }}

),

projects as (

    select * from {{ ref('dim_project') }}

),

followed as (

    -- How long the project stayed after each event: with the team, then waiting for the next one.
    select
        events.*,
        followers.event_id as next_event_id,
        followers.entered_at as next_entered_at,
        followers.work_seconds as stage_seconds,
        followers.wait_seconds as handing_seconds
    from events
    left join events as followers
        on events.event_id = followers.previous_event_id and events.project_id = followers.project_id

),

current_stages as (

    select
        project_id,
        stage_no as current_no
    from followed
    where is_last

),

stages as (

    select
        unnest({{ stages() }}) as stage_code,
        unnest(range(1, len({{ stages() }}) + 1)) as stage_no

),

passed as (

    select
        project_id,
        stage_no,
        count(*) as event_count,
        min(entered_at) as entered_at,
        min(entered_on) as entered_on,
        max(entered_on) as last_entered_on,
        case when count(*) = count(next_event_id) then max(next_entered_at) end as left_at,
        sum(stage_seconds) as stage_seconds,
        sum(handing_seconds) as wait_seconds,
        arg_min(event_id, event_no) as first_event_id,
        arg_max(event_id, event_no) as last_event_id,
        string_agg(event_id, ',' order by event_no) as event_ids,
        arg_max(actor_id, event_no) as actor_id,
        arg_max(team_code, event_no) as team_code,
        bool_and(has_trace) as has_trace,
        count(*) filter (is_out_of_order) as out_of_order_count
    from followed
    group by project_id, stage_no

)

select
    projects.project_id || '/' || stages.stage_code as project_stage_id,
    projects.project_id,
    projects.name as project_name,
    projects.customer_id,
    projects.region_code,
    projects.type_code,
    projects.city,
    projects.stage_code as project_stage_code,
    stages.stage_code,
    stages.stage_no,
    case
        when stages.stage_no = current_stages.current_no and projects.status_code = 'cancelled' then 'stopped'
        when stages.stage_no = current_stages.current_no then 'current'
        when stages.stage_no < current_stages.current_no and passed.event_count > 0 then 'passed'
        when stages.stage_no < current_stages.current_no then 'skipped'
        when passed.event_count > 0 then 'undone'
        else 'ahead'
    end as state_code,
    passed.entered_at,
    passed.entered_on,
    passed.left_at,
    {{ days_of('passed.stage_seconds') }} as stage_days,
    {{ days_of('passed.wait_seconds') }} as wait_days,
    case
        when stages.stage_no = current_stages.current_no and coalesce(projects.status_code <> 'cancelled', true)
            then date_diff('day', passed.last_entered_on, {{ as_of_on() }})
    end as current_days,
    cast(coalesce(passed.event_count, 0) as bigint) as event_count,
    cast(coalesce(passed.out_of_order_count, 0) as bigint) as out_of_order_count,
    passed.first_event_id,
    passed.last_event_id,
    passed.event_ids,
    passed.actor_id,
    passed.team_code,
    coalesce(passed.has_trace, false) as has_trace
from current_stages
cross join stages
inner join projects on current_stages.project_id = projects.project_id
left join passed on current_stages.project_id = passed.project_id and stages.stage_no = passed.stage_no
