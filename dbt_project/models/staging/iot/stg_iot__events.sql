with

source as (

    select * from {{ source('iot', 'raw_iot__events') }}

),

renamed as (

    select
        event_id,
        device_id,
        event_code,
        severity_code,
        started_at,
        ended_at,
        message,
        is_confirmed,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
