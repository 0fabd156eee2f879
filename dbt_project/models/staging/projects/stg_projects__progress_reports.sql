with

source as (

    select * from {{ source('projects', 'raw_projects__progress_reports') }}

),

renamed as (

    select
        report_id,
        milestone_id,
        reported_at,
        reported_by,
        cast(progress_pct as decimal(9, 4)) as progress_pct,
        reason,
        note,
        photo_id,
        origin_code,
        version_no,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
