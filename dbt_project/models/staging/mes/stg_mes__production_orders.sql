with

source as (

    select * from {{ source('mes', 'raw_mes__production_orders') }}

),

renamed as (

    select
        production_order_id,
        order_id,
        line_no,
        product_id,
        project_id,
        plant_code,
        line_code,
        priority_code,
        quantity_planned,
        quantity_finished,
        quantity_scrapped,
        received_at,
        planned_start_on,
        planned_finish_on,
        started_at,
        finished_at,
        status_code,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
