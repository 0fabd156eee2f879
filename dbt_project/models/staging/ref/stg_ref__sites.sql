with

source as (

    select * from {{ source('ref', 'raw_ref__sites') }}

),

renamed as (

    select
        site_id,
        name,
        kind_code,
        region_code,
        province,
        city,
        country_code,
        postal_code,
        address,
        latitude,
        longitude,
        floor_count,
        gross_floor_area_m2,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
