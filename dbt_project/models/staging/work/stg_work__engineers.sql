with

source as (

    select * from {{ source('work', 'raw_work__engineers') }}

),

renamed as (

    select
        engineer_id,
        person_id,
        name_token,
        phone_token,
        region_code,
        city,
        base_site_id,
        crew_id,
        daily_capacity_hours,
        grade_code,
        is_subcontractor,
        is_active,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
