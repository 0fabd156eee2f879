with

source as (

    select * from {{ source('work', 'raw_work__work_orders') }}

),

renamed as (

    select
        work_order_id,
        kind_code,
        customer_id,
        project_id,
        milestone_id,
        order_id,
        site_id,
        device_id,
        product_id,
        engineer_id,
        crew_id,
        parent_id,
        priority_code,
        created_at,
        assigned_at,
        due_at,
        scheduled_on,
        arrived_at,
        finished_at,
        closed_at,
        status_code,
        estimated_hours,
        labour_hours,
        waiting_hours,
        cost_amount,
        currency_code,
        is_rework,
        fault_code,
        description,
        resolution,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
