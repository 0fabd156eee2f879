with

source as (

    select * from {{ source('ref', 'raw_ref__people') }}

),

renamed as (

    select
        person_id,
        name_token,
        role_code,
        team_code,
        region_code,
        language_code,
        phone_token,
        email_token,
        manager_id,
        hired_on,
        is_active,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
