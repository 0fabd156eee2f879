with

source as (

    select * from {{ source('iot', 'raw_iot__readings') }}

),

renamed as (

    select
        device_id,
        metric_code,
        read_at,
        value,
        received_at,
        quality_code,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
