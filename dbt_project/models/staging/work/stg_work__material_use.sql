with

source as (

    select * from {{ source('work', 'raw_work__material_use') }}

),

renamed as (

    select
        material_use_id,
        project_id,
        milestone_id,
        work_order_id,
        crew_id,
        product_id,
        used_on,
        quantity_used,
        quantity_planned,
        quantity_wasted,
        reported_by,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
