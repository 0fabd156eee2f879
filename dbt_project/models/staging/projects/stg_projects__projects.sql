with

source as (

    select * from {{ source('projects', 'raw_projects__projects') }}

),

renamed as (

    select
        project_id,
        customer_id,
        contract_id,
        name,
        type_code,
        region_code,
        province,
        city,
        site_id,
        manager_id,
        stage_code,
        status_code,
        contract_amount,
        budget_amount,
        currency_code,
        initiated_on,
        contract_signed_on,
        planned_start_on,
        planned_finish_on,
        started_on,
        finished_on,
        is_pilot,
        device_count,
        _run_id,
        _loaded_at
    from source

)

select * from renamed
