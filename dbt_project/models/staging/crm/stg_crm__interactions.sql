with

source as (

    select * from {{ source('crm', 'raw_crm__interactions') }}

),

renamed as (

    select
        interaction_id,
        customer_id,
        contact_id,
        opportunity_id,
        kind_code,
        happened_at,
        employee_id,
        subject,
        summary,
        duration_minutes,
        is_automatic,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
