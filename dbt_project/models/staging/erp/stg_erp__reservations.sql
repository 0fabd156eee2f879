with

source as (

    select * from {{ source('erp', 'raw_erp__reservations') }}

),

renamed as (

    select
        reservation_id,
        product_id,
        warehouse_id,
        project_id,
        order_id,
        quantity,
        reserved_on,
        needed_on,
        released_on,
        status_code,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
