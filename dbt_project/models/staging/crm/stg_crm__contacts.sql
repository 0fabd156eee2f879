with

source as (

    select * from {{ source('crm', 'raw_crm__contacts') }}

),

renamed as (

    select
        contact_id,
        customer_id,
        name_token,
        title,
        role_code,
        phone_token,
        email_token,
        wechat_token,
        language_code,
        is_primary,
        is_active,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
