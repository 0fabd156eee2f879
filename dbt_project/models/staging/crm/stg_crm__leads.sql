with

source as (

    select * from {{ source('crm', 'raw_crm__leads') }}

),

renamed as (

    select
        lead_id,
        customer_id,
        name,
        source_code,
        status_code,
        segment_code,
        region_code,
        province,
        city,
        owner_id,
        expected_amount,
        currency_code,
        created_at,
        qualified_at,
        closed_at,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
