with

source as (

    select * from {{ source('projects', 'raw_projects__date_changes') }}

),

renamed as (

    select
        date_change_id,
        milestone_id,
        field_code,
        old_on,
        new_on,
        reason_code,
        reason,
        changed_by,
        changed_at,
        origin_code,
        version,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
