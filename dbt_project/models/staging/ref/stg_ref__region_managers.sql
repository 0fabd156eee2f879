with

source as (

    select * from {{ source('ref', 'raw_ref__region_managers') }}

),

renamed as (

    select
        region_code,
        valid_from_on,
        valid_to_on,
        person_id,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
