with

source as (

    select * from {{ source('projects', 'raw_projects__stage_events') }}

),

renamed as (

    select
        event_id,
        project_id,
        stage_code,
        entered_at,
        actor_id,
        team_code,
        handed_over_at,
        source_row,
        note,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
