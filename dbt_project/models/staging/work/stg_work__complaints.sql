with

source as (

    select * from {{ source('work', 'raw_work__complaints') }}

),

renamed as (

    select
        complaint_id,
        customer_id,
        project_id,
        order_id,
        work_order_id,
        received_at,
        channel_code,
        category_code,
        severity_code,
        description,
        root_cause,
        owner_id,
        responded_at,
        resolved_at,
        compensation_amount,
        currency_code,
        status_code,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
