with

source as (

    select * from {{ source('work', 'raw_work__photos') }}

),

renamed as (

    select
        photo_id,
        project_id,
        site_id,
        milestone_id,
        work_order_id,
        taken_at,
        uploaded_at,
        taken_by,
        file_path,
        content_hash,
        size_bytes,
        latitude,
        longitude,
        caption,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
