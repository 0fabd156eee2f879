with

source as (

    select * from {{ source('ref', 'raw_ref__shifts') }}

),

renamed as (

    select
        shift_id,
        engineer_id,
        kind_code,
        starts_at,
        ends_at,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
