with

source as (

    select * from {{ source('work', 'raw_work__inspections') }}

),

renamed as (

    select
        inspection_id,
        project_id,
        milestone_id,
        work_order_id,
        site_id,
        crew_id,
        product_id,
        kind_code,
        attempt_no,
        inspector_id,
        inspected_on,
        is_passed,
        item_count,
        failed_count,
        findings,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
