with

source as (

    select * from {{ source('projects', 'raw_projects__crews') }}

),

renamed as (

    select
        crew_id,
        name,
        trade_code,
        region_code,
        city,
        leader_id,
        head_count,
        hourly_cost_amount,
        currency_code,
        is_subcontractor,
        is_active,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
