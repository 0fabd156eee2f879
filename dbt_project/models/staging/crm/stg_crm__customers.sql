with

source as (

    select * from {{ source('crm', 'raw_crm__customers') }}

),

renamed as (

    select
        customer_id,
        name,
        segment_code,
        industry_code,
        depth_code,
        region_code,
        province,
        city,
        country_code,
        postal_code,
        account_manager_id,
        credit_days,
        credit_limit_amount,
        currency_code,
        since_on,
        is_active,
        merged_into_id,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
