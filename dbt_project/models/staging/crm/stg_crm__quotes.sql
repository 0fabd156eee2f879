with

source as (

    select * from {{ source('crm', 'raw_crm__quotes') }}

),

renamed as (

    select
        quote_id,
        version_no,
        line_no,
        customer_id,
        opportunity_id,
        product_id,
        quoted_on,
        valid_until_on,
        region_code,
        quantity,
        unit_price_amount,
        cast(discount_pct as decimal(9, 4)) as discount_pct,
        line_amount,
        freight_amount,
        cost_amount,
        currency_code,
        promised_on,
        status_code,
        prepared_by,
        approved_by,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
