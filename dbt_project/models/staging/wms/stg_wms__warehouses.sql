with

source as (

    select * from {{ source('wms', 'raw_wms__warehouses') }}

),

renamed as (

    select
        warehouse_id,
        name,
        kind_code,
        region_code,
        province,
        city,
        site_id,
        latitude,
        longitude,
        capacity_m3,
        is_active,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
