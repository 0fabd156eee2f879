with

source as (

    select * from {{ source('erp', 'raw_erp__products') }}

),

renamed as (

    select
        product_id,
        name,
        category_code,
        model_code,
        unit_code,
        list_price_amount,
        standard_cost_amount,
        currency_code,
        weight_kg,
        volume_m3,
        cooling_capacity_kw,
        lead_time_days,
        safety_stock_quantity,
        warranty_days,
        is_active,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
