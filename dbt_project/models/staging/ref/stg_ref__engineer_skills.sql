with

source as (

    select * from {{ source('ref', 'raw_ref__engineer_skills') }}

),

renamed as (

    select
        engineer_id,
        skill_code,
        level,
        certified_on,
        valid_to_on,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
