with

source as (

    select * from {{ source('ref', 'raw_ref__school_terms') }}

),

renamed as (

    select
        term_id,
        region_code,
        province,
        kind_code,
        name,
        starts_on,
        ends_on,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
