with

source as (

    select * from {{ source('erp', 'raw_erp__receipts') }}

),

renamed as (

    select
        receipt_id,
        purchase_order_id,
        line_no,
        supplier_id,
        warehouse_id,
        received_on,
        recorded_on,
        quantity_received,
        quantity_accepted,
        quantity_rejected,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
