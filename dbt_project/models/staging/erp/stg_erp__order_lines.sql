with

source as (

    select * from {{ source('erp', 'raw_erp__order_lines') }}

),

renamed as (

    select
        order_id,
        line_no,
        product_id,
        supplier_id,
        kind_code,
        quantity,
        unit_price_amount,
        cast(discount_pct as decimal(9, 4)) as discount_pct,
        line_amount,
        freight_amount,
        currency_code,
        requested_on,
        promised_on,
        shipped_on,
        delivered_on,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
