with

source as (

    select * from {{ source('projects', 'raw_projects__milestone_links') }}

),

renamed as (

    select
        predecessor_id,
        successor_id,
        type_code,
        lag_days,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
