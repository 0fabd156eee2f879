with

source as (

    select * from {{ source('erp', 'raw_erp__purchase_lines') }}

),

renamed as (

    select
        purchase_order_id,
        line_no,
        supplier_id,
        product_id,
        milestone_id,
        description,
        quantity,
        unit_price_amount,
        line_amount,
        freight_amount,
        currency_code,
        requested_on,
        promised_on,
        current_promised_on,
        quoted_lead_time_days,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
