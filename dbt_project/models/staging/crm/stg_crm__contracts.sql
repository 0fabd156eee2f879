with

source as (

    select * from {{ source('crm', 'raw_crm__contracts') }}

),

renamed as (

    select
        contract_id,
        customer_id,
        opportunity_id,
        name,
        kind_code,
        signed_on,
        starts_on,
        ends_on,
        contract_amount,
        currency_code,
        cast(retention_pct as decimal(9, 4)) as retention_pct,
        retention_due_on,
        status_code,
        file_path,
        version_no,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
