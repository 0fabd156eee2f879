with

source as (

    select * from {{ source('erp', 'raw_erp__stock_movements') }}

),

renamed as (

    select
        movement_id,
        product_id,
        warehouse_id,
        moved_at,
        kind_code,
        quantity,
        order_id,
        purchase_order_id,
        project_id,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
