with

source as (

    select * from {{ source('ref', 'raw_ref__product_substitutes') }}

),

renamed as (

    select
        product_id,
        substitute_id,
        conversion,
        preference_no,
        is_approval_needed,
        note,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
