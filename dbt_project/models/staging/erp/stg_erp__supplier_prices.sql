with

source as (

    select * from {{ source('erp', 'raw_erp__supplier_prices') }}

),

renamed as (

    select
        supplier_id,
        product_id,
        valid_from_on,
        min_quantity,
        valid_to_on,
        unit_price_amount,
        currency_code,
        lead_time_days,
        is_preferred,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
