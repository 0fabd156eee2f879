with

source as (

    select * from {{ source('ref', 'raw_ref__work_calendar') }}

),

renamed as (

    select
        calendar_code,
        day_on,
        is_working,
        name,
        working_hours,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
