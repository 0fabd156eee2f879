with

source as (

    select * from {{ source('crm', 'raw_crm__emails') }}

),

renamed as (

    select
        email_id,
        customer_id,
        contact_id,
        project_id,
        direction_code,
        sent_at,
        from_address_token,
        to_address_token,
        subject,
        body_token,
        need_code,
        thread_id,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
