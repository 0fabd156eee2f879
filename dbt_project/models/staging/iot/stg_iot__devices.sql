with

source as (

    select * from {{ source('iot', 'raw_iot__devices') }}

),

renamed as (

    select
        device_id,
        serial_number,
        name,
        kind_code,
        product_id,
        customer_id,
        project_id,
        site_id,
        order_id,
        purchase_order_id,
        purchase_line_no,
        shipment_id,
        floor,
        room,
        state_code,
        delivered_on,
        installed_on,
        commissioned_on,
        warranty_ends_on,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
