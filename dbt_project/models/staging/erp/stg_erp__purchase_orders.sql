with

source as (

    select * from {{ source('erp', 'raw_erp__purchase_orders') }}

),

renamed as (

    select
        purchase_order_id,
        supplier_id,
        project_id,
        buyer_id,
        ordered_on,
        confirmed_on,
        requested_on,
        promised_on,
        status_code,
        total_amount,
        currency_code,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
