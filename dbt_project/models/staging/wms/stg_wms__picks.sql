with

source as (

    select * from {{ source('wms', 'raw_wms__picks') }}

),

renamed as (

    select
        pick_id,
        order_id,
        line_no,
        warehouse_id,
        product_id,
        quantity_requested,
        quantity_picked,
        received_at,
        started_at,
        picked_at,
        status_code,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
