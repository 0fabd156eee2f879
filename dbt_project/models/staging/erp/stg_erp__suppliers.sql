with

source as (

    select * from {{ source('erp', 'raw_erp__suppliers') }}

),

renamed as (

    select
        supplier_id,
        name,
        category_code,
        country_code,
        region_code,
        province,
        city,
        postal_code,
        quoted_lead_time_days,
        payment_days,
        currency_code,
        is_active,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
