with

source as (

    select * from {{ source('wms', 'raw_wms__shipments') }}

),

renamed as (

    select
        shipment_id,
        order_id,
        project_id,
        warehouse_id,
        site_id,
        carrier_code,
        mode_code,
        package_count,
        weight_kg,
        distance_km,
        freight_amount,
        currency_code,
        promised_on,
        shipped_at,
        delivered_at,
        status_code,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
