with

source as (

    select * from {{ source('erp', 'raw_erp__inventory') }}

),

renamed as (

    select
        warehouse_id,
        product_id,
        stock_on,
        quantity_on_hand,
        quantity_reserved,
        quantity_on_order,
        unit_cost_amount,
        currency_code,
        last_issued_on,
        last_received_on,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
