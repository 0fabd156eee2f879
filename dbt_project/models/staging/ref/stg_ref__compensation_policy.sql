with

source as (

    select * from {{ source('ref', 'raw_ref__compensation_policy') }}

),

renamed as (

    select
        tier_code,
        cause_code,
        valid_from_on,
        valid_to_on,
        max_amount,
        max_share,
        currency_code,
        approver_role_code,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
