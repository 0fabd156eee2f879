with

source as (

    select * from {{ source('crm', 'raw_crm__tags') }}

),

renamed as (

    select
        customer_id,
        tag_code,
        name,
        kind_code,
        weight_share,
        tagged_on,
        tagged_by,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
